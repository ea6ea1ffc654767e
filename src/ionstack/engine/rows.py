"""Reading and finding rows. Every function takes the transaction of the caller's unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from ionstack.catalogue.resource import Resource
from ionstack.engine.find import Search, compose
from ionstack.engine.row import Row
from ionstack.errors import NotFound
from ionstack.store.port import Tx
from ionstack.store.statement import statements

SQL = statements("resource")

Link = tuple[str, str, str]
"""A reference: the id it comes from, the property that holds it, the id it points at."""


async def find(tx: Tx, resource: Resource, contract: int, id: str) -> Row | None:
    """The row of a resource, or None if this contract has none of that kind and id."""
    record = await tx.one(SQL.get_vendor if resource.vendor else SQL.get, contract=contract, id=id)
    if record is None:
        return None
    row = Row._make(record)
    return row if row.kind == resource.kind else None


async def get(tx: Tx, resource: Resource, contract: int, id: str) -> Row:
    """The row of a resource; NotFound if this contract has none of that kind and id."""
    row = await find(tx, resource, contract, id)
    if row is None:
        raise NotFound
    return row


async def lock(tx: Tx, resource: Resource, contract: int, id: str) -> Row:
    """The row of a resource to be changed, after its root is locked against other changes.

    The root comes first so that two changes of one data center never wait for each other crosswise.
    """
    row = await get(tx, resource, contract, id)
    if tx.dialect == "sqlite":
        return row
    await tx.run(SQL.lock, contract=contract, id=row.root)
    return await get(tx, resource, contract, id)


async def search(tx: Tx, search: Search) -> Sequence[Row]:
    """The rows a search asks for, in its order."""
    statement, values = compose(search)
    return [Row._make(record) for record in await tx.all(statement, **values)]


async def inside(tx: Tx, contract: int, kind: str, parent: str) -> Sequence[Row]:
    """What is in a resource, of one kind and oldest first, but for what is being deleted."""
    return [row for row in await search(tx, Search(contract, kind, parent)) if not row.deleting]


async def under_root(tx: Tx, contract: int, root: str) -> Sequence[Row]:
    """A top-level resource and everything in it, oldest first."""
    return [Row._make(record) for record in await tx.all(SQL.under_root, contract=contract, root=root)]


async def links_under(tx: Tx, contract: int, root: str) -> Sequence[Link]:
    """Every reference that comes from a top-level resource or anything in it, oldest first."""
    found = await tx.all(SQL.links_under, contract=contract, root=root)
    return [(source, field, target) for source, field, target in found]


async def referring(tx: Tx, contract: int, target: str, field: str) -> Sequence[Row]:
    """What refers to a resource by a property, oldest first."""
    found = await tx.all(SQL.referring, contract=contract, target=target, field=field)
    return [Row._make(record) for record in found]


def lineage(parent: Row, resource: Resource) -> str:
    """The wire ids above what is in a resource, as paths have them."""
    own = quote(resource.ids.wire(parent.id), safe="")
    return f"{parent.lineage}/{own}" if parent.lineage else own
