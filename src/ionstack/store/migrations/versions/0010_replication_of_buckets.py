"""Versions that wait for being replicated."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "s3_replica",
        sa.Column("ordinal", Big, autoincrement=True, nullable=False),
        sa.Column("bucket", Big, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ordinal"),
    )
    op.create_index("s3_replica_key", "s3_replica", ["bucket", "key", "ordinal"], unique=False)


def downgrade() -> None:
    op.drop_table("s3_replica")
