"""Lines of access logs that wait for being written into their buckets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "s3_log",
        sa.Column("ordinal", Big, autoincrement=True, nullable=False),
        sa.Column("bucket", Big, nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ordinal"),
    )
    op.create_index("s3_log_target", "s3_log", ["bucket", "target", "prefix", "ordinal"], unique=False)


def downgrade() -> None:
    op.drop_table("s3_log")
