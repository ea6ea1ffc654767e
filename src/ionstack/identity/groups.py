"""Groups of a contract's users: the privileges they give, and the resources they share.

Every function takes the transaction of the caller's unit of work. What changes somebody's privileges raises
their `auth_epoch`; shares are looked up with every call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson

from ionstack.errors import NotFound
from ionstack.identity import events
from ionstack.identity.events import Actor
from ionstack.store.port import Record, Tx
from ionstack.store.statement import statements

SQL = statements("group")
IDENTITY = statements("identity")


@dataclass(frozen=True, slots=True)
class Group:
    """A group and the names of the privileges it gives (see `privileges.PRIVILEGES`)."""

    id: str
    name: str
    privileges: frozenset[str]


@dataclass(frozen=True, slots=True)
class Share:
    """A top-level resource shared with a group, which may change it and share it in turn, or not."""

    resource: str
    editable: bool
    sharable: bool


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of one contract, inside a unit of work by `actor` at `now` (wall µs)."""

    tx: Tx
    contract: int
    actor: Actor = events.SYSTEM
    now: int = 0

    async def all(self) -> Sequence[Group]:
        """Every group, eldest first."""
        return [_group(record) for record in await self.tx.all(SQL.groups, contract=self.contract)]

    async def get(self, id: str) -> Group:
        """A group. Raises NotFound."""
        record = await self.tx.one(SQL.group, contract=self.contract, id=id)
        if record is None:
            raise NotFound
        return _group(record)

    async def open(self, id: str) -> Group:
        """A group that is to be changed, locked against other changes. Raises NotFound."""
        await self.tx.one(SQL.lock, contract=self.contract, id=id)
        return await self.get(id)

    async def of_user(self, user: str) -> Sequence[Group]:
        """The groups that a user is in."""
        found = await self.tx.all(SQL.of_user, contract=self.contract, user=user)
        return [_group(record) for record in found]

    async def of_resource(self, resource: str) -> Sequence[Group]:
        """The groups that a resource is shared with."""
        found = await self.tx.all(SQL.of_resource, contract=self.contract, resource=resource)
        return [_group(record) for record in found]

    async def add(self, group: Group) -> None:
        """Make a group."""
        await self.tx.run(
            SQL.add, contract=self.contract, id=group.id, name=group.name, privileges=_text(group.privileges)
        )
        await self._record("create", events.GROUP, group.id)

    async def change(self, group: Group) -> None:
        """Give a group another name and other privileges, which its members have at once."""
        await self.tx.run(
            SQL.change, contract=self.contract, id=group.id, name=group.name,
            privileges=_text(group.privileges),
        )  # fmt: skip
        await self.tx.run(SQL.bump_members, contract=self.contract, id=group.id)
        await self._record("update", events.GROUP, group.id)

    async def remove(self, id: str) -> None:
        """Remove a group with its memberships and shares."""
        for statement in (SQL.bump_members, SQL.members_drop, SQL.shares_drop, SQL.remove):
            await self.tx.run(statement, contract=self.contract, id=id)
        await self._record("delete", events.GROUP, id)

    async def members(self, id: str) -> frozenset[str]:
        """The ids of a group's users."""
        return frozenset(user for (user,) in await self.tx.all(SQL.members, contract=self.contract, id=id))

    async def join(self, id: str, user: str) -> None:
        """Put a user into a group."""
        if await self.tx.run(SQL.join, contract=self.contract, id=id, user=user):
            await self.tx.run(IDENTITY.user_bump, id=user)
            await self._record("update", events.GROUP, id)

    async def leave(self, id: str, user: str) -> None:
        """Take a user out of a group. Raises NotFound if they are not in it."""
        if not await self.tx.run(SQL.leave, contract=self.contract, id=id, user=user):
            raise NotFound
        await self.tx.run(IDENTITY.user_bump, id=user)
        await self._record("update", events.GROUP, id)

    async def shares(self, id: str) -> Sequence[Share]:
        """What is shared with a group."""
        return [_share(record) for record in await self.tx.all(SQL.shares, contract=self.contract, id=id)]

    async def share(self, id: str, resource: str) -> Share:
        """How a resource is shared with a group. Raises NotFound if it is not."""
        record = await self.tx.one(SQL.share, contract=self.contract, id=id, resource=resource)
        if record is None:
            raise NotFound
        return _share(record)

    async def add_share(self, id: str, share: Share) -> bool:
        """Share a resource with a group; False if it is already."""
        added = await self.tx.run(
            SQL.share_add, contract=self.contract, id=id, resource=share.resource, editable=share.editable,
            sharable=share.sharable,
        )  # fmt: skip
        await self._record("create", events.SHARE, share.resource)
        return added == 1

    async def change_share(self, id: str, share: Share) -> None:
        """Share a resource otherwise."""
        await self.tx.run(
            SQL.share_change, contract=self.contract, id=id, resource=share.resource,
            editable=share.editable, sharable=share.sharable,
        )  # fmt: skip
        await self._record("update", events.SHARE, share.resource)

    async def drop_share(self, id: str, resource: str) -> None:
        """Share a resource with a group no longer. Raises NotFound if it is not shared."""
        if not await self.tx.run(SQL.share_drop, contract=self.contract, id=id, resource=resource):
            raise NotFound
        await self._record("delete", events.SHARE, resource)

    async def _record(self, action: str, kind: str, id: str) -> None:
        await events.record(self.tx, self.actor, self.now, action, kind, (self.contract, id))


async def granted(tx: Tx, contract: int, user: str) -> frozenset[str]:
    """The privileges that a user has by their groups in a contract."""
    found = await Groups(tx, contract).of_user(user)
    return frozenset[str]().union(*(group.privileges for group in found))


async def shared_with(tx: Tx, contract: int, user: str, resource: str) -> Share | None:
    """How a resource is shared with a user by all groups of theirs together; None if it is not."""
    found = await tx.all(SQL.shared_with, contract=contract, user=user, resource=resource)
    if not found:
        return None
    return Share(resource, any(bool(one[0]) for one in found), any(bool(one[1]) for one in found))


def _group(record: Record) -> Group:
    id, name, privileges = record
    return Group(id, name, frozenset(orjson.loads(privileges)))


def _share(record: Record) -> Share:
    resource, editable, sharable = record
    return Share(resource, bool(editable), bool(sharable))


def _text(privileges: Iterable[str]) -> str:
    return orjson.dumps(sorted(privileges)).decode()
