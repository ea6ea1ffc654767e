"""The store on SQLite: a file in the data directory, one writer, readers on the event loop.

Writes are grouped: the writer thread runs every waiting work in its own savepoint and commits them
together, so a durable commit costs its callers a share of one fsync. Reads are so short that handing them
to a thread would cost more than the read; they belong to one event loop, writes may come from several.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
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

_SYNCHRONOUS = {True: "FULL", False: "NORMAL"}
"""Whether a commit waits for the disk. One that does brings along all before it."""

_AWAY = (
    apsw.FullError, apsw.IOError, apsw.ReadOnlyError, apsw.CantOpenError, apsw.BusyError, apsw.LockedError,
    apsw.CorruptError, apsw.NotADBError, apsw.PermissionsError, apsw.NoMemError, apsw.ConnectionClosedError,
)  # fmt: skip

_TAKEN = {apsw.SQLITE_CONSTRAINT_UNIQUE, apsw.SQLITE_CONSTRAINT_PRIMARYKEY, apsw.SQLITE_CONSTRAINT_ROWID}


def _ours(error: Exception) -> Exception:
    """SQLite's error as the store's; itself if it is neither the data's fault nor the disk's."""
    if isinstance(error, apsw.ConstraintError) and error.extendedresult in _TAKEN:  # type: ignore[attr-defined]
        return Duplicate(str(error).rpartition(": ")[2])
    if isinstance(error, _AWAY):
        return StoreUnavailable(f"the database cannot be used: {error}")
    return error


class SqliteTx:
    """The statements of one unit of work on one connection. `failed` is the first error of any of them."""

    dialect = "sqlite"
    __slots__ = ("_connection", "failed")

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self.failed: Exception | None = None

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
        text, names = statement.compiled("sqlite")
        try:
            self._connection.executemany(text, [[row[name] for name in names] for row in rows])
        except Exception as error:
            raise self._fail(error) from error

    def _execute(self, statement: Statement, values: Mapping[str, Value]) -> list[Any]:
        text, names = statement.compiled("sqlite")
        try:
            return self._connection.execute(text, [values[name] for name in names]).fetchall()
        except Exception as error:
            raise self._fail(error) from error

    def _fail(self, error: Exception) -> Exception:
        ours = _ours(error)
        self.failed = self.failed or ours
        return ours


class _Single(SqliteTx):
    """A reading work that may turn out to be a single statement, which is a snapshot by itself."""

    __slots__ = ("_used",)

    def __init__(self, connection: apsw.Connection) -> None:
        super().__init__(connection)
        self._used = False

    def _execute(self, statement: Statement, values: Mapping[str, Value]) -> list[Any]:
        if self._used:
            raise _Several
        self._used = True
        return super()._execute(statement, values)


class _Several(BaseException):  # no Exception, so that no work takes it for a failure
    """The work has more statements and is to be run again, inside a transaction."""


class _Waiting:
    """A work on its way to the writer, whether it must be on the disk, and where its result goes."""

    __slots__ = ("durable", "error", "future", "loop", "result", "work")

    def __init__(
        self, work: Work[Any], loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], *, durable: bool
    ) -> None:
        self.work, self.loop, self.future, self.durable = work, loop, future, durable
        self.result: Any = None
        self.error: BaseException | None = None


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
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._opened: Future[None] = Future()
        self._writer = threading.Thread(target=self._write_forever, name="ionstack-writer", daemon=True)
        self._writer.start()
        self._opened.result()

    async def read(self, work: Work[T]) -> T:
        """Run a work that only reads, over one snapshot; a read inside a read sees the same one."""
        if self._nested is not None:
            return drive(work(self._nested))
        self._nested = _Single(self._reader)
        try:
            return drive(work(self._nested))
        except _Several:
            pass
        finally:
            self._nested = None
        return self._read_over_snapshot(work)

    def _read_over_snapshot(self, work: Work[T]) -> T:
        try:
            self._reader.execute("BEGIN")
        except apsw.Error as error:
            raise _ours(error) from error
        self._nested = SqliteTx(self._reader)
        try:
            return drive(work(self._nested))
        finally:
            self._nested = None
            if not self._reader.get_autocommit():
                self._reader.execute("COMMIT")

    async def write(self, work: Work[T], *, durable: bool = True) -> T:
        """Run a work on the writer thread; it is committed when this returns, even to a cancelled caller."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(work, loop, loop.create_future(), durable=durable and self._durable)
        self._queue.put(waiting)
        result: T = await waiting.future
        return result

    async def close(self) -> None:
        """Finish the writes that wait, then close the file."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        await asyncio.get_running_loop().run_in_executor(None, self._writer.join)
        self._reader.close()

    def _connect(self) -> apsw.Connection:
        try:
            connection = apsw.Connection(str(self._path))
            connection.set_busy_timeout(5000)
            # Else each new value of a parameter may have a statement planned anew, which takes longer than it.
            connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
            for pragma, value in {
                "journal_mode": "WAL",
                "synchronous": _SYNCHRONOUS[self._durable],
                "cache_size": -16_000,  # no mmap: it saves 2 µs a read, and memory grows with the file
                "temp_store": "MEMORY",
                "wal_autocheckpoint": 8000,  # pages: a checkpoint costs much the same for few and for many
            }.items():
                connection.pragma(pragma, value)
            connection.create_scalar_function("lower", _lower, 1, deterministic=True)
        except apsw.Error as error:
            raise StoreUnavailable(f"{self._path} cannot be used: {error}") from error
        return connection

    def _write_forever(self) -> None:
        try:
            connection = self._connect()
        except StoreUnavailable as error:
            self._opened.set_exception(error)
            return
        self._opened.set_result(None)
        closing, durable = False, self._durable
        while not closing:
            group, closing = self._gather()
            if group:
                if durable != any(waiting.durable for waiting in group):
                    durable = not durable
                    connection.pragma("synchronous", _SYNCHRONOUS[durable])
                _write_group(connection, group)
                self.commits += 1  # before anybody is told, so that no answer is older than what it counts
                _deliver(group)
        connection.close()

    def _gather(self) -> tuple[list[_Waiting], bool]:
        """The works that wait now, at least one, and whether the store is to be closed after them."""
        group: list[_Waiting] = []
        try:
            while len(group) < GROUP:
                waiting = self._queue.get(block=not group)
                if waiting is None:
                    return group, True
                group.append(waiting)
        except queue.Empty:
            pass  # no more wait: those that come now are the next group
        return group, False


def _lower(*text: Any) -> str | None:
    """Lower case in every script: SQLite's own knows the letters of ASCII alone."""
    return None if text[0] is None else str(text[0]).lower()


def _write_group(connection: apsw.Connection, group: list[_Waiting]) -> None:
    """Run the works and commit them together. If that fails nothing is kept and each of them is told."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        for waiting in group:
            _write_one(connection, waiting)
        connection.execute("COMMIT")
    except Exception as error:  # noqa: BLE001  a writer that dies would leave its callers waiting
        log.error("a commit of %s changes failed: %s", len(group), error)
        if not connection.get_autocommit():
            with suppress(apsw.Error):
                connection.execute("ROLLBACK")
        for waiting in group:
            waiting.error = StoreUnavailable(f"the change cannot be committed: {error}")


def _write_one(connection: apsw.Connection, waiting: _Waiting) -> None:
    """Run one work; what it raises undoes it alone. A failing disk undoes the whole group."""
    connection.execute("SAVEPOINT work")
    tx = SqliteTx(connection)
    try:
        waiting.result = drive(waiting.work(tx))
        if tx.failed is not None:
            raise tx.failed
    except BaseException as error:  # its caller is told
        if isinstance(tx.failed, StoreUnavailable):
            raise tx.failed from error
        waiting.error = error
        connection.execute("ROLLBACK TO work")
    connection.execute("RELEASE work")


def _deliver(group: list[_Waiting]) -> None:
    """Hand the results to the event loops that wait, with one call for each loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Waiting]] = {}
    for waiting in group:
        by_loop.setdefault(waiting.loop, []).append(waiting)
    for loop, waitings in by_loop.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve, waitings)


def _resolve(waitings: list[_Waiting]) -> None:
    for waiting in waitings:
        if waiting.future.done():  # its caller was cancelled; the work is committed all the same
            continue
        if waiting.error is not None:
            waiting.future.set_exception(waiting.error)
        else:
            waiting.future.set_result(waiting.result)
