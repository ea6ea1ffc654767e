"""Stored JSON text: written once, sent as it is.

A URL inside stored text carries `BASE` where the client's view of the server belongs; it is replaced once
per answer. `BASE` is a Unicode noncharacter that no client text may contain.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import orjson

from ionstack.catalogue.resource import Document, Resource
from ionstack.engine.row import Row
from ionstack.errors import BadRequest

BASE = "\ufdd0"
MASK = "********"


def dump(document: Mapping[str, Any]) -> str:
    """A document as JSON text."""
    return orjson.dumps(document).decode()


def load(text: str) -> Document:
    """JSON text as a document."""
    loaded: Document = orjson.loads(text)
    return loaded


def desired(resource: Resource, row: Row) -> Document:
    """The desired properties of a row in the current shape, the internal ones included."""
    document = load(row.desired)
    if row.internal != "{}":
        document |= load(row.internal)
    for upcast in resource.upcasters[row.shape - 1 :]:
        document = upcast(document)
    return document


def refuse_marker(text: str) -> None:
    """BadRequest if client text holds the character that stands for the base URL."""
    if BASE in text:
        raise BadRequest("The character U+FDD0 is not allowed")


def masked(raw: bytes, names: Collection[str]) -> str:
    """A JSON body as text with the values of the given properties masked, at any depth.

    A body without any stays as it was written.
    """
    named = b"\\u" in raw or any(name.encode() in raw for name in names)  # a name may be written in escapes
    if not named:
        return raw.decode()
    return orjson.dumps(without(orjson.loads(raw), names)).decode()


def without(value: Any, names: Collection[str]) -> Any:
    """A JSON value with the values of the given properties masked, at any depth."""
    if isinstance(value, dict):
        return {
            key: MASK if key in names and inner else without(inner, names) for key, inner in value.items()
        }
    if isinstance(value, list):
        return [without(inner, names) for inner in value]
    return value
