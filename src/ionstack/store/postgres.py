"""The store on PostgreSQL: any number of processes, each with a pool of connections.

Reads see one snapshot. A single statement is one by itself, so a work that reads runs without a transaction
until it asks for a second statement; then it is run again inside one. Writes run READ COMMITTED and lock
what they change, the root resource first; a deadlock or a serialization failure runs the work again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg

from ionstack.engine.clock import Clock
from ionstack.errors import Duplicate, StoreFull, StoreUnavailable
from ionstack.store.port import Record, Value, Work
from ionstack.store.statement import Statement

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

T = TypeVar("T")

ATTEMPTS = 10
"""How often a write is tried when others stand in its way."""

FROZEN = 10_000
"""Milliseconds after which a process that stopped in the middle of a change loses it, with the rows it locked."""

_AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
_AWAY = (
    OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError, asyncpg.ReadOnlySQLTransactionError, asyncpg.InternalClientError,
)  # fmt: skip


def _ours(error: Exception) -> Exception:
    """asyncpg's error as the store's; itself if it is to be tried again or is neither's fault."""
    if isinstance(error, asyncpg.UniqueViolationError):
        return Duplicate(error.constraint_name or error.table_name or "value")
    if isinstance(error, asyncpg.DiskFullError):
        return StoreFull("the disk of the database is full")
    if isinstance(error, _AWAY):
        return StoreUnavailable(f"the database cannot be used: {type(error).__name__}")
    return error


@contextmanager
def _translated() -> Iterator[None]:
    """What goes wrong with connections and transactions, in the store's words."""
    try:
        yield
    except (asyncpg.UniqueViolationError, *_AWAY) as error:
        raise _ours(error) from error


class _Connection(asyncpg.Connection):  # type: ignore[misc]
    """A connection that goes back to the pool without a round trip: no work leaves a session changed."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        return ""


class PostgresTx:
    """The statements of one unit of work on one connection. `failed` is the first error of any of them."""

    dialect = "postgresql"
    __slots__ = ("_connection", "failed")

    def __init__(self, connection: PoolConnectionProxy[Any]) -> None:
        self._connection = connection
        self.failed: Exception | None = None

    async def one(self, statement: Statement, **values: Value) -> Record | None:
        found: Record | None = await self._ask(self._connection.fetchrow, statement, values)
        return found

    async def all(self, statement: Statement, **values: Value) -> Sequence[Record]:
        found: Sequence[Record] = await self._ask(self._connection.fetch, statement, values)
        return found

    async def run(self, statement: Statement, **values: Value) -> int:
        status: str = await self._ask(self._connection.execute, statement, values)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def many(self, statement: Statement, rows: Sequence[Mapping[str, Value]]) -> None:
        text, names = statement.compiled("postgresql")
        await self._call(self._connection.executemany, text, [[row[name] for name in names] for row in rows])

    async def _ask(
        self, how: Callable[..., Awaitable[Any]], statement: Statement, values: Mapping[str, Value]
    ) -> Any:
        text, names = statement.compiled("postgresql")
        return await self._call(how, text, *[values[name] for name in names])

    async def _call(self, how: Callable[..., Awaitable[Any]], *arguments: object) -> Any:
        try:
            return await how(*arguments)
        except Exception as error:
            ours = _ours(error)
            self.failed = self.failed or ours
            raise ours from error


class _FirstStatement(PostgresTx):
    """Runs one statement without a transaction and refuses the second."""

    __slots__ = ("_asked",)

    def __init__(self, connection: PoolConnectionProxy[Any]) -> None:
        super().__init__(connection)
        self._asked = False

    async def _call(self, how: Callable[..., Awaitable[Any]], *arguments: object) -> Any:
        if self._asked:
            raise _NeedsSnapshot
        self._asked = True
        return await super()._call(how, *arguments)


class _NeedsSnapshot(BaseException):
    """The work has a second statement. No Exception, so that no work catches it by the way."""


class PostgresStore:
    """A store in a PostgreSQL database."""

    dialect = "postgresql"
    commits = None

    def __init__(self, pool: asyncpg.Pool[Any], clock: Clock) -> None:
        self._pool, self._clock = pool, clock

    @classmethod
    async def connect(cls, url: str, clock: Clock, *, most: int = 16) -> PostgresStore:
        """Open a pool of up to `most` connections; StoreUnavailable if the database cannot be reached."""
        with _translated():
            pool = await asyncpg.create_pool(
                url, min_size=1, max_size=most, connection_class=_Connection,
                timeout=10, command_timeout=60, statement_cache_size=512,
                server_settings={
                    "application_name": "ionstack", "jit": "off",
                    "idle_in_transaction_session_timeout": str(FROZEN),
                },
            )  # fmt: skip
        return cls(pool, clock)

    async def read(self, work: Work[T]) -> T:
        """Run a work that only reads, over one snapshot."""
        with _translated():
            async with self._pool.acquire() as connection:
                try:
                    return await work(_FirstStatement(connection))
                except _NeedsSnapshot:
                    async with connection.transaction(isolation="repeatable_read", readonly=True):
                        return await work(PostgresTx(connection))

    async def one(self, statement: Statement, **values: Value) -> Record | None:
        """The first row of one statement, or None."""
        return await self.read(lambda tx: tx.one(statement, **values))

    async def write(
        self, work: Work[T], *, durable: bool = True, brief: bool = False, cached: bool = True
    ) -> T:
        """Run a work in a transaction, again if others stood in its way; committed when this returns."""
        for attempt in range(1, ATTEMPTS):
            try:
                return await self._write(work, durable=durable)
            except _AGAIN:
                await self._clock.sleep(random.uniform(0, 0.005 * 2**attempt))  # noqa: S311
        try:
            return await self._write(work, durable=durable)
        except _AGAIN as error:
            raise StoreUnavailable("a change met others again and again") from error

    async def close(self) -> None:
        """Let running statements end, then close the connections."""
        try:
            async with asyncio.timeout(10):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def _write(self, work: Work[T], *, durable: bool) -> T:
        with _translated():
            async with self._pool.acquire() as connection, connection.transaction(isolation="read_committed"):
                if not durable:
                    await connection.execute("SET LOCAL synchronous_commit TO off")
                tx = PostgresTx(connection)
                try:
                    result = await work(tx)
                except Exception as error:
                    if isinstance(tx.failed, _AGAIN) and tx.failed is not error:
                        raise tx.failed from error
                    raise
                if tx.failed is not None:
                    raise tx.failed
                return result
