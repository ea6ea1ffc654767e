"""Groups of a contract: their privileges and users, and the resources they share."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ionstack.apis.cloudapi.um import schemas
from ionstack.apis.cloudapi.um.desk import Desk, Office, prove
from ionstack.apis.cloudapi.um.operation import changing, reading
from ionstack.catalogue.access import SHARER
from ionstack.catalogue.operation import Answer, Call, Operation
from ionstack.dialects.cloudapi.linking import refuse_entities
from ionstack.dialects.cloudapi.parameters import SEARCHING
from ionstack.engine.validation import Validator
from ionstack.errors import Invalid, NotFound, Problem
from ionstack.identity.groups import Group, Share
from ionstack.identity.privileges import PRIVILEGES

if TYPE_CHECKING:
    from ionstack.app import Cloud

GROUPS, GROUP = "/um/groups", "/um/groups/{groupId}"
MEMBER, SHARE = f"{GROUP}/users/{{userId}}", f"{GROUP}/shares/{{resourceId}}"


class Groups:
    """The operations on groups."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self._group = Validator(schemas.GROUP)
        self._member = Validator(schemas.MEMBER)

    async def list(self, cloud: Cloud, call: Call) -> Answer:
        """The contract's groups, eldest first."""

        async def work(desk: Desk) -> bytes:
            things = [desk.group(group) for group in await desk.groups.all()]
            return await desk.shown.listed(things, "groups")

        return await self.office.read(cloud, call, work)

    async def get(self, cloud: Cloud, call: Call) -> Answer:
        """A group."""

        async def work(desk: Desk) -> bytes:
            return await desk.shown.one(desk.group(await desk.groups.get(desk.id("groupId"))))

        return await self.office.read(cloud, call, work)

    async def create(self, cloud: Cloud, call: Call) -> Answer:
        """Make a group, as yet without users."""
        prove(call)
        self._group.check(call.body)
        refuse_entities(call.body)
        group = _group(str(uuid.uuid4()), call.body["properties"])

        async def work(desk: Desk) -> bytes:
            await desk.groups.add(group)
            return desk.shown.made(desk.group(group))

        return await self.office.change(cloud, call, work)

    async def replace(self, cloud: Cloud, call: Call) -> Answer:
        """Give a group another name and other privileges: those that are not sent it has no longer."""
        prove(call)
        self._group.check(call.body)

        async def work(desk: Desk) -> bytes:
            before = await desk.groups.open(desk.id("groupId"))
            group = _group(before.id, call.body["properties"])
            await desk.groups.change(group)
            return await desk.shown.one(desk.group(group))

        return await self.office.change(cloud, call, work)

    async def delete(self, cloud: Cloud, call: Call) -> Answer:
        """Remove a group; its users and resources stay."""

        async def work(desk: Desk) -> bytes:
            await desk.groups.remove((await desk.groups.open(desk.id("groupId"))).id)
            return b""

        return await self.office.change(cloud, call, work)

    async def users(self, cloud: Cloud, call: Call) -> Answer:
        """The users of a group."""

        async def work(desk: Desk) -> bytes:
            id = (await desk.groups.get(desk.id("groupId"))).id
            return await desk.shown.listed(await desk.members(id), f"{id}/users")

        return await self.office.read(cloud, call, work)

    async def join(self, cloud: Cloud, call: Call) -> Answer:
        """Put a user into a group; who is in it stays there."""
        prove(call)
        self._member.check(call.body)

        async def work(desk: Desk) -> bytes:
            group, wanted = await desk.groups.open(desk.id("groupId")), call.body["id"].lower()
            try:
                account = await desk.accounts.open(wanted)
            except NotFound:
                raise Invalid(Problem(f"The user '{wanted[:80]}' does not exist", "(root).id")) from None
            await desk.groups.join(group.id, account.id)
            return await desk.shown.one(desk.user(account))

        return await self.office.change(cloud, call, work)

    async def leave(self, cloud: Cloud, call: Call) -> Answer:
        """Take a user out of a group."""

        async def work(desk: Desk) -> bytes:
            group = await desk.groups.open(desk.id("groupId"))
            await desk.groups.leave(group.id, desk.id("userId"))
            return b""

        return await self.office.change(cloud, call, work)

    async def resources(self, cloud: Cloud, call: Call) -> Answer:
        """The resources that a group shares."""

        async def work(desk: Desk) -> bytes:
            id = (await desk.groups.get(desk.id("groupId"))).id
            return await desk.shown.listed(await desk.shared(id), f"{id}/resources")

        return await self.office.read(cloud, call, work)


class Shares:
    """The operations on what a group shares."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self._share = Validator(schemas.SHARE)

    async def list(self, cloud: Cloud, call: Call) -> Answer:
        """How each resource is shared with a group."""

        async def work(desk: Desk) -> bytes:
            id = (await desk.groups.get(desk.id("groupId"))).id
            things = [desk.share(id, share) for share in await desk.groups.shares(id)]
            return await desk.shown.listed(things, f"{id}/shares")

        return await self.office.read(cloud, call, work)

    async def get(self, cloud: Cloud, call: Call) -> Answer:
        """How a resource is shared with a group."""

        async def work(desk: Desk) -> bytes:
            id = (await desk.groups.get(desk.id("groupId"))).id
            return await desk.shown.one(desk.share(id, await desk.groups.share(id, desk.id("resourceId"))))

        return await self.office.read(cloud, call, work)

    async def create(self, cloud: Cloud, call: Call) -> Answer:
        """Share a resource with a group."""
        prove(call)
        self._share.check(call.body)

        async def work(desk: Desk) -> bytes:
            group = await desk.groups.open(desk.id("groupId"))
            resource = await desk.found(desk.id("resourceId"))
            if resource is None:
                raise NotFound
            share = _share(Share(resource.id, False, False), call.body["properties"])
            await desk.prove_sharer(share)
            if not await desk.groups.add_share(group.id, share):
                raise Invalid("The resource is already shared with the group", code="200")
            return desk.shown.made(desk.share(group.id, share))

        return await self.office.change(cloud, call, work)

    async def replace(self, cloud: Cloud, call: Call) -> Answer:
        """Share a resource otherwise: a privilege that is not sent the group has no longer."""
        prove(call)
        self._share.check(call.body)

        async def work(desk: Desk) -> bytes:
            group = await desk.groups.open(desk.id("groupId"))
            before = await desk.groups.share(group.id, desk.id("resourceId"))
            share = _share(before, call.body["properties"])
            await desk.groups.change_share(group.id, share)
            return await desk.shown.one(desk.share(group.id, share))

        return await self.office.change(cloud, call, work)

    async def delete(self, cloud: Cloud, call: Call) -> Answer:
        """Share a resource with a group no longer."""

        async def work(desk: Desk) -> bytes:
            group = await desk.groups.open(desk.id("groupId"))
            await desk.groups.drop_share(group.id, desk.id("resourceId"))
            return b""

        return await self.office.change(cloud, call, work)


def _group(id: str, sent: Mapping[str, Any]) -> Group:
    return Group(id, sent["name"], frozenset(word for name, word in PRIVILEGES.items() if sent.get(name)))


def _share(share: Share, sent: Mapping[str, Any]) -> Share:
    editable, sharable = bool(sent.get("editPrivilege")), bool(sent.get("sharePrivilege"))
    return replace(share, editable=editable, sharable=sharable)


def operations(office: Office) -> Sequence[Operation]:
    """Groups, with their users, resources and shares."""
    groups, shares = Groups(office), Shares(office)
    return [
        reading("umGroupsGet", GROUPS, groups.list, "Groups", "List every group", SEARCHING),
        changing("umGroupsPost", "POST", GROUPS, groups.create, "Group", "Create a group", schemas.GROUP),
        reading("umGroupsFindById", GROUP, groups.get, "Group", "Retrieve a group"),
        changing("umGroupsPut", "PUT", GROUP, groups.replace, "Group", "Replace a group", schemas.GROUP),
        changing("umGroupsDelete", "DELETE", GROUP, groups.delete, None, "Delete a group"),
        reading(
            "umGroupsUsersGet",
            f"{GROUP}/users",
            groups.users,
            "GroupMembers",
            "List a group's users",
            SEARCHING,
        ),
        changing(
            "umGroupsUsersPost",
            "POST",
            f"{GROUP}/users",
            groups.join,
            "User",
            "Add a user to a group",
            schemas.MEMBER,
        ),
        changing("umGroupsUsersDelete", "DELETE", MEMBER, groups.leave, None, "Remove a user from a group"),
        reading(
            "umGroupsResourcesGet",
            f"{GROUP}/resources",
            groups.resources,
            "ResourceGroups",
            "List what a group shares",
            SEARCHING,
        ),
        reading(
            "umGroupsSharesGet",
            f"{GROUP}/shares",
            shares.list,
            "GroupShares",
            "List a group's shares",
            SEARCHING,
        ),
        reading("umGroupsSharesFindByResourceId", SHARE, shares.get, "GroupShare", "Retrieve a share"),
        changing(
            "umGroupsSharesPost",
            "POST",
            SHARE,
            shares.create,
            "GroupShare",
            "Share a resource with a group",
            schemas.SHARE,
            SHARER,
        ),
        changing(
            "umGroupsSharesPut", "PUT", SHARE, shares.replace, "GroupShare", "Change a share", schemas.SHARE
        ),
        changing("umGroupsSharesDelete", "DELETE", SHARE, shares.delete, None, "Remove a share"),
    ]
