"""Who sees what, and who may change it.

An owner and administrators see and may change everything in their contract. Everybody else sees what they
made and what a group of theirs shares, and may change the former, and the latter where the share says so. A
top-level resource decides for all that is in it. The vendor's own resources are for everybody to see.

What is protected is for users with a second factor. The others do not see it, whoever made or shared it; an
owner and administrators without one see that it is there, and change nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ionstack.engine.row import Row
from ionstack.errors import Forbidden, NotFound
from ionstack.identity.groups import shared_with
from ionstack.identity.principal import Principal
from ionstack.store.port import Tx
from ionstack.store.statement import statements

if TYPE_CHECKING:
    from ionstack.engine.change import Change

SQL = statements("resource")

NEEDS_SECOND_FACTOR = "Access Denied: this takes a user whose second factor is active"


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


async def prove_open(tx: Tx, principal: Principal, row: Row) -> None:
    """Forbidden, or NotFound for who must not know of it, if a resource is protected from a caller's changes."""
    if principal.second_factor or row.contract != principal.contract or not (await _root(tx, row))[1]:
        return
    if principal.administrator:
        raise Forbidden(NEEDS_SECOND_FACTOR)
    raise NotFound


def prove_protecting(change: Change) -> None:
    """Forbidden for who would protect something from themselves: a user without a second factor."""
    name = change.resource.protection
    if name and change.after.get(name) and not change.unit.order.principal.second_factor:
        raise Forbidden(NEEDS_SECOND_FACTOR)


async def _right(tx: Tx, principal: Principal, row: Row) -> bool | None:
    """Whether a caller may change a resource, None if they do not even see it."""
    if principal.administrator or row.contract != principal.contract:
        return True
    owner, protected = await _root(tx, row)
    if protected and not principal.second_factor:
        return None
    if owner == principal.user_id:
        return True
    share = await shared_with(tx, row.contract, principal.user_id, row.root)
    return None if share is None else share.editable


async def _root(tx: Tx, row: Row) -> tuple[str, bool]:
    """Who made the top-level resource that a resource is in, and whether it is protected."""
    record = await tx.one(SQL.owner, contract=row.contract, id=row.root)
    if record is None:  # on what is the vendor's everybody has labels of their own
        return row.created_by_id, False
    return str(record[0]), bool(record[1])
