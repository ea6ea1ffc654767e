"""Live counters of what a contract uses, kept in the transaction that changes it, and the contract's limits.

A counter is raised before it is held against its limit: its row is locked from then on, so that of two
changes at once the second counts what the first has taken. What fails rolls the counter back with everything
else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ionstack.catalogue.resource import Document, Resource
from ionstack.engine import documents
from ionstack.engine.change import Change
from ionstack.errors import Invalid
from ionstack.store.port import Tx
from ionstack.store.statement import statements

SQL = statements("resource")

MOST = 2**53
"""More than anything that is counted can be at once; sums of it stay within 64 bits."""


class Tally:
    """What one creation or update counts for. Everything that does not fit is Invalid.

    A deletion is counted when the resource is gone (`release`), since it uses its share until then.
    """

    def __init__(self, tx: Tx, change: Change, contract: int) -> None:
        self._tx, self._change, self._contract = tx, change, contract
        self._counted: dict[str, int] = {}
        self._limits: Mapping[str, Any] | None = None

    async def begin(self) -> None:
        """Count what was asked for, before anything is looked for or made on its behalf."""
        await self._prove_room()
        await self.count()

    async def prove_bounds(self) -> None:
        """Hold the resource by itself against its bounds."""
        change = self._change
        for bound in change.resource.bounds:
            before = bound.amount(dict(change.before)) if change.before else 0
            await self._prove(bound.limit, before, bound.amount(change.after) - before)

    async def _prove_room(self) -> None:
        """In one parent there are only so many of a kind. The parent is locked, so they can be counted."""
        change, limit = self._change, self._change.resource.room
        if not limit or change.action != "create" or change.parent is None:
            return
        record = await self._tx.one(
            SQL.count_inside, contract=self._contract, kind=change.resource.kind, parent=change.parent.id
        )
        await self._prove(limit, int(record[0]) if record else 0, 1)

    async def count(self) -> None:
        """Count what has been derived since."""
        change = self._change
        for counted in change.resource.usage:
            before = counted.amount(dict(change.before)) if change.before else 0
            more = counted.amount(change.after) - before - self._counted.get(counted.metric, 0)
            if more == 0:
                continue
            if more > MOST:
                raise Invalid(
                    f"No contract has as much as {more} for its limit '{counted.limit}'", code="200"
                )
            used = await _add(self._tx, self._contract, counted.metric, more)
            self._counted[counted.metric] = self._counted.get(counted.metric, 0) + more
            await self._prove(counted.limit, used - more, more)

    async def _prove(self, limit: str, used: int, more: int) -> None:
        if not limit or more <= 0:
            return
        if self._limits is None:
            self._limits = await limits(self._tx, self._contract)
        most = self._limits.get(limit)
        if most is not None and used + more > most:
            raise Invalid(
                f"The contract's limit '{limit}' is {most}: {used} in use, {more} more requested", code="200"
            )


async def limits(tx: Tx, contract: int) -> Mapping[str, Any]:
    """The limits of a contract by name."""
    record = await tx.one(SQL.contract_limits, contract=contract)
    return documents.load(record[0]) if record else {}


async def shift(
    tx: Tx, resource: Resource, contract: int, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Count what follows from another resource's change; no limit refuses that."""
    for counted in resource.usage:
        more = counted.amount(dict(after)) - counted.amount(dict(before))
        if more:
            await _add(tx, contract, counted.metric, more)


async def release(tx: Tx, resource: Resource, contract: int, desired: str, internal: str) -> None:
    """Give back what a resource counted for."""
    if not resource.usage:
        return
    last: Document = {**documents.load(desired), **documents.load(internal)}
    for counted in resource.usage:
        if amount := counted.amount(last):
            await _add(tx, contract, counted.metric, -amount)


async def amounts(tx: Tx, contract: int) -> dict[str, int]:
    """What a contract uses by metric."""
    return {metric: int(amount) for metric, amount in await tx.all(SQL.usage, contract=contract)}


async def _add(tx: Tx, contract: int, metric: str, more: int) -> int:
    """Move a counter; what it says now."""
    record = await tx.one(SQL.use, contract=contract, metric=metric, amount=more)
    return int(record[0]) if record else more
