"""The desk at which user management is done: who may, in whose name, and under which request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ionstack.apis.cloudapi.um.shown import Shown, Thing, etag, past
from ionstack.catalogue.access import Who
from ionstack.catalogue.operation import Answer, Call
from ionstack.catalogue.registry import Views
from ionstack.catalogue.view import View
from ionstack.dialects.carry import Made, order_of
from ionstack.dialects.cloudapi import render
from ionstack.engine import documents, rows
from ionstack.engine.clock import iso
from ionstack.engine.find import Filter, Match, Search
from ionstack.engine.row import Row
from ionstack.engine.unit import Unit
from ionstack.errors import Forbidden, NotFound
from ionstack.identity.accounts import Account, Accounts
from ionstack.identity.events import SYSTEM, Actor
from ionstack.identity.groups import Group, Groups, Share, shared_with
from ionstack.identity.privileges import PRIVILEGES
from ionstack.identity.s3_keys import S3Key, S3Keys
from ionstack.store.port import Tx
from ionstack.store.statement import statements

if TYPE_CHECKING:
    from ionstack.app import Cloud

RESOURCES = statements("resource")

TYPES = ("datacenter", "snapshot", "image", "ipblock", "pcc", "backupunit", "k8s")
"""What users own and groups share, by its word in paths."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One call, inside its unit of work: the contract's users, groups and resources, and how each is shown."""

    cloud: Cloud
    call: Call
    tx: Tx
    views: Mapping[str, View]
    actor: Actor = SYSTEM
    now: int = 0

    @property
    def contract(self) -> int:
        return self.call.principal.contract

    @property
    def shown(self) -> Shown:
        return Shown(self.call)

    @property
    def accounts(self) -> Accounts:
        return Accounts(self.tx, self.contract, self.actor, self.now)

    @property
    def groups(self) -> Groups:
        return Groups(self.tx, self.contract, self.actor, self.now)

    def keys(self, user: str) -> S3Keys:
        """The access keys of a user."""
        return S3Keys(self.tx, self.cloud.vault, self.contract, user, self.actor, self.now)

    def id(self, name: str) -> str:
        """A UUID of the path."""
        return self.call.path[name].lower()

    async def resources(self, type: str, owner: str = "") -> Sequence[Thing]:
        """The contract's resources of a type, or those that a user made."""
        view = self.views.get(type)
        if view is None:
            return []
        made = (Filter("created_by_id", Match.EQUAL, (owner,)),) if owner else ()
        found = await rows.search(self.tx, Search(self.contract, view.resource.kind, filters=made))
        return [self.resource(view, row) for row in found if not row.deleting]

    async def found(self, id: str, types: Sequence[str] = TYPES) -> Thing | None:
        """A resource that can be shared."""
        for view in (self.views[type] for type in types if type in self.views):
            row = await rows.find(self.tx, view.resource, self.contract, id)
            if row is not None and row.contract == self.contract and not row.deleting:
                return self.resource(view, row)
        return None

    async def prove_sharer(self, share: Share) -> None:
        """That the caller may share a resource so: NotFound if they do not see it, Forbidden if they may not.

        Nobody shares on more than they have.
        """
        principal = self.call.principal
        if principal.administrator:
            return
        record = await self.tx.one(RESOURCES.owner, contract=self.contract, id=share.resource)
        if record is not None and record[0] == principal.user_id:
            return
        rights = await shared_with(self.tx, self.contract, principal.user_id, share.resource)
        if record is None or rights is None or (record[1] and not principal.second_factor):
            raise NotFound
        if not rights.sharable or (share.editable and not rights.editable):
            raise Forbidden("Access Denied: the resource is not shared with the user for sharing it on so")

    def resource(self, view: View, row: Row) -> Thing:
        """A resource as user management shows it."""
        properties = documents.load(row.desired)

        async def groups() -> Sequence[Thing]:
            return [self.group(one) for one in await self.groups.of_resource(row.id)]

        return Thing(
            row.id, view.type, f"/um/resources/{view.type}/{row.id}",
            {"name": properties.get("name", ""), "secAuthProtection": properties.get("secAuthProtection", False)},
            documents.load(render.metadata(view, row)), {"groups": groups},
        )  # fmt: skip

    def user(self, account: Account) -> Thing:
        """A user of the contract."""

        async def owns() -> Sequence[Thing]:
            return await self.owned(account.id)

        async def groups() -> Sequence[Thing]:
            return [self.group(one) for one in await self.groups.of_user(account.id)]

        properties = {
            "firstname": account.firstname, "lastname": account.lastname, "email": account.email,
            "administrator": account.administrator, "forceSecAuth": account.second_factor_forced,
            "secAuthActive": account.second_factor_active, "s3CanonicalUserId": canonical(account.id),
            "active": account.active,
        }  # fmt: skip
        written = past(
            account.created, account.created_by, account.created_by_id, account.modified,
            account.modified_by, account.modified_by_id,
        )  # fmt: skip
        metadata = {"etag": etag(account.id, properties, account.modified), **written}
        if account.last_login is not None:
            metadata["lastLogin"] = iso(account.last_login)
        inside = {"owns": owns, "groups": groups}
        return Thing(account.id, "user", f"/um/users/{account.id}", properties, metadata, inside)

    async def owned(self, user: str) -> Sequence[Thing]:
        """What a user made."""
        return [thing for type in TYPES for thing in await self.resources(type, user)]

    def group(self, group: Group) -> Thing:
        """A group of the contract."""

        async def users() -> Sequence[Thing]:
            return await self.members(group.id)

        async def resources() -> Sequence[Thing]:
            return await self.shared(group.id)

        granted = {name: word in group.privileges for name, word in PRIVILEGES.items()}
        inside = {"users": users, "resources": resources}
        path = f"/um/groups/{group.id}"
        return Thing(group.id, "group", path, {"name": group.name, **granted}, None, inside)

    async def members(self, group: str) -> Sequence[Thing]:
        """The users of a group."""
        members = await self.groups.members(group)
        return [self.user(one) for one in await self.accounts.all() if one.id in members]

    async def shared(self, group: str) -> Sequence[Thing]:
        """The resources that a group shares."""
        found = [await self.found(share.resource) for share in await self.groups.shares(group)]
        return [thing for thing in found if thing is not None]

    def share(self, group: str, share: Share) -> Thing:
        """How a resource is shared with a group."""
        properties = {"editPrivilege": share.editable, "sharePrivilege": share.sharable}
        return Thing(share.resource, "resource", f"/um/groups/{group}/shares/{share.resource}", properties)

    def key(self, key: S3Key) -> Thing:
        """An access key with its secret."""
        written = past(
            key.created, _urn(key.created_by_id), key.created_by_id, key.modified,
            _urn(key.modified_by_id), key.modified_by_id,
        )  # fmt: skip
        metadata = {"etag": etag(key.id, key.active, key.modified), **written}
        properties = {"secretKey": key.secret, "active": key.active}
        return Thing(key.id, "s3key", f"/um/users/{key.user_id}/s3keys/{key.id}", properties, metadata)


class Office:
    """Opens a desk for each call. `views` are the API's."""

    def __init__(self, views: Views) -> None:
        self.views = {view.type: view for view in views if view.type in TYPES and view.parent is None}

    async def read(self, cloud: Cloud, call: Call, work: Callable[[Desk], Awaitable[bytes]]) -> Answer:
        """Answer from what there is."""
        prove(call)
        text = await cloud.engine.read(lambda tx: work(Desk(cloud, call, tx, self.views)))
        return Answer(200, text)

    async def change(self, cloud: Cloud, call: Call, work: Callable[[Desk], Awaitable[bytes]]) -> Answer:
        """Change something at once, under a request that is done with it."""
        prove(call)
        actor = Actor.of(call.principal, call.address, call.request_id)

        async def unit(opened: Unit) -> bytes:
            return await work(Desk(cloud, call, opened.tx, self.views, actor, opened.order.wall))

        order = order_of(cloud, call, frozenset({"password", "secretKey"}))
        text, request = await cloud.engine.submit(order, unit)
        return Made((), request).answer(call, text)


def prove(call: Call) -> None:
    """Forbidden for whoever the operation is not for; who may share a resource is for the handler to find out."""
    principal, who = call.principal, call.operation.access.who
    if principal.administrator or who is Who.SHARER:
        return
    if who is Who.SELF and call.path["userId"].lower() == principal.user_id:
        return
    raise Forbidden("User management is for the contract's owner and administrators")


def canonical(user: str) -> str:
    """The id by which Object Storage knows a user."""
    return user.replace("-", "")


def _urn(user: str) -> str:
    return f"ionos:identity:::users/{user}"
