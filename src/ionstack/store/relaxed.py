"""A store whose changes do not wait for the disk, over one that does for others."""

from __future__ import annotations

from ionstack.store.port import Record, Store, T, Value, Work
from ionstack.store.statement import Statement


class Relaxed:
    """The same store; a crash of the machine, not of the process, may lose what was written last by this one."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._store.dialect

    @property
    def commits(self) -> int | None:
        """As the store counts them."""
        return self._store.commits

    async def read(self, work: Work[T]) -> T:
        """Run a work that only reads."""
        return await self._store.read(work)

    async def one(self, statement: Statement, **values: Value) -> Record | None:
        """Read the first row of one statement."""
        return await self._store.one(statement, **values)

    async def write(
        self, work: Work[T], *, durable: bool = False, brief: bool = False, cached: bool = True
    ) -> T:
        """Run a work and commit it; the disk has it a little later."""
        return await self._store.write(work, durable=durable, brief=brief, cached=cached)

    async def close(self) -> None:
        """Close the store."""
        await self._store.close()
