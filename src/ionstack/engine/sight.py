"""Who sees what, and who may change it.

An owner and administrators see and may change everything in their contract. Everybody else sees what they
made and what a group of theirs shares, and may change the former, and the latter where the share says so. A
top-level resource decides for all that is in it. The vendor's own resources are for everybody to see.
"""

from __future__ import annotations

from ionstack.engine.row import Row
from ionstack.errors import Forbidden, NotFound
from ionstack.identity.groups import shared_with
from ionstack.identity.principal import Principal
from ionstack.store.port import Tx
from ionstack.store.statement import statements

SQL = statements("resource")


def viewer(principal: Principal) -> str:
    """The user to whose sight a search is narrowed; empty for who sees everything."""
    return "" if principal.administrator else principal.user_id


async def sees(tx: Tx, principal: Principal, row: Row) -> bool:
    """Whether a caller sees a resource."""
    return await _right(tx, principal, row) is not None


async def prove_seen(tx: Tx, principal: Principal, row: Row) -> None:
    """NotFound for whoever must not know of a resource."""
    if not await sees(tx, principal, row):
        raise NotFound


async def prove_changeable(tx: Tx, principal: Principal, row: Row) -> None:
    """NotFound for whoever must not know of a resource, Forbidden for who may only read it."""
    right = await _right(tx, principal, row)
    if right is None:
        raise NotFound
    if not right:
        raise Forbidden("Access Denied: the resource is shared for reading only")


async def _right(tx: Tx, principal: Principal, row: Row) -> bool | None:
    """Whether a caller may change a resource, None if they do not even see it."""
    if principal.administrator or row.contract != principal.contract:
        return True
    owner = row.created_by_id
    if row.parent:
        record = await tx.one(SQL.owner, contract=row.contract, id=row.root)
        owner = record[0] if record else owner  # on what is the vendor's everybody has labels of their own
    if owner == principal.user_id:
        return True
    share = await shared_with(tx, row.contract, principal.user_id, row.root)
    return None if share is None else share.editable
