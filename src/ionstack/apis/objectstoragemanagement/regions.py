"""The regions of Object Storage, as facts: where each is and how it is reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from ionstack.apis.objectstoragemanagement.shown import PAGES, envelope, listed, schemas
from ionstack.catalogue.access import MEMBER
from ionstack.catalogue.operation import Answer, Call, Operation, Parameter, Reply, Schema
from ionstack.errors import NotFound
from ionstack.objectstorage.endpoints import REGIONS, WEBSITES

if TYPE_CHECKING:
    from ionstack.app import Cloud

LOCATIONS: Mapping[str, str] = {
    "eu-central-3": "de/txl", "eu-central-4": "de/fra", "us-central-1": "us/mci",
    "de": "de/fra", "eu-central-2": "de/txl", "eu-south-2": "es/vit",
}  # fmt: skip
"""Where each region is, as CloudAPI calls the place."""


async def show_all(cloud: Cloud, call: Call) -> Answer:
    """Every region."""
    return listed(call, "/regions", [_shown(region) for region in REGIONS])


async def show(cloud: Cloud, call: Call) -> Answer:
    """One region."""
    region = call.path["region"]
    if region not in REGIONS:
        raise NotFound(f"There is no region {region[:40]}; there are {', '.join(REGIONS)}")
    return Answer(200, orjson.dumps(_shown(region)))


def _shown(region: str) -> dict[str, Any]:
    properties = {
        "version": 2, "endpoint": REGIONS[region][0], "website": WEBSITES[region][0],
        "capability": {"iam": False, "s3select": False}, "storageClasses": ["STANDARD"],
        "location": LOCATIONS[region],
    }  # fmt: skip
    return envelope(region, "region", f"/regions/{region}", {}, properties)


def operations() -> Sequence[Operation]:
    """Reading regions, which every user of a contract may."""
    return [
        Operation(
            "regionsGet", "GET", "/regions", show_all, {200: Reply(_component("RegionReadList"))}, "Regions",
            "List the regions", PAGES, components=COMPONENTS, access=MEMBER,
        ),
        Operation(
            "regionsFindByRegion", "GET", "/regions/{region}", show, {200: Reply(_component("RegionRead"))},
            "Regions", "Retrieve a region", (Parameter("region", "path", {"type": "string"}, required=True),),
            components=COMPONENTS, errors=(404,), access=MEMBER,
        ),
    ]  # fmt: skip


def _component(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_TEXT = {"type": "string"}
COMPONENTS: Mapping[str, Schema] = schemas(
    "Region",
    {
        "type": "object",
        "required": ["version", "endpoint", "website", "capability", "location"],
        "properties": {
            "version": {"type": "integer", "format": "int32"}, "endpoint": _TEXT, "website": _TEXT,
            "capability": {
                "type": "object", "properties": {key: {"type": "boolean"} for key in ("iam", "s3select")}
            },
            "storageClasses": {"type": "array", "items": _TEXT}, "location": _TEXT,
        },
    },
    {"type": "object", "additionalProperties": True},
)  # fmt: skip
