"""Live counters of what a contract uses, kept in the transaction that changes it, and their limits."""

from __future__ import annotations

from ionstack.catalogue.resource import Resource
from ionstack.engine import documents
from ionstack.engine.change import Change
from ionstack.errors import Invalid
from ionstack.store.port import Tx
from ionstack.store.statement import statements

SQL = statements("resource")

MOST = 2**53
"""More than anything that is counted can be at once; sums of it stay within 64 bits."""


async def apply(tx: Tx, change: Change, contract: int) -> None:
    """Count a creation or update; Invalid if the contract's limit does not allow it.

    A deletion is counted when the resource is gone (`release`), since it uses its share until then.
    """
    for counted in change.resource.usage:
        before = counted.amount(dict(change.before)) if change.before else 0
        more = counted.amount(change.after) - before
        if more == 0:
            continue
        if more > MOST:
            raise Invalid(f"No contract has as much as {more} for its limit '{counted.limit}'", code="200")
        record = await tx.one(SQL.use, contract=contract, metric=counted.metric, amount=more)
        used = int(record[0]) if record else more
        most = await limit(tx, contract, counted.limit)
        if most is not None and more > 0 and used > most:
            raise Invalid(
                f"The contract's limit '{counted.limit}' is {most}: {used - more} in use, {more} more requested",
                code="200",
            )


async def limit(tx: Tx, contract: int, name: str) -> int | None:
    """A limit of a contract; None if it has none of that name."""
    record = await tx.one(SQL.contract_limits, contract=contract)
    found = documents.load(record[0]).get(name) if record else None
    return None if found is None else int(found)


async def release(tx: Tx, resource: Resource, contract: int, desired: str, internal: str) -> None:
    """Give back what a resource counted for."""
    for counted in resource.usage:
        amount = counted.amount({**documents.load(desired), **documents.load(internal)})
        await tx.one(SQL.use, contract=contract, metric=counted.metric, amount=-amount)


async def amounts(tx: Tx, contract: int) -> dict[str, int]:
    """What a contract uses by metric."""
    return {metric: int(amount) for metric, amount in await tx.all(SQL.usage, contract=contract)}
