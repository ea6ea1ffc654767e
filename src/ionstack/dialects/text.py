"""Pieces of JSON text that every family of APIs is made of, spliced from what is stored."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

import orjson

from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import View
from ionstack.engine import documents
from ionstack.engine.documents import BASE
from ionstack.engine.row import Row


@lru_cache(maxsize=8192)
def quoted(text: str) -> str:
    """A text as JSON."""
    return orjson.dumps(text).decode()


def splice(one: str, other: str) -> str:
    """Two JSON objects without a common key as one."""
    if other == "{}":
        return one
    return other if one == "{}" else f"{one[:-1]},{other[1:]}"


def properties(resource: Resource, row: Row, base: str = "") -> str:
    """The properties as JSON text: desired, then observed, then what is computed on read.

    URLs inside stored text begin with `base`, the API's URL as this client sees it.
    """
    text = row.desired
    if row.shape != resource.shape:
        text = documents.dump(documents.desired(resource, row))
    if row.observed != "{}":
        text = splice(text, row.observed)
    for name, computed in resource.computed.items():
        text = f'{text[:-1]},"{name}":{computed.text(row)}}}'
    return text.replace(BASE, base) if BASE in text else text


def state(resource: Resource, row: Row) -> str:
    """The state shown: that of being deleted with what it is in, BUSY while a request touches the resource."""
    life = resource.lifecycle
    if row.state in life.passing:
        return row.state
    if row.deleting:
        return life.deleting
    return life.busy if row.pending > 0 else row.state


def path(view: View, row: Row) -> str:
    """The path of a resource below its API's base."""
    return place(view, row.lineage, view.resource.ids.wire(row.id))


def place(view: View, lineage: str, wire: str) -> str:
    """The path of what the wire calls `wire`, below the parents of a lineage."""
    ids = view.resource.ids
    own = wire if ids.plain else quote(wire, safe="/" if ids.scheme == "natural" else "")
    return f"{_filled(view.collection, lineage) if lineage else view.collection}/{own}"


@lru_cache(maxsize=8192)
def _filled(template: str, lineage: str) -> str:
    """A path template with the ids of a lineage in place of its parameters, in order."""
    ids = iter(lineage.split("/"))
    return "/".join(next(ids) if part.startswith("{") else part for part in template.split("/"))


def body(text: str, *, pretty: bool = False) -> bytes:
    """Rendered text as a body, indented if asked for."""
    ready = text.encode()
    return orjson.dumps(orjson.loads(ready), option=orjson.OPT_INDENT_2) if pretty else ready
