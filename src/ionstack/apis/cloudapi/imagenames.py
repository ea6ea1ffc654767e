"""Names of images: no two of a location are called the same, since clients refuse to choose."""

from __future__ import annotations

from ionstack.apis.cloudapi.image import image
from ionstack.catalogue.resource import Document
from ionstack.engine import documents, rows
from ionstack.engine.find import Search
from ionstack.errors import Invalid, Problem
from ionstack.store.port import Tx


async def prove_distinct(tx: Tx, contract: int, properties: Document) -> None:
    """Invalid for an image with a name, or an alias and a type, that a contract sees in its location already."""
    for row in await rows.search(tx, Search(contract, image.kind, vendor=True)):
        other = documents.load(row.desired)
        if other["location"] != properties["location"]:
            continue
        if other["name"] == properties["name"]:
            raise Invalid(Problem(f"The location has an image '{other['name']}' already", "(root).name"))
        taken = set(other["imageAliases"]) & set(properties["imageAliases"])
        if taken and other["imageType"] == properties["imageType"]:
            alias = min(taken)
            raise Invalid(Problem(f"The alias '{alias}' is that of the image {row.id}", "(root).aliases"))
