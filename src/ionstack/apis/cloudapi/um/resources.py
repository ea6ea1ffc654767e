"""The resources of a contract by type, and the groups that share them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ionstack.apis.cloudapi.um.desk import TYPES, Desk, Office
from ionstack.apis.cloudapi.um.operation import reading
from ionstack.catalogue.operation import Answer, Call, Operation
from ionstack.dialects.cloudapi.parameters import SEARCHING
from ionstack.errors import NotFound

if TYPE_CHECKING:
    from ionstack.app import Cloud

RESOURCES = "/um/resources"


class Resources:
    """The operations on resources."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def list(self, cloud: Cloud, call: Call) -> Answer:
        """Every resource that can be shared."""

        async def work(desk: Desk) -> bytes:
            things = [thing for type in TYPES for thing in await desk.resources(type)]
            return await desk.shown.listed(things, "resources")

        return await self.office.read(cloud, call, work)

    async def of_type(self, cloud: Cloud, call: Call) -> Answer:
        """The resources of one type."""

        async def work(desk: Desk) -> bytes:
            type = _type(call)
            return await desk.shown.listed(await desk.resources(type), type)

        return await self.office.read(cloud, call, work)

    async def get(self, cloud: Cloud, call: Call) -> Answer:
        """One resource."""

        async def work(desk: Desk) -> bytes:
            thing = await desk.found(desk.id("resourceId"), [_type(call)])
            if thing is None:
                raise NotFound
            return await desk.shown.one(thing)

        return await self.office.read(cloud, call, work)


def _type(call: Call) -> str:
    type = call.path["resourceType"]
    if type not in TYPES:
        raise NotFound(f"There is no resource type '{type[:80]}'. Expected one of [{', '.join(TYPES)}]")
    return type


def operations(office: Office) -> Sequence[Operation]:
    """Resources, by type and id."""
    found = Resources(office)
    of_type = f"{RESOURCES}/{{resourceType}}"
    return [
        reading("umResourcesGet", RESOURCES, found.list, "Resources", "List every resource", SEARCHING),
        reading("umResourcesFindByType", of_type, found.of_type, "Resources", "List the resources of a type"),
        reading(
            "umResourcesFindByTypeAndId",
            f"{of_type}/{{resourceId}}",
            found.get,
            "Resource",
            "Retrieve a resource",
        ),
    ]
