"""What buckets hold, counted as it comes and goes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "s3_usage",
        sa.Column("bucket", Big, nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("versions", Big, nullable=False),
        sa.Column("size", Big, nullable=False),
        sa.PrimaryKeyConstraint("bucket", "slot"),
    )
    op.execute(
        "INSERT INTO s3_usage (bucket, slot, versions, size)"
        " SELECT bucket, 0, SUM(versions), SUM(size) FROM ("
        "  SELECT bucket, CASE WHEN marker THEN 0 ELSE 1 END AS versions, size FROM s3_version"
        "  UNION ALL SELECT u.bucket, 0, p.size FROM s3_part p JOIN s3_upload u ON u.id = p.upload"
        " ) AS held GROUP BY bucket"
    )


def downgrade() -> None:
    op.drop_table("s3_usage")
