"""Users of a contract: their accounts, groups, and what they own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ionstack.apis.cloudapi.um import schemas
from ionstack.apis.cloudapi.um.desk import Desk, Office, prove
from ionstack.apis.cloudapi.um.operation import changing, reading
from ionstack.catalogue.operation import Answer, Call, Operation
from ionstack.catalogue.view import Paging
from ionstack.dialects.cloudapi.parameters import SEARCHING, paging
from ionstack.engine.validation import Validator
from ionstack.errors import Duplicate, Invalid, Problem
from ionstack.identity.accounts import Account, Wanted, taken
from ionstack.identity.users import folded, is_email

if TYPE_CHECKING:
    from ionstack.app import Cloud

PAGING = Paging(limit=100, most=100)
USERS, USER = "/um/users", "/um/users/{userId}"


class Users:
    """The operations on users."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self._creation = Validator(schemas.USER_POST)
        self._replacement = Validator(schemas.USER_PUT)

    async def list(self, cloud: Cloud, call: Call) -> Answer:
        """The contract's users, eldest first."""

        async def work(desk: Desk) -> bytes:
            things = [desk.user(account) for account in await desk.accounts.all()]
            return await desk.shown.listed(things, "users", PAGING)

        return await self.office.read(cloud, call, work)

    async def get(self, cloud: Cloud, call: Call) -> Answer:
        """A user."""

        async def work(desk: Desk) -> bytes:
            return await desk.shown.one(desk.user(await desk.accounts.get(desk.id("userId"))))

        return await self.office.read(cloud, call, work)

    async def create(self, cloud: Cloud, call: Call) -> Answer:
        """Make a user of the contract."""
        prove(call)
        self._creation.check(call.body)
        sent, id = call.body["properties"], str(uuid.uuid4())
        wanted = _wanted(sent, None, await self._hashed(cloud, sent))

        async def work(desk: Desk) -> bytes:
            return desk.shown.made(desk.user(await desk.accounts.add(id, wanted)))

        return await self._written(cloud, call, work, wanted.email)

    async def replace(self, cloud: Cloud, call: Call) -> Answer:
        """Change a user. What is not sent stays as it is."""
        prove(call)
        self._replacement.check(call.body)
        sent = call.body["properties"]
        password = await self._hashed(cloud, sent)

        async def work(desk: Desk) -> bytes:
            before = await desk.accounts.open(desk.id("userId"))
            wanted = _wanted(sent, before, password)
            return await desk.shown.one(desk.user(await desk.accounts.change(before, wanted)))

        return await self._written(cloud, call, work, folded(sent.get("email", "")))

    async def delete(self, cloud: Cloud, call: Call) -> Answer:
        """Take a user out of the contract; their tokens are worth nothing from the answer on."""

        async def work(desk: Desk) -> bytes:
            await desk.accounts.remove(await desk.accounts.open(desk.id("userId")))
            return b""

        return await self.office.change(cloud, call, work)

    async def groups(self, cloud: Cloud, call: Call) -> Answer:
        """The groups that a user is in."""

        async def work(desk: Desk) -> bytes:
            user = (await desk.accounts.get(desk.id("userId"))).id
            things = [desk.group(group) for group in await desk.groups.of_user(user)]
            return await desk.shown.listed(things, f"{user}/groups")

        return await self.office.read(cloud, call, work)

    async def owns(self, cloud: Cloud, call: Call) -> Answer:
        """The resources that a user made."""

        async def work(desk: Desk) -> bytes:
            user = (await desk.accounts.get(desk.id("userId"))).id
            return await desk.shown.listed(await desk.owned(user), f"{user}/owns")

        return await self.office.read(cloud, call, work)

    async def _hashed(self, cloud: Cloud, sent: Mapping[str, Any]) -> str | None:
        """Slow, and so done before the unit of work."""
        return await cloud.identity.users.hashed(sent["password"]) if "password" in sent else None

    async def _written(self, cloud: Cloud, call: Call, work: Any, email: str) -> Answer:
        try:
            return await self.office.change(cloud, call, work)
        except Duplicate:  # somebody took the address at the same time
            raise taken(email) from None


def _wanted(sent: Mapping[str, Any], before: Account | None, password: str | None) -> Wanted:
    """What was sent of a user, and for the rest what they are."""
    email = folded(sent["email"]) if "email" in sent else (before.email if before else "")
    if not is_email(email):
        raise Invalid(Problem("Attribute value is not a valid e-mail address", "(root).properties.email"))
    return Wanted(
        email=email,
        firstname=sent.get("firstname", before.firstname if before else ""),
        lastname=sent.get("lastname", before.lastname if before else ""),
        administrator=sent.get("administrator", before.administrator if before else False),
        forced=sent.get("forceSecAuth", before.second_factor_forced if before else False),
        active=sent.get("active", before.active if before else True),
        password=password,
    )


def operations(office: Office) -> Sequence[Operation]:
    """Users, with their groups and what they own."""
    users = Users(office)
    pages = (*paging(PAGING.limit), *SEARCHING)
    return [
        reading("umUsersGet", USERS, users.list, "Users", "List every user", pages),
        changing("umUsersPost", "POST", USERS, users.create, "User", "Create a user", schemas.USER_POST),
        reading("umUsersFindById", USER, users.get, "User", "Retrieve a user"),
        changing("umUsersPut", "PUT", USER, users.replace, "User", "Change a user", schemas.USER_PUT),
        changing("umUsersDelete", "DELETE", USER, users.delete, None, "Delete a user"),
        reading(
            "umUsersGroupsGet",
            f"{USER}/groups",
            users.groups,
            "ResourceGroups",
            "List a user's groups",
            SEARCHING,
        ),
        reading(
            "umUsersOwnsGet", f"{USER}/owns", users.owns, "ResourcesUsers", "List what a user owns", SEARCHING
        ),
    ]
