"""The vendor's facts, as dated data files that operators can replace. Ids in them never change.

`locations.json`: `{"date", "locations": [{"id", "publicNetwork", "properties"}]}`, where `publicNetwork` is
the IPv4 space that Ionstack hands out in the location.
`images.json`: `{"date", "images": [{"name", "aliases", "size", "licenceType", "imageType", "ids"}]}`, where
`ids` has the image's id in each location that has it.
`templates.json`: `{"date", "templates": [{"id", "properties"}]}`.
`kubernetes.json`: `{"date", "default", "versions"}`, the versions from the oldest to the newest.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from ipaddress import IPv4Network
from typing import Any

import orjson

Table = dict[str, dict[str, Any]]
"""Properties by id."""


@cache
def _file(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = orjson.loads(resources.files(__name__).joinpath(name).read_bytes())
    return loaded


def locations() -> Table:
    """Every location."""
    return {location["id"]: location["properties"] for location in _file("locations.json")["locations"]}


def templates() -> Table:
    """Every template."""
    return {template["id"]: template["properties"] for template in _file("templates.json")["templates"]}


def kubernetes() -> dict[str, Any]:
    """The Kubernetes versions, and the one that a cluster has without a choice."""
    return _file("kubernetes.json")


def images() -> Table:
    """Every public image, once for each location that has it."""
    return {
        id: image_of(image, location)
        for image in _file("images.json")["images"]
        for location, id in image["ids"].items()
    }


@cache
def public_network(location: str) -> IPv4Network:
    """The IPv4 addresses to be had in a location."""
    networks = {one["id"]: one["publicNetwork"] for one in _file("locations.json")["locations"]}
    return IPv4Network(networks[location])


def upload_part(location: str) -> str:
    """What stands for a location in the names of upload hosts: `fra-2` for `de/fra/2`."""
    return location.partition("/")[2].replace("/", "-")


def metro_region(location: str) -> str:
    """The location whose images and addresses are shared: its own, or its parent's."""
    return str(locations()[location]["metroRegion"])


def sharing(location: str) -> frozenset[str]:
    """The locations whose images can be used in one: itself and its metro region."""
    return frozenset((location, metro_region(location)))


def image_of(image: dict[str, Any], location: str) -> dict[str, Any]:
    """The properties of an image in a location; what it can do follows from its type."""
    disk = image["imageType"] == "HDD"
    return {
        "name": image["name"],
        "description": image.get("description", ""),
        "location": location,
        "size": image["size"],
        "cpuHotPlug": disk,
        "cpuHotUnplug": False,
        "ramHotPlug": disk,
        "ramHotUnplug": False,
        "nicHotPlug": disk,
        "nicHotUnplug": disk,
        "discVirtioHotPlug": disk,
        "discVirtioHotUnplug": disk,
        "discScsiHotPlug": False,
        "discScsiHotUnplug": False,
        "exposeSerial": False,
        "requireLegacyBios": True,
        "licenceType": image["licenceType"],
        "imageType": image["imageType"],
        "public": True,
        "imageAliases": image["aliases"],
        "cloudInit": image.get("cloudInit") or ("V1" if disk and image["licenceType"] == "LINUX" else "NONE"),
        "requiredFeatures": [],
    }
