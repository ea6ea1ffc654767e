"""The end of a resource: of what was, only who, what and when stays."""

from __future__ import annotations

from ionstack.catalogue.registry import Catalogue
from ionstack.engine import usage
from ionstack.engine.row import Row
from ionstack.store.port import Tx, Value
from ionstack.store.statement import statements

SQL = statements("resource")


async def bury(catalogue: Catalogue, tx: Tx, row: Row, world: int) -> None:
    """Turn a resource and everything in it into tombstones, and give back what they held."""
    key: dict[str, Value] = {"contract": row.contract, "id": row.id}
    for _, kind, desired, internal in await tx.all(SQL.subtree, **key):
        await usage.release(tx, catalogue[kind], row.contract, desired, internal)
    for statement in (SQL.references_bury, SQL.allocations_bury, SQL.secrets_bury, SQL.shares_bury):
        await tx.run(statement, **key)
    await tx.run(SQL.bury, deleted=world, **key)
    await tx.run(SQL.remove, **key)
