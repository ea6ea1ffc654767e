"""What the clocks of contracts were set to before, and whose the waiting lines of access logs are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "contract_world",
        sa.Column("contract", Big, nullable=False),
        sa.Column("wall", Big, nullable=False),
        sa.Column("world", Big, nullable=False),
        sa.Column("scale", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("contract", "wall"),
    )
    op.execute(
        "INSERT INTO contract_world (contract, wall, world, scale)"
        " SELECT number, clock_wall, clock_world, clock_scale FROM contract"
    )
    op.add_column("s3_log", sa.Column("owner", sa.Text(), nullable=False, server_default=""))
    op.add_column("s3_log", sa.Column("day", sa.Text(), nullable=False, server_default=""))
    op.execute(
        "UPDATE s3_log SET owner ="
        " COALESCE((SELECT owner FROM s3_bucket WHERE s3_bucket.ordinal = s3_log.bucket), '')"
    )


def downgrade() -> None:
    op.drop_column("s3_log", "day")
    op.drop_column("s3_log", "owner")
    op.drop_table("contract_world")
