"""Recovery codes of users, resources for users with a second factor alone, and the buckets of rate limits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0005"
down_revision = "0003"


def upgrade() -> None:
    codes = sa.Column("second_factor_codes", sa.Text(), server_default="", nullable=False)
    op.add_column("user_account", codes)
    op.add_column("resource", sa.Column("protected", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "rate_bucket",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("full_at", Big, nullable=False),
        sa.Column("granted", Big, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    op.drop_table("rate_bucket")
    kept = {"sqlite_autoincrement": True}
    with op.batch_alter_table("resource", table_kwargs=kept) as resource:
        resource.drop_column("protected")
    with op.batch_alter_table("user_account") as user:
        user.drop_column("second_factor_codes")
