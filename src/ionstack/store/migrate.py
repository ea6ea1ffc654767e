"""Brings a database to the schema this version needs.

What the database has is found with one plain query; SQLAlchemy and Alembic are imported only if it is
behind. Two processes that start at once take turns: a PostgreSQL advisory lock, or the data directory's lock.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ionstack.errors import SchemaTooNew

if TYPE_CHECKING:
    from sqlalchemy import Connection

HEAD = "0001"
"""The newest revision in `migrations/versions`."""

_LOCK = 4_667_4668
"""The advisory lock's number: any constant that is ours."""


def prove_known(revision: str | None) -> bool:
    """Whether the database is up to date; SchemaTooNew if it is beyond what this version knows."""
    if revision is not None and revision > HEAD:
        raise SchemaTooNew(
            f"The database has schema {revision} and this Ionstack knows {HEAD}: use the newer version that wrote it"
        )
    return revision == HEAD


def migrate_sqlite(path: Path) -> None:
    """Bring a SQLite file up to date, if it is not."""
    if prove_known(_sqlite_revision(path)):
        return
    import sqlalchemy

    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    try:
        with engine.begin() as connection:
            upgrade(connection)
    finally:
        engine.dispose()


async def migrate_postgres(url: str) -> None:
    """Bring a PostgreSQL database up to date, if it is not."""
    if prove_known(await _postgres_revision(url)):
        return
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    scheme, _, rest = url.partition("://")
    engine = create_async_engine(
        f"{scheme.replace('postgres', 'postgresql') if scheme == 'postgres' else scheme}+asyncpg://{rest}"
    )
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            await connection.run_sync(upgrade)
    finally:
        await engine.dispose()


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations on a connection, inside its transaction."""
    from alembic import command

    command.upgrade(config(connection), revision)


def config(connection: Connection) -> Any:
    """Alembic's configuration for a connection."""
    from alembic.config import Config

    found = Config()
    found.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    found.attributes["connection"] = connection
    return found


def _sqlite_revision(path: Path) -> str | None:
    import apsw

    if not path.exists():
        return None
    connection = apsw.Connection(str(path))
    try:
        found = list(connection.execute("SELECT version_num FROM alembic_version"))
    except apsw.SQLError:
        return None
    finally:
        connection.close()
    return str(found[0][0]) if found else None


async def _postgres_revision(url: str) -> str | None:
    import asyncpg

    async with asyncio.timeout(10):
        connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
            return None
        found: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
        return found
    finally:
        await connection.close()
