"""The store on SQLite: a file in the data directory, one writer, readers on the event loop.

Writes are grouped: the writer thread runs every waiting work in its own savepoint and commits them
together, so a durable commit costs its callers a share of one fsync. Reads are so short that handing them
to a thread would cost more than the read. Booleans come back as 0 and 1.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import apsw

from ionstack.errors import Duplicate, StoreUnavailable
from ionstack.store.drive import drive
from ionstack.store.port import Record, Value, Work
from ionstack.store.statement import Statement

T = TypeVar("T")
log = logging.getLogger(__name__)

GROUP = 64
"""How many works share a commit at the most."""

_AWAY = (
    apsw.FullError, apsw.IOError, apsw.ReadOnlyError, apsw.CantOpenError, apsw.BusyError, apsw.LockedError,
    apsw.CorruptError, apsw.NotADBError, apsw.PermissionsError,
)  # fmt: skip


@contextmanager
def _translated() -> Iterator[None]:
    """SQLite's errors as the store's."""
    try:
        yield
    except apsw.ConstraintError as error:
        if "UNIQUE" in str(error) or "PRIMARY" in str(error):
            raise Duplicate(str(error).rpartition(": ")[2]) from error
        raise
    except _AWAY as error:
        raise StoreUnavailable(f"the database cannot be used: {error}") from error


class SqliteTx:
    """The statements of one unit of work on one connection."""

    dialect = "sqlite"
    __slots__ = ("_connection",)

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    async def one(self, statement: Statement, **values: Value) -> Record | None:
        found = self._execute(statement, values)
        return found[0] if found else None

    async def all(self, statement: Statement, **values: Value) -> Sequence[Record]:
        return self._execute(statement, values)

    async def run(self, statement: Statement, **values: Value) -> int:
        before = self._connection.total_changes()
        self._execute(statement, values)
        return self._connection.total_changes() - before

    async def many(self, statement: Statement, rows: Sequence[Mapping[str, Value]]) -> None:
        text, names = statement.compiled(self.dialect)
        with _translated():
            self._connection.executemany(text, [[row[name] for name in names] for row in rows])

    def _execute(self, statement: Statement, values: Mapping[str, Value]) -> list[Any]:
        text, names = statement.compiled(self.dialect)
        with _translated():
            return list(self._connection.execute(text, [values[name] for name in names]))


class _Waiting:
    """A work on its way to the writer, and where its result goes."""

    __slots__ = ("error", "future", "loop", "result", "work")

    def __init__(self, work: Work[Any], loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any]) -> None:
        self.work, self.loop, self.future = work, loop, future
        self.result: Any = None
        self.error: BaseException | None = None


class SqliteStore:
    """A store in one file. `durable` waits for the disk at each commit; without it a crash of the machine
    (not of the process) may lose the latest commits."""

    dialect = "sqlite"

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self._durable = durable
        self._path = path
        self._reader = self._connect()
        self._reading = SqliteTx(self._reader)
        self._depth = 0
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._opened: Future[None] = Future()
        self._writer = threading.Thread(target=self._write_forever, name="ionstack-writer", daemon=True)
        self._writer.start()
        self._opened.result()

    async def read(self, work: Work[T]) -> T:
        """Run a work that only reads, over one snapshot; a read inside a read sees the same one."""
        if self._depth:
            return drive(work(self._reading))
        self._depth = 1
        try:
            with _translated():
                self._reader.execute("BEGIN")
            return drive(work(self._reading))
        finally:
            self._depth = 0
            if not self._reader.get_autocommit():
                self._reader.execute("COMMIT")

    async def write(self, work: Work[T]) -> T:
        """Run a work on the writer thread; it is committed when this returns."""
        if not self._writer.is_alive():
            raise StoreUnavailable("the store is closed")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(work, loop, loop.create_future())
        self._queue.put(waiting)
        result: T = await waiting.future
        return result

    async def close(self) -> None:
        """Finish the writes that wait, then close the file."""
        if self._writer.is_alive():
            self._queue.put(None)
            await asyncio.get_running_loop().run_in_executor(None, self._writer.join)
            self._reader.close()

    def _connect(self) -> apsw.Connection:
        with _translated():
            connection = apsw.Connection(str(self._path))
            connection.set_busy_timeout(5000)
            for pragma, value in {
                "journal_mode": "WAL",
                "synchronous": "FULL" if self._durable else "NORMAL",
                "cache_size": -32_768,
                "mmap_size": 256 * 1024 * 1024,
                "temp_store": "MEMORY",
            }.items():
                connection.pragma(pragma, value)
            return connection

    def _write_forever(self) -> None:
        try:
            connection = self._connect()
        except StoreUnavailable as error:
            self._opened.set_exception(error)
            return
        self._opened.set_result(None)
        tx = SqliteTx(connection)
        closing = False
        while not closing:
            first = self._queue.get()
            if first is None:
                break
            group, closing = self._gather(first)
            self._write_group(connection, tx, group)
            _deliver(group)
        connection.close()

    def _gather(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        """The works that wait now, and whether the store is to be closed after them."""
        group = [first]
        while len(group) < GROUP:
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                break
            if waiting is None:
                return group, True
            group.append(waiting)
        return group, False

    def _write_group(self, connection: apsw.Connection, tx: SqliteTx, group: list[_Waiting]) -> None:
        try:
            with _translated():
                connection.execute("BEGIN IMMEDIATE")
                for waiting in group:
                    _write_one(connection, tx, waiting)
                connection.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001  its callers are told, each of them
            log.warning("a commit of %s works failed: %s", len(group), error)
            if not connection.get_autocommit():
                connection.execute("ROLLBACK")
            for waiting in group:
                waiting.error = waiting.error or error


def _write_one(connection: apsw.Connection, tx: SqliteTx, waiting: _Waiting) -> None:
    """Run one work; what it raises undoes it alone. A failing disk undoes the whole group."""
    connection.execute("SAVEPOINT work")
    try:
        waiting.result = drive(waiting.work(tx))
    except StoreUnavailable:
        raise
    except BaseException as error:  # noqa: BLE001  its caller is told
        waiting.error = error
        connection.execute("ROLLBACK TO work")
    connection.execute("RELEASE work")


def _deliver(group: list[_Waiting]) -> None:
    """Hand the results to the event loops that wait, with one call for each loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Waiting]] = {}
    for waiting in group:
        by_loop.setdefault(waiting.loop, []).append(waiting)
    for loop, waitings in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, waitings)


def _resolve(waitings: list[_Waiting]) -> None:
    for waiting in waitings:
        if waiting.future.done():  # its caller was cancelled; the work is committed all the same
            continue
        if waiting.error is not None:
            waiting.future.set_exception(waiting.error)
        else:
            waiting.future.set_result(waiting.result)
