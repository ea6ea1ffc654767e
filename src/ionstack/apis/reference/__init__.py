"""Every operation that the vendor's APIs have, so that what is not served yet is told from what does not exist.

`operations.json` is `{api: {path below its base: {method: operation id}}}`, written by `scripts/pin-reference`
from the pinned documents. It is read, and an API's paths are made searchable, when first asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import orjson

from ionstack.apis.index import APIS
from ionstack.catalogue.api import Api

Methods = Mapping[str, str]
"""Operation ids by method, upper case."""

NONE: Methods = {}


class Found(NamedTuple):
    """The API that a path belongs to, if any, and what the vendor's API can do there, if anything."""

    api: Api | None
    operations: Methods


@dataclass(slots=True)
class _Node:
    """A segment of a path: the nodes below it by their text, the one below that stands for any text."""

    below: dict[str, _Node] = field(default_factory=dict)
    any: _Node | None = None
    operations: Methods = field(default_factory=dict)


def find(product: str, path: str) -> Found:
    """The API of a path below a product's host, and its operations there.

    `product` is empty for the APIs of the root. Object storage has no paths of this kind and is never found.
    """
    owners = [
        api
        for api in APIS
        if api.product == product and api.family != "s3" and f"{path}/".startswith(f"{api.base}/")
    ]
    api = max(owners, key=lambda owner: len(owner.base), default=None)
    return Found(api, NONE if api is None else match(api, path))


def match(api: Api, path: str) -> Methods:
    """What the vendor's API can do at a path below its host, as `/cloudapi/v6/datacenters`."""
    segments = [segment for segment in path.removeprefix(api.base).split("/") if segment]
    return _walk(_tree(api.name), segments, 0) or NONE


def operations(api: Api) -> Mapping[str, Methods]:
    """All operations of the vendor's API: by path below its base, by method."""
    return _table()[api.name]


def _walk(node: _Node, segments: list[str], depth: int) -> Methods | None:
    if depth == len(segments):
        return node.operations or None
    literal = node.below.get(segments[depth])
    found = _walk(literal, segments, depth + 1) if literal else None
    return found or (_walk(node.any, segments, depth + 1) if node.any else None)


@cache
def _table() -> Mapping[str, Mapping[str, Methods]]:
    table: Mapping[str, Mapping[str, Methods]] = orjson.loads(
        files(__name__).joinpath("operations.json").read_bytes()
    )
    return table


@cache
def _tree(name: str) -> _Node:
    root = _Node()
    for path, methods in _table()[name].items():
        node = root
        for segment in path.split("/"):
            if segment.startswith("{"):
                node.any = node = node.any or _Node()
            elif segment:
                node = node.below.setdefault(segment, _Node())
        node.operations = methods
    return root
