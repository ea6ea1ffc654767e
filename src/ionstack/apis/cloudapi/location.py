"""Locations: where data centers can be, and what they offer there. Facts, kept in `facts/locations.json`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ionstack.catalogue.access import MEMBER
from ionstack.catalogue.field import ReadOnly
from ionstack.catalogue.ids import NATURAL
from ionstack.catalogue.lifecycle import RECORD
from ionstack.catalogue.operation import Answer, Call, Operation, Reply
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.registry import Views
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import View
from ionstack.dialects.cloudapi.crud import Crud
from ionstack.dialects.cloudapi.parameters import COMMON, path_parameters
from ionstack.errors import NotFound

if TYPE_CHECKING:
    from ionstack.app import Cloud


class CpuArchitecture(Properties):
    cpu_family: str
    max_cores: int
    max_ram: int
    vendor: str
    enabled_features: ReadOnly[list[str]]


class GpuArchitecture(Properties):
    vendor: str
    model: str


class LocationProperties(Properties):
    name: str
    metro_region: ReadOnly[str]
    features: ReadOnly[list[str]]
    image_aliases: ReadOnly[list[str]]
    cpu_architecture: ReadOnly[list[CpuArchitecture]]
    gpu_architecture: ReadOnly[list[GpuArchitecture]]


location = Resource(
    kind="cloudapi.location",
    properties=LocationProperties,
    ids=NATURAL,
    lifecycle=RECORD,
    capability="",
    vendor=True,
)

locations = View(
    resource=location,
    type="location",
    collection="/locations",
    item="/locations/{regionId}/{locationId:path}",
    operations={"list": "locationsGet", "get": "locationsFindByRegionIdAndId"},
    tag="Locations",
    schemas={"item": "Location", "list": "Locations", "properties": "LocationProperties"},
)


def of_region(views: Views) -> Sequence[Operation]:
    """The locations of one region: `/locations/de` holds `de/fra` and its like."""
    crud = Crud(locations, views)

    async def handle(cloud: Cloud, call: Call) -> Answer:
        region = call.path["regionId"]
        if "/" in region:
            raise NotFound
        answer = await crud.listed(cloud, call, prefix=f"{region}/", id=region)
        if b'"items":[]' in answer.body:
            raise NotFound
        return answer

    path = "/locations/{regionId}"
    reply = Reply({"$ref": "#/components/schemas/Locations"})
    return [
        Operation(
            id="locationsFindByRegionId",
            method="GET",
            path=path,
            handler=handle,
            replies={200: reply},
            tag="Locations",
            summary="List the locations of a region",
            parameters=(*path_parameters(path), *COMMON),
            errors=(404,),
            access=MEMBER,
        )
    ]
