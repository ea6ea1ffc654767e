"""Opening the store: a file in the data directory, or a database that many processes share."""

from __future__ import annotations

from pathlib import Path

from ionstack.engine.clock import Clock
from ionstack.errors import SchemaTooNew, StoreUnavailable, UsageError
from ionstack.store.migrate import migrate_postgres, migrate_sqlite
from ionstack.store.port import Store
from ionstack.store.sqlite import SqliteStore


async def open_store(database: str | None, data_dir: Path, clock: Clock, *, durable: bool = True) -> Store:
    """The store of a server, brought up to date; UsageError in one line if it cannot be had.

    Without a database it is a file in the data directory, which the caller must own.
    """
    try:
        if database:
            return await _open_postgres(database, clock)
        path = data_dir / "ionstack.db"
        migrate_sqlite(path)
        path.chmod(0o600)
        return SqliteStore(path, durable=durable)
    except (SchemaTooNew, StoreUnavailable) as error:
        raise UsageError(str(error)) from error


async def _open_postgres(url: str, clock: Clock) -> Store:
    import asyncpg

    from ionstack.store.postgres import PostgresStore

    if not url.startswith(("postgresql://", "postgres://")):
        raise UsageError("the database must be given as postgresql://user:password@host/name")
    try:
        await migrate_postgres(url)
        return await PostgresStore.connect(url, clock)
    except ValueError as error:  # its words may quote a part of the URL, so of the password
        raise UsageError(
            "the database's URL cannot be read: write postgresql://user:password@host:port/name, "
            "and special characters in the password as %XX"
        ) from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        raise UsageError(f"the database cannot be reached ({_words(error)}): check --database") from error


def _words(error: Exception) -> str:
    """What a driver says, in one line, unless it may quote the credentials of a URL."""
    text = str(error).partition("\n")[0]
    return text if text and "@" not in text else type(error).__name__
