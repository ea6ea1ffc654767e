"""The UUID and the description that the management of Object Storage has for an access key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    for name in ("resource", "description"):
        op.add_column("s3_key", sa.Column(name, sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("s3_key") as key:
        key.drop_column("description")
        key.drop_column("resource")
