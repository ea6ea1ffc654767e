"""Opening the store: the data directory and its one owner, or a database that many processes share."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from ionstack.engine.clock import Clock
from ionstack.errors import SchemaTooNew, StoreUnavailable, UsageError
from ionstack.store.migrate import migrate_postgres, migrate_sqlite
from ionstack.store.port import Store
from ionstack.store.sqlite import SqliteStore

PATIENCE = 5.0
"""Seconds to wait for a data directory whose last owner is still on its way out."""


class Directory:
    """A data directory, held by this process until it is closed."""

    def __init__(self, path: Path, lock: IO[str]) -> None:
        self.path, self._lock = path, lock

    def close(self) -> None:
        """Let another process have it."""
        self._lock.close()


def prepare(path: Path) -> None:
    """Make the directory, for its owner alone; UsageError if it cannot be written."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = path / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageError(
            f"The data directory {path} cannot be written ({error.strerror}): give another with --data-dir"
        ) from error


async def hold(path: Path, clock: Clock) -> Directory:
    """Become the directory's one owner; UsageError names the process that is."""
    prepare(path)
    file = path / "lock"
    lock = os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+")
    until = clock.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if clock.monotonic() >= until:
                owner = file.read_text().strip() or "unknown"
                lock.close()
                raise UsageError(
                    f"The data directory {path} is in use by another server (process {owner}): "
                    "stop it, or give another with --data-dir"
                ) from None
            await clock.sleep(0.05)
    lock.truncate()
    lock.write(str(os.getpid()))
    lock.flush()
    return Directory(path, lock)


async def open_store(database: str | None, data_dir: Path, clock: Clock, *, durable: bool = True) -> Store:
    """The store of a server, brought up to date; UsageError in one line if it cannot be had.

    Without a database it is a file in the data directory, which the caller must hold.
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
        raise UsageError("The database must be given as postgresql://user:password@host/name")
    try:
        await migrate_postgres(url)
        return await PostgresStore.connect(url, clock)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        what = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(
            f"The database cannot be reached ({_without_url(what, url)}): check --database"
        ) from error


def _without_url(text: str, url: str) -> str:
    """A driver's message without the URL and the password in it."""
    return text.replace(url, "the given URL") if "@" not in text else "the URL or the credentials are wrong"
