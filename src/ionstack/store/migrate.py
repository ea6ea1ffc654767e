"""Brings a database to the schema this version needs.

What the database has is found with one plain query; SQLAlchemy and Alembic are imported only if it is
behind. All of a migration is one transaction that two processes can only have in turn: an exclusive one on
SQLite, one with an advisory lock on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ionstack.errors import SchemaTooNew, StoreUnavailable

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

HEAD = "0012"
"""The newest revision in `migrations/versions`."""

_LOCK = 46_674_668
"""The advisory lock's number: any constant that is ours."""

_PATIENCE = 60.0
"""Seconds to wait while another process migrates."""

_REACH = 10.0
"""Seconds to wait for a database server's answer."""


def prove_known(revision: str | None) -> bool:
    """Whether the database is up to date; SchemaTooNew if it is beyond what this version knows."""
    if revision is not None and revision > HEAD:
        raise SchemaTooNew(
            f"The database has schema {revision} and this Ionstack knows {HEAD}: use the newer version that wrote it"
        )
    return revision == HEAD


def migrate_sqlite(path: Path) -> None:
    """Bring a SQLite file up to date, if it is not. Raises SchemaTooNew and StoreUnavailable."""
    if prove_known(_sqlite_revision(path)):
        return
    import sqlalchemy

    # Python's driver begins no transaction for a CREATE TABLE, so each would be committed by itself.
    engine = sqlalchemy.create_engine(
        sqlalchemy.URL.create("sqlite", database=str(path)),
        connect_args={"timeout": _PATIENCE},
    )
    sqlalchemy.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN EXCLUSIVE"))
    try:
        with _explained(), engine.begin() as connection:
            upgrade(connection)
    finally:
        engine.dispose()


async def migrate_postgres(url: str) -> None:
    """Bring a PostgreSQL database up to date, if it is not. Raises SchemaTooNew, StoreUnavailable and
    whatever asyncpg says about a URL and a database it cannot reach."""
    if prove_known(await _postgres_revision(url)):
        return
    import asyncpg
    from sqlalchemy import NullPool, text
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(
        "postgresql+asyncpg://",  # asyncpg reads the URL itself: SQLAlchemy knows other options
        async_creator=lambda: asyncpg.connect(url, timeout=_REACH),
        poolclass=NullPool,
    )
    try:
        with _explained():
            async with engine.begin() as connection:
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
                await connection.run_sync(upgrade)
    finally:
        await engine.dispose()


@contextmanager
def _explained() -> Iterator[None]:
    """What a migration cannot do, in the database's own words and without the SQL."""
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except DBAPIError as error:
        what = str(error.orig).splitlines()[0].rpartition(">: ")[2]
        raise StoreUnavailable(f"the tables of the database cannot be made: {what}") from error


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations on a connection, inside its transaction."""
    from alembic import command

    command.upgrade(config(connection), revision)


def config(connection: Connection) -> Config:
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
    try:
        connection = apsw.Connection(str(path))
        try:
            connection.set_busy_timeout(int(_PATIENCE * 1000))
            if not connection.table_exists(None, "alembic_version"):
                return None
            found: Any = connection.execute("SELECT version_num FROM alembic_version").get
        finally:
            connection.close()
    except apsw.Error as error:
        raise StoreUnavailable(f"{path} cannot be used: {error}") from error
    return None if found is None else str(found)


async def _postgres_revision(url: str) -> str | None:
    import asyncpg

    connection = await asyncpg.connect(url, timeout=_REACH)
    try:
        if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
            return None
        found: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
        return found
    finally:
        await connection.close()
