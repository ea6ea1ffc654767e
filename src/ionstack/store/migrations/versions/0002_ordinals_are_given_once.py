"""The ordinal of a resource is given once and never again, on SQLite too.

An ordinal and a version stand for one state of a resource: in its ETag, and in what is remembered of it.
PostgreSQL's sequences never go back, but SQLite gives the highest ordinal again after its row was deleted,
unless a table is made otherwise.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_anew(autoincrement=True)


def downgrade() -> None:
    _make_anew(autoincrement=False)


def _make_anew(*, autoincrement: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    with op.batch_alter_table(
        "resource", recreate="always", table_kwargs={"sqlite_autoincrement": autoincrement}
    ):
        pass
