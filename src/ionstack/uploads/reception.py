"""What an upload asks of the cloud: who sends it, where it goes, which images there are, and to be one of them.

Every question is asked with the sender's name and password, so a revoked user is stopped in the middle of a
session, as with the APIs.
"""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass

from ionstack.apis.cloudapi import facts
from ionstack.apis.cloudapi.image import image
from ionstack.apis.cloudapi.imagenames import prove_distinct
from ionstack.apis.cloudapi.location import location
from ionstack.app import Cloud
from ionstack.catalogue.api import Authorization
from ionstack.catalogue.ids import new_uuid
from ionstack.catalogue.resource import Document
from ionstack.engine import documents, rows, sight
from ionstack.engine.facts import put
from ionstack.engine.find import Search
from ionstack.identity import events
from ionstack.identity.events import Actor
from ionstack.identity.principal import Principal
from ionstack.store.port import Tx
from ionstack.store.statement import statements

_SQL = statements("facts")

KINDS = {"hdd-images": "HDD", "iso-images": "CDROM"}
"""What an image is, by the directory that it is sent to."""

GB = 2**30


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: a user's name and password as an Authorization header, and the address they call from."""

    authorization: str
    address: str

    @classmethod
    def of(cls, user: str, password: str, address: str) -> Sender:
        """A sender by name and password."""
        return cls(f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}", address)


class Reception:
    """Answers one server's uploads. All of it runs on the cloud's own event loop."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    async def known(self, sender: Sender) -> Principal:
        """The sender as the APIs know them. Raises what an HTTP call with these credentials would meet."""
        cloud = self.cloud
        cloud.maintenance.refuse()
        principal = await cloud.identity.authenticate(
            sender.authorization, None, sender.address, (Authorization.BASIC,)
        )
        cloud.limits.take(principal.terms)
        return principal

    async def places(self) -> dict[str, str]:
        """The locations by the word that hosts and directories have for them: `fra-2` for `de/fra/2`."""
        found = await self.cloud.store.read(lambda tx: rows.search(tx, Search(0, location.kind)))
        return {
            facts.word(row.id): row.id for row in reversed(found)
        }  # of two with one word the elder counts

    async def images(self, sender: Sender, place: str, type: str) -> dict[str, tuple[int, int]]:
        """Bytes and creation time (s) of the sender's images of a location and type, by their names."""
        principal = await self.known(sender)
        mine = Search(principal.contract, image.kind, viewer=sight.viewer(principal))
        found = await self.cloud.store.read(lambda tx: rows.search(tx, mine))
        listed = [(row.created, documents.load(row.desired)) for row in found]
        return {
            one["name"]: (round(one["size"] * GB), created // 1_000_000)
            for created, one in listed
            if (one["location"], one["imageType"]) == (place, type)
        }

    async def prove_free(self, sender: Sender, properties: Document) -> None:
        """Invalid for a name that the location has already."""
        principal = await self.known(sender)
        await self.cloud.store.read(lambda tx: prove_distinct(tx, principal.contract, properties))

    async def admit(self, sender: Sender, id: str, properties: Document) -> None:
        """Make an image of what was sent, private to the sender's contract."""
        principal = await self.known(sender)
        wall = self.cloud.clock.wall()
        maker = (principal.email, principal.user_id)

        async def work(tx: Tx) -> None:
            await prove_distinct(tx, principal.contract, properties)
            world = principal.terms.world.at(wall)
            await put(tx, image, {id: properties}, world, principal.contract, maker)
            actor = Actor.of(principal, sender.address)
            await events.record(tx, actor, wall, "create", image.kind, (principal.contract, id))

        await self.cloud.store.write(work)

    async def existing(self, ids: set[str]) -> set[str]:
        """Those of some ids that are an image's, in any contract."""

        async def work(tx: Tx) -> set[str]:
            return {id for id in ids if await tx.one(_SQL.anywhere, id=id, kind=image.kind)}

        return await self.cloud.store.read(work)

    def new_id(self) -> str:
        """The id of an image to be, which names its file."""
        return new_uuid(self.cloud.clock.wall())


def described(name: str, place: str, type: str, size: int) -> Document:
    """The properties of an uploaded image of so many bytes, as far as can be told before its owner does.

    The size is in GB, in hundredths and rounded up.
    """
    about = {
        "name": name,
        "size": max(math.ceil(size * 100 / GB), 1) / 100,
        "imageType": type,
        "licenceType": "UNKNOWN",
        "aliases": [],
        "cloudInit": "NONE",
    }
    return {**facts.image_of(about, place), "public": False}
