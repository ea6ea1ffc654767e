"""The one writer of a SQLite file: works that wait are committed together, each in a savepoint of its own.

A durable commit so costs its callers a share of one fsync. Brief works run on the event loop that the writer belongs to,
for a statement takes less than handing it to a thread does; all others, and whatever waits for the disk, is done by a
thread. Only one of the two is at work at any time.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import apsw

from ionstack.errors import StoreFull, StoreUnavailable
from ionstack.store.drive import drive
from ionstack.store.port import Work
from ionstack.store.sqlite_tx import SqliteTx, ours

log = logging.getLogger(__name__)

GROUP = 64
"""How many works share a commit at the most."""

LOG = 8000
"""Pages of the write-ahead log after which they are copied to the file: it costs much the same for few and for many."""

SYNCHRONOUS = {True: "FULL", False: "NORMAL"}
"""Whether a commit waits for the disk. One that does brings along all before it."""


class Waiting:
    """A work on its way to a commit, how it wants to be written (see the port), and where its result goes."""

    __slots__ = ("brief", "cached", "durable", "error", "future", "loop", "result", "work")

    def __init__(
        self, work: Work[Any], loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], durable: bool, brief: bool,
        cached: bool,
    ) -> None:  # fmt: skip
        self.work, self.loop, self.future = work, loop, future
        self.durable, self.brief, self.cached = durable, brief, cached
        self.result: Any = None
        self.error: BaseException | None = None


Group = Sequence[Waiting]
Job = Callable[[], None]


class Writer:
    """Writes by one connection, which nobody else uses. `committed` is told of each commit of what others keep."""

    def __init__(self, connection: apsw.Connection, *, durable: bool, committed: Callable[[], None]) -> None:
        self._connection, self._committed = connection, committed
        self._durable, self._pages = durable, 0
        connection.set_wal_hook(self._grown)
        self._home = _running_loop()
        self._lock = threading.Lock()
        self._waiting: deque[Waiting] = deque()
        self._busy = False
        self._idle = threading.Event()
        self._idle.set()
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="ionstack-writer", daemon=True)
        self._thread.start()

    def add(self, waiting: Waiting) -> None:
        """Take a work, from any event loop."""
        with self._lock:
            self._waiting.append(waiting)
            if self._busy:
                return
            self._busy = True
            self._idle.clear()
        if waiting.brief and waiting.loop is self._home:
            waiting.loop.call_soon(self._turn)  # what comes in the same turn of the loop is of the same group
        else:
            self._jobs.put(self._turn_apart)

    def close(self) -> None:
        """Wait until nothing waits any more, and close the connection. Not to be called on the event loop."""
        self._idle.wait()
        self._jobs.put(None)
        self._thread.join()

    def _turn(self) -> None:
        """Write the next group, on the loop if it is brief."""
        group = self._gather()
        if not group:
            return
        if not _brief(group):
            self._jobs.put(lambda: self._finish(group, self._written(group)))
            return
        self._write_here(group)

    def _write_here(self, group: Group) -> None:
        """Write a brief group, on the loop."""
        begun = self._written(group)
        if begun and not self._durable and self._pages < LOG:
            _commit(self._connection, group)
            self._count(group)
            _deliver(group, here=self._home)
            asyncio.get_running_loop().call_soon(self._turn)
        else:
            self._jobs.put(lambda: self._finish(group, begun))

    def _turn_apart(self) -> None:
        """Write the next group, on the thread unless it is brief and the loop runs."""
        group = self._gather()
        if not group:
            return
        if _brief(group) and self._home is not None and self._home.is_running():
            with suppress(RuntimeError):  # closed just now
                self._home.call_soon_threadsafe(self._write_here, group)
                return
        self._finish(group, self._written(group))

    def _gather(self) -> Group:
        """The works that wait now; if there are none the writer is idle."""
        with self._lock:
            group = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP))]
            if not group:
                self._busy = False
                self._idle.set()
        return group

    def _written(self, group: Group) -> bool:
        """Run the works; whether there is something to commit."""
        try:
            self._settle(group)
        except apsw.Error as error:
            _undo(self._connection, group, error)
            return False
        return _begin(self._connection, group)

    def _finish(self, group: Group, begun: bool) -> None:
        """Commit what has begun, on the thread, and go on."""
        if begun:
            _commit(self._connection, group)
        if self._pages >= LOG:
            self._copy_log()
        self._count(group)
        _deliver(group)
        self._jobs.put(self._turn_apart)

    def _count(self, group: Group) -> None:
        """Before anybody is told, so that no answer is older than what it counts."""
        if any(waiting.cached for waiting in group):
            self._committed()

    def _settle(self, group: Group) -> None:
        """Let the commit of a group wait for the disk if one of its works does."""
        durable = any(waiting.durable for waiting in group)
        if durable != self._durable:
            self._connection.pragma("synchronous", SYNCHRONOUS[durable])
            self._durable = durable

    def _grown(self, connection: apsw.Connection, name: str, pages: int) -> int:
        self._pages = pages
        return apsw.SQLITE_OK

    def _copy_log(self) -> None:
        self._pages = 0
        try:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.Error as error:
            log.warning("the write-ahead log cannot be copied to the file yet: %s", error)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
        self._connection.close()


def _brief(group: Group) -> bool:
    return all(waiting.brief for waiting in group)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _begin(connection: apsw.Connection, group: Group) -> bool:
    """Run the works in one transaction; whether there is something to commit. Otherwise each of them was told."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        if len(group) == 1:
            return _write_alone(connection, group[0])
        for waiting in group:
            _write_one(connection, waiting)
    except Exception as error:  # noqa: BLE001  a writer that dies would leave its callers waiting
        _undo(connection, group, error)
        return False
    return True


def _commit(connection: apsw.Connection, group: Group) -> None:
    """Commit what has begun. If that fails nothing is kept and each of them is told."""
    try:
        connection.execute("COMMIT")
    except Exception as error:  # noqa: BLE001  a writer that dies would leave its callers waiting
        _undo(connection, group, error)


def _undo(connection: apsw.Connection, group: Group, error: Exception) -> None:
    log.error("a commit of %s changes failed: %s", len(group), error)
    if not connection.get_autocommit():
        with suppress(apsw.Error):
            connection.execute("ROLLBACK")
    told = StoreFull if isinstance(ours(error), StoreFull) else StoreUnavailable
    for waiting in group:
        waiting.error = told(f"the change cannot be committed: {error}")


def _write_alone(connection: apsw.Connection, waiting: Waiting) -> bool:
    """Run the only work of a transaction; whether there is something to commit. What it raises undoes the transaction."""
    if not _run(connection, waiting):
        connection.execute("ROLLBACK")
        return False
    return True


def _write_one(connection: apsw.Connection, waiting: Waiting) -> None:
    """Run one work of several; what it raises undoes it alone."""
    connection.execute("SAVEPOINT work")
    if not _run(connection, waiting):
        connection.execute("ROLLBACK TO work")
    connection.execute("RELEASE work")


def _run(connection: apsw.Connection, waiting: Waiting) -> bool:
    """Run a work; whether it went well. A failing disk is raised, as it undoes the whole group."""
    tx = SqliteTx(connection)
    try:
        waiting.result = drive(waiting.work(tx))
        if tx.failed is not None:
            raise tx.failed
    except BaseException as error:  # its caller is told
        if isinstance(tx.failed, StoreUnavailable):
            raise tx.failed from error
        waiting.error = error
        return False
    return True


def _deliver(group: Group, here: asyncio.AbstractEventLoop | None = None) -> None:
    """Hand the results to the event loops that wait, with one call for each loop but the one that runs `here`."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Waiting]] = {}
    for waiting in group:
        by_loop.setdefault(waiting.loop, []).append(waiting)
    for loop, waitings in by_loop.items():
        if loop is here:
            _resolve(waitings)
            continue
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve, waitings)


def _resolve(waitings: list[Waiting]) -> None:
    for waiting in waitings:
        if waiting.future.done():  # its caller was cancelled; the work is committed all the same
            continue
        if waiting.error is not None:
            waiting.future.set_exception(waiting.error)
        else:
            waiting.future.set_result(waiting.result)
