"""The store port: a unit of work over named statements.

A unit is `async def work(tx)` that awaits nothing but `tx`; so SQLite can run it in one go on its writer
thread and PostgreSQL inside one transaction. `read` gives a consistent snapshot. `write` commits before it
returns, or leaves nothing behind. A PostgreSQL adapter may run a work again after a serialization failure
or deadlock, so a work has no effects but those of `tx`. A statement that fails dooms its work: to catch the
error and go on saves nothing, for PostgreSQL has then given up the transaction.

A cancelled caller gets no answer; its work may be committed or not. The same holds for StoreUnavailable
when the connection to PostgreSQL is lost during the commit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from ionstack.store.statement import Statement

T = TypeVar("T")
Value = str | int | float | bytes | bool | None
Record = Sequence[Any]
"""One row: values by position, in the statement's column order. SQLite gives booleans as 0 and 1."""


class Tx(Protocol):
    """The statements of one unit of work. Raises Duplicate when a unique value is taken."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""

    async def one(self, statement: Statement, **values: Value) -> Record | None:
        """The first row, or None."""

    async def all(self, statement: Statement, **values: Value) -> Sequence[Record]:
        """Every row."""

    async def run(self, statement: Statement, **values: Value) -> int:
        """Run a statement; the number of rows it changed."""

    async def many(self, statement: Statement, rows: Sequence[Mapping[str, Value]]) -> None:
        """Run a statement once per mapping of values."""


Work = Callable[[Tx], Awaitable[T]]


class Store(Protocol):
    """Where all durable state lives. Raises StoreUnavailable when the database is away or full."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""

    @property
    def commits(self) -> int | None:
        """A number that moves with every commit of what may be kept by it; None if others may commit without this
        process knowing."""

    async def read(self, work: Work[T]) -> T:
        """Run a work that only reads, over one consistent snapshot."""

    async def one(self, statement: Statement, **values: Value) -> Record | None:
        """The first row of a statement that is all there is to read, or None."""

    async def write(
        self, work: Work[T], *, durable: bool = True, brief: bool = False, cached: bool = True
    ) -> T:
        """Run a work and commit it; what it raises undoes it alone. Unless `durable`, the disk may have it later.

        A `brief` one has a few statements about a few rows and may be run on the event loop. One that changes nothing that
        anybody keeps by `commits` says so (`cached`), and they need not move.
        """

    async def close(self) -> None:
        """Finish what is under way and let go of the database."""
