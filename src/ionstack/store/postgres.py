"""The store on PostgreSQL: any number of processes, each with a pool of connections.

Reads see one snapshot: a work's first statement needs no transaction for that, so it is only opened for the
second. Writes run READ COMMITTED and lock what they change, the root resource first; a deadlock or a
serialization failure runs the work again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg

from ionstack.engine.clock import Clock
from ionstack.errors import Duplicate, StoreUnavailable
from ionstack.store.port import Record, Value, Work
from ionstack.store.statement import Statement

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

T = TypeVar("T")

ATTEMPTS = 10
"""How often a write is tried when others stand in its way."""

_AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
_AWAY = (
    OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError, asyncpg.ReadOnlySQLTransactionError, asyncpg.InternalClientError,
)  # fmt: skip


@contextmanager
def _translated() -> Iterator[None]:
    """asyncpg's errors as the store's."""
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        raise Duplicate(error.constraint_name or error.table_name or "value") from error
    except _AWAY as error:
        raise StoreUnavailable(f"the database cannot be used: {type(error).__name__}") from error


class PostgresTx:
    """The statements of one unit of work on one connection."""

    dialect = "postgresql"
    __slots__ = ("_connection",)

    def __init__(self, connection: PoolConnectionProxy[Any]) -> None:
        self._connection = connection

    async def one(self, statement: Statement, **values: Value) -> Record | None:
        text, names = statement.compiled(self.dialect)
        await self._begin()
        found: Record | None = await self._connection.fetchrow(text, *[values[name] for name in names])
        return found

    async def all(self, statement: Statement, **values: Value) -> Sequence[Record]:
        text, names = statement.compiled(self.dialect)
        await self._begin()
        found: Sequence[Record] = await self._connection.fetch(text, *[values[name] for name in names])
        return found

    async def run(self, statement: Statement, **values: Value) -> int:
        text, names = statement.compiled(self.dialect)
        await self._begin()
        status: str = await self._connection.execute(text, *[values[name] for name in names])
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def many(self, statement: Statement, rows: Sequence[Mapping[str, Value]]) -> None:
        text, names = statement.compiled(self.dialect)
        await self._begin()
        await self._connection.executemany(text, [[row[name] for name in names] for row in rows])

    async def _begin(self) -> None:
        return None


class _ReadingTx(PostgresTx):
    """Opens its snapshot with the second statement: a single statement is a snapshot of its own.

    Since the first statement's snapshot is then older, it is run inside once more; works only read.
    """

    __slots__ = ("_statements",)

    def __init__(self, connection: PoolConnectionProxy[Any]) -> None:
        super().__init__(connection)
        self._statements = 0

    async def _begin(self) -> None:
        self._statements += 1
        if self._statements == 2:
            raise _NeedsSnapshot


class _NeedsSnapshot(Exception):
    """The work has more than one statement and is to be run again inside a transaction."""


class PostgresStore:
    """A store in a PostgreSQL database."""

    dialect = "postgresql"

    def __init__(self, pool: asyncpg.Pool[Any], clock: Clock) -> None:
        self._pool, self._clock = pool, clock

    @classmethod
    async def connect(cls, url: str, clock: Clock, *, most: int = 16) -> PostgresStore:
        """Open a pool; StoreUnavailable if the database cannot be reached."""
        with _translated():
            pool = await asyncpg.create_pool(
                url, min_size=1, max_size=most, command_timeout=60, statement_cache_size=512,
                server_settings={"application_name": "ionstack", "jit": "off"},
            )  # fmt: skip
        return cls(pool, clock)

    async def read(self, work: Work[T]) -> T:
        """Run a work that only reads, over one snapshot."""
        with _translated():
            async with self._pool.acquire() as connection:
                try:
                    return await work(_ReadingTx(connection))
                except _NeedsSnapshot:
                    async with connection.transaction(isolation="repeatable_read", readonly=True):
                        return await work(PostgresTx(connection))

    async def write(self, work: Work[T]) -> T:
        """Run a work in a transaction, again if others stood in its way; committed when this returns."""
        for attempt in range(ATTEMPTS):
            try:
                with _translated():
                    return await self._write(work)
            except _AGAIN:
                await self._clock.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311
        raise StoreUnavailable("the database is too busy: a change met others again and again")

    async def close(self) -> None:
        """Let running statements end, then close the connections."""
        try:
            async with asyncio.timeout(10):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def _write(self, work: Work[T]) -> T:
        async with self._pool.acquire() as connection, connection.transaction():
            return await work(PostgresTx(connection))
