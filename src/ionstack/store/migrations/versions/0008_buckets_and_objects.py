"""Buckets, versions of objects, uploads and their parts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.Text().with_variant(postgresql.JSON(), "postgresql")

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "s3_bucket",
        sa.Column("ordinal", Big, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("contract", Big, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("created", Big, nullable=False),
        sa.Column("revision", Big, nullable=False),
        sa.Column("versioning", sa.Text(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("acl", sa.Text(), nullable=False),
        sa.Column("configs", Json, nullable=False),
        sa.PrimaryKeyConstraint("ordinal"),
        sa.UniqueConstraint("name", name="s3_bucket_name"),
        sqlite_autoincrement=True,
    )
    op.create_index("s3_bucket_contract", "s3_bucket", ["contract"], unique=False)

    op.create_table(
        "s3_version",
        sa.Column("bucket", Big, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("place", Big, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.Column("marker", sa.Boolean(), nullable=False),
        sa.Column("size", Big, nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("modified", Big, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("head", Json, nullable=False),
        sa.Column("acl", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("lock_mode", sa.Text(), nullable=False),
        sa.Column("lock_until", Big, nullable=False),
        sa.Column("hold", sa.Boolean(), nullable=False),
        sa.Column("inline", sa.LargeBinary(), nullable=True),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "key", "place"),
        sa.UniqueConstraint("bucket", "key", "version", name="s3_version_id"),
    )
    op.create_index(
        "s3_version_latest", "s3_version", ["bucket", "key"], unique=True,
        sqlite_where=sa.text("latest"), postgresql_where=sa.text("latest"),
    )  # fmt: skip

    op.create_table(
        "s3_upload",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("bucket", Big, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("started", Big, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("draft", Json, nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("s3_upload_key", "s3_upload", ["bucket", "key", "id"], unique=False)

    op.create_table(
        "s3_part",
        sa.Column("upload", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("size", Big, nullable=False),
        sa.Column("modified", Big, nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column("blobs", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("upload", "number"),
    )


def downgrade() -> None:
    for table in ("s3_part", "s3_upload", "s3_version", "s3_bucket"):
        op.drop_table(table)
