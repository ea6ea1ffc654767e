"""Images that come from outside: by an operator's command or an upload. Public ones are in no contract (0)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ionstack.apis.cloudapi import facts
from ionstack.apis.cloudapi.image import image
from ionstack.catalogue.ids import new_uuid
from ionstack.engine import documents, rows
from ionstack.engine.facts import put
from ionstack.engine.find import Search
from ionstack.engine.row import Row
from ionstack.errors import Invalid, Problem
from ionstack.store.port import Tx

if TYPE_CHECKING:
    from ionstack.app import Cloud


async def add(
    cloud: Cloud, contract: int, wanted: Mapping[str, Any], location: str
) -> tuple[str, dict[str, Any]]:
    """Add an image; its id and properties. Raises Invalid if its name or an alias is taken."""
    defaults = {"licenceType": "LINUX", "imageType": "HDD", "aliases": []}
    properties = facts.image_of({**defaults, **wanted}, location)
    properties["public"] = not contract
    wall = cloud.clock.wall()
    id = new_uuid(wall)

    async def work(tx: Tx) -> None:
        await prove_new(tx, contract, properties)
        await put(tx, image, {id: properties}, wall, contract)

    await cloud.store.write(work)
    return id, properties


async def prove_new(tx: Tx, contract: int, properties: Mapping[str, Any]) -> None:
    """One image for each name, and for each alias and type, in a location: clients refuse to choose."""
    for row in await rows.search(tx, Search(contract, image.kind, vendor=True)):
        other, id = _properties(row), row.id
        if other["location"] != properties["location"]:
            continue
        if other["name"] == properties["name"]:
            raise Invalid(Problem(f"The location has an image '{other['name']}' already", "(root).name"))
        taken = set(other["imageAliases"]) & set(properties.get("imageAliases", ()))
        if taken and other["imageType"] == properties["imageType"]:
            raise Invalid(Problem(f"The alias '{min(taken)}' is that of the image {id}", "(root).aliases"))


async def of_contract(tx: Tx, contract: int) -> Sequence[tuple[Row, Mapping[str, Any]]]:
    """A contract's own images."""
    found = await rows.search(tx, Search(contract, image.kind))
    return [(row, _properties(row)) for row in found]


def _properties(row: Row) -> Mapping[str, Any]:
    return documents.load(row.desired)
