"""Access keys of users for Object Storage, and the way to its page. Users have both to themselves, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ionstack.apis.cloudapi.um import schemas
from ionstack.apis.cloudapi.um.desk import Desk, Office, canonical, prove
from ionstack.apis.cloudapi.um.operation import changing, reading
from ionstack.catalogue.access import SELF, Access, Who
from ionstack.catalogue.operation import Answer, Call, Operation
from ionstack.dialects.cloudapi import query
from ionstack.dialects.cloudapi.parameters import SEARCHING
from ionstack.dialects.text import body
from ionstack.engine import documents
from ionstack.engine.validation import Validator
from ionstack.errors import Invalid
from ionstack.identity.privileges import PRIVILEGES

if TYPE_CHECKING:
    from ionstack.app import Cloud

KEYS, KEY = "/um/users/{userId}/s3keys", "/um/users/{userId}/s3keys/{keyId}"
SSO = "/um/users/{userId}/s3ssourl"


class Keys:
    """The operations on access keys."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self._key = Validator(schemas.S3_KEY)

    async def list(self, cloud: Cloud, call: Call) -> Answer:
        """A user's keys, eldest first."""

        async def work(desk: Desk) -> bytes:
            user = (await desk.accounts.get(desk.id("userId"))).id
            things = [desk.key(key) for key in await desk.keys(user).all()]
            return await desk.shown.listed(things, f"{user}/s3keys")

        return await self.office.read(cloud, call, work)

    async def get(self, cloud: Cloud, call: Call) -> Answer:
        """A key with its secret."""

        async def work(desk: Desk) -> bytes:
            user = (await desk.accounts.get(desk.id("userId"))).id
            return await desk.shown.one(desk.key(await desk.keys(user).get(call.path["keyId"])))

        return await self.office.read(cloud, call, work)

    async def create(self, cloud: Cloud, call: Call) -> Answer:
        """Make a key for a user who may use Object Storage."""

        async def work(desk: Desk) -> bytes:
            account = await desk.accounts.open(desk.id("userId"))
            privilege = PRIVILEGES["s3Privilege"]
            granted = [
                group for group in await desk.groups.of_user(account.id) if privilege in group.privileges
            ]
            if not account.administrator and not granted:
                raise Invalid(
                    f"The user needs to be part of a group that has {privilege} privilege", code="200"
                )
            return desk.shown.made(desk.key(await desk.keys(account.id).add()))

        return await self.office.change(cloud, call, work)

    async def replace(self, cloud: Cloud, call: Call) -> Answer:
        """Let a key open the storage, or no longer."""
        prove(call)
        self._key.check(call.body)

        async def work(desk: Desk) -> bytes:
            user = (await desk.accounts.open(desk.id("userId"))).id
            key = await desk.keys(user).get(call.path["keyId"])
            active = call.body["properties"].get("active", key.active)
            return await desk.shown.one(desk.key(await desk.keys(user).activate(key.id, active)))

        return await self.office.change(cloud, call, work)

    async def delete(self, cloud: Cloud, call: Call) -> Answer:
        """Remove a key."""

        async def work(desk: Desk) -> bytes:
            user = (await desk.accounts.open(desk.id("userId"))).id
            await desk.keys(user).remove(call.path["keyId"])
            return b""

        return await self.office.change(cloud, call, work)

    async def sso(self, cloud: Cloud, call: Call) -> Answer:
        """Where a user manages their storage: this server's own front page."""

        async def work(desk: Desk) -> bytes:
            user = (await desk.accounts.get(desk.id("userId"))).id
            site = urlsplit(call.base)
            url = f"{site.scheme}://{site.netloc}/?s3CanonicalUserId={canonical(user)}"
            return body(documents.dump({"ssoUrl": url}), pretty=query.pretty(call.query))

        return await self.office.read(cloud, call, work)


def operations(office: Office) -> Sequence[Operation]:
    """Access keys, and the address of the storage's page."""
    keys = Keys(office)
    return [
        reading("umUsersS3keysGet", KEYS, keys.list, "S3Keys", "List a user's access keys", SEARCHING),
        changing(
            "umUsersS3keysPost",
            "POST",
            KEYS,
            keys.create,
            "S3Key",
            "Create an access key",
            access=Access(Who.SELF, PRIVILEGES["s3Privilege"]),
        ),
        reading("umUsersS3keysFindByKeyId", KEY, keys.get, "S3Key", "Retrieve an access key"),
        changing(
            "umUsersS3keysPut",
            "PUT",
            KEY,
            keys.replace,
            "S3Key",
            "Change an access key",
            schemas.S3_KEY,
            SELF,
        ),
        changing(
            "umUsersS3keysDelete", "DELETE", KEY, keys.delete, None, "Delete an access key", access=SELF
        ),
        reading(
            "umUsersS3ssourlGet",
            SSO,
            keys.sso,
            "S3ObjectStorageSSO",
            "Retrieve the address of the storage's page",
            SEARCHING,
        ),
    ]
