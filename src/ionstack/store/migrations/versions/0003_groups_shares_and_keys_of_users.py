"""Groups, shares and object storage keys of users, and who made and changed a user."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.Text().with_variant(postgresql.JSON(), "postgresql")

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for name in ("created_by", "created_by_id", "modified_by", "modified_by_id"):
        op.add_column("user_account", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("user_account", sa.Column("modified", Big, server_default="0", nullable=False))

    op.create_table(
        "user_group",
        sa.Column("ordinal", Big, autoincrement=True, nullable=False),
        sa.Column("contract", Big, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("privileges", Json, nullable=False),
        sa.PrimaryKeyConstraint("ordinal"),
        sa.UniqueConstraint("contract", "id", name="user_group_key"),
    )

    op.create_table(
        "group_member",
        sa.Column("contract", Big, nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("contract", "group_id", "user_id"),
    )
    op.create_index("group_member_user", "group_member", ["contract", "user_id"], unique=False)

    op.create_table(
        "share",
        sa.Column("contract", Big, nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("editable", sa.Boolean(), nullable=False),
        sa.Column("sharable", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("contract", "group_id", "resource"),
    )
    op.create_index("share_resource", "share", ["contract", "resource"], unique=False)

    op.create_table(
        "s3_key",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("contract", Big, nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created", Big, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.Text(), nullable=False),
        sa.Column("modified", Big, nullable=False),
        sa.Column("modified_by", sa.Text(), nullable=False),
        sa.Column("modified_by_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("s3_key_owner", "s3_key", ["contract", "user_id"], unique=False)


def downgrade() -> None:
    for table in ("s3_key", "share", "group_member", "user_group"):
        op.drop_table(table)
    with op.batch_alter_table("user_account") as user:
        for name in ("created_by", "created_by_id", "modified", "modified_by", "modified_by_id"):
            user.drop_column(name)
