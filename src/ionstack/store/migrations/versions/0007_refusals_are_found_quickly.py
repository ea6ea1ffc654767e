"""An index of the refusals among the events, so that they can be kept few."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_index(
        "event_refused", "event", ["seq"], unique=False,
        sqlite_where=sa.text("action = 'refuse'"), postgresql_where=sa.text("action = 'refuse'"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("event_refused", "event")
