"""The vendor's facts, as dated data files that operators can replace. Ids in them never change.

`locations.json`: `{"date", "locations": [{"id", "publicNetwork", "properties": {...}}]}`, where
`publicNetwork` is the IPv4 space that Ionstack hands out in the location and `properties` are the API's.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from ipaddress import IPv4Network
from typing import Any

import orjson


@cache
def _file(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = orjson.loads(resources.files(__name__).joinpath(name).read_bytes())
    return loaded


def locations() -> dict[str, dict[str, Any]]:
    """The properties of every location by id."""
    return {location["id"]: location["properties"] for location in _file("locations.json")["locations"]}


@cache
def public_network(location: str) -> IPv4Network:
    """The IPv4 addresses to be had in a location."""
    networks = {one["id"]: one["publicNetwork"] for one in _file("locations.json")["locations"]}
    return IPv4Network(networks[location])
