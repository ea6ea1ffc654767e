"""`/_ionstack/locations`: locations that an operator adds, each as another one is, with copies of its images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ionstack.apis.cloudapi import facts
from ionstack.apis.cloudapi.image import image
from ionstack.apis.cloudapi.location import location
from ionstack.catalogue.access import OPERATOR
from ionstack.catalogue.ids import new_uuid
from ionstack.catalogue.operation import Answer, Call, Operation, Parameter, Schema
from ionstack.catalogue.resource import Document
from ionstack.control.admin import guarded, operator
from ionstack.control.shape import ANY, EMPTY, NAME, TEXT, answer, listed, record
from ionstack.engine import documents, rows
from ionstack.engine.facts import put
from ionstack.engine.find import Search
from ionstack.engine.validation import Validator
from ionstack.errors import Conflict, Invalid, NotFound, Problem
from ionstack.identity import events
from ionstack.store.port import Tx
from ionstack.store.statement import statements

if TYPE_CHECKING:
    from ionstack.app import Cloud

SQL = statements("facts")

ADD: Schema = record(
    {
        "id": {"type": "string", "pattern": "^[a-z]{2}/[a-z][a-z0-9]{1,15}$"},
        "name": {**NAME, "minLength": 1},
        "like": {**TEXT, "default": "de/fra"},
    },
    ("id",),
)
_ADD = Validator(ADD)


async def add(cloud: Cloud, call: Call) -> Answer:
    """Add a location that has what another one has, and public images of the same names and aliases."""
    _ADD.check(call.body)
    id, like = call.body["id"], call.body.get("like", "de/fra")
    wall = cloud.clock.wall()

    async def work(tx: Tx) -> Document:
        if await rows.find(tx, location, 0, id):
            raise Invalid(Problem(f"There is a location {id} already", "(root).id"))
        model = await rows.find(tx, location, 0, like)
        if model is None:
            raise Invalid(Problem(f"There is no location {like[:60]}", "(root).like"))
        own = {"name": call.body.get("name", id.partition("/")[2]), "metroRegion": id}
        properties = {**documents.load(model.desired), **own}
        await put(tx, location, {id: properties}, wall)
        await put(tx, image, await _copies(tx, like, id, wall), wall)
        await events.record(tx, operator(call), wall, "create", location.kind, (0, id))
        return properties

    properties = await cloud.store.write(work)
    return answer({"id": id, **properties}, 201)


async def show(cloud: Cloud, call: Call) -> Answer:
    """Every location, the vendor's and those that were added."""
    vendors = facts.locations()

    async def work(tx: Tx) -> list[dict[str, Any]]:
        found = await rows.search(tx, Search(0, location.kind))
        return [
            {"id": row.id, "added": row.id not in vendors, **documents.load(row.desired)} for row in found
        ]

    return listed(await cloud.store.read(work))


async def remove(cloud: Cloud, call: Call) -> Answer:
    """Remove a location that was added, with its public images, if nothing of a contract is there."""
    id, wall = f"{call.path['region']}/{call.path['location']}", cloud.clock.wall()

    async def work(tx: Tx) -> None:
        if id in facts.locations() or await rows.find(tx, location, 0, id) is None:
            raise NotFound(f"There is no location {id[:40]} that was added")
        if used := await tx.one(SQL.located, location=id):
            kind, contract, one = used
            raise Conflict(f"The location is in use: by {kind} {one} of contract {contract}")
        await tx.run(SQL.remove_located, location=id)
        await tx.run(SQL.remove, id=id, kind=location.kind)
        await events.record(tx, operator(call), wall, "delete", location.kind, (0, id))

    await cloud.store.write(work)
    return Answer(204)


async def _copies(tx: Tx, like: str, place: str, wall: int) -> dict[str, Document]:
    """The public images of one location, as those of another."""
    found = await rows.search(tx, Search(0, image.kind))
    return {
        new_uuid(wall): {**properties, "location": place}
        for row in found
        if (properties := documents.load(row.desired))["location"] == like
    }


OPERATIONS = (
    Operation(
        "locationsPost", "POST", "/locations", guarded(add), {201: ANY}, "Locations", "Add a location",
        body=ADD, access=OPERATOR, errors=(401, 403, 415, 422),
    ),
    Operation(
        "locationsGet", "GET", "/locations", guarded(show), {200: ANY}, "Locations", "List the locations",
        access=OPERATOR, errors=(401, 403),
    ),
    Operation(
        "locationsDelete", "DELETE", "/locations/{region}/{location}", guarded(remove), {204: EMPTY}, "Locations",
        "Remove a location that was added",
        (Parameter("region", "path", TEXT, required=True), Parameter("location", "path", TEXT, required=True)),
        access=OPERATOR, errors=(401, 403, 404, 409),
    ),
)  # fmt: skip
