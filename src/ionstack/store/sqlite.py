"""The store on SQLite: a file in the data directory, one writer, readers on the event loop.

Reads are so short that handing them to a thread would cost more than the read; they belong to one event loop, writes may
come from several.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import apsw

from ionstack.errors import StoreUnavailable
from ionstack.store.drive import drive
from ionstack.store.port import Record, T, Value, Work
from ionstack.store.sqlite_tx import Several, Single, SqliteTx, ours
from ionstack.store.sqlite_writer import SYNCHRONOUS, Waiting, Writer
from ionstack.store.statement import Statement


class SqliteStore:
    """A store in one file. `durable` waits for the disk at each commit; without it a crash of the machine
    (not of the process) may lose the latest commits. Raises StoreUnavailable if the file cannot be used."""

    dialect = "sqlite"

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self._path, self._durable, self._closed = path, durable, False
        self.commits = 0
        self._reader = self._connect()
        self._reader.pragma("query_only", True)
        self._nested: SqliteTx | None = None
        self._direct = SqliteTx(self._reader)
        self._writer = Writer(self._connect(), durable=durable, committed=self._committed)

    async def read(self, work: Work[T]) -> T:
        """Run a work that only reads, over one snapshot; a read inside a read sees the same one."""
        if self._nested is not None:
            return drive(work(self._nested))
        self._nested = Single(self._reader)
        try:
            return drive(work(self._nested))
        except Several:
            pass
        finally:
            self._nested = None
        return self._read_over_snapshot(work)

    async def one(self, statement: Statement, **values: Value) -> Record | None:
        """The first row of one statement, or None."""
        return (self._nested or self._direct).first(statement, values)

    def _read_over_snapshot(self, work: Work[T]) -> T:
        try:
            self._reader.execute("BEGIN")
        except apsw.Error as error:
            raise ours(error) from error
        self._nested = SqliteTx(self._reader)
        try:
            return drive(work(self._nested))
        finally:
            self._nested = None
            if not self._reader.get_autocommit():
                self._reader.execute("COMMIT")

    async def write(
        self, work: Work[T], *, durable: bool = True, brief: bool = False, cached: bool = True
    ) -> T:
        """Run a work; it is committed when this returns, even to a cancelled caller."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        loop = asyncio.get_running_loop()
        waiting = Waiting(work, loop, loop.create_future(), durable and self._durable, brief, cached)
        self._writer.add(waiting)
        result: T = await waiting.future
        return result

    async def close(self) -> None:
        """Finish the writes that wait, then close the file."""
        if self._closed:
            return
        self._closed = True
        await asyncio.get_running_loop().run_in_executor(None, self._writer.close)
        self._reader.close()

    def _committed(self) -> None:
        self.commits += 1

    def _connect(self) -> apsw.Connection:
        try:
            connection = apsw.Connection(str(self._path))
            connection.set_busy_timeout(5000)
            # Else each new value of a parameter may have a statement planned anew, which takes longer than it.
            connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
            for pragma, value in {
                "journal_mode": "WAL",
                "synchronous": SYNCHRONOUS[self._durable],
                "cache_size": -16_000,  # no mmap: it saves 2 µs a read, and memory grows with the file
                "temp_store": "MEMORY",
                "wal_autocheckpoint": 0,  # the writer sees to it
            }.items():
                connection.pragma(pragma, value)
            connection.create_scalar_function("lower", _lower, 1, deterministic=True)
        except apsw.Error as error:
            raise StoreUnavailable(f"{self._path} cannot be used: {error}") from error
        return connection


def _lower(*text: Any) -> str | None:
    """Lower case in every script: SQLite's own knows the letters of ASCII alone."""
    return None if text[0] is None else str(text[0]).lower()
