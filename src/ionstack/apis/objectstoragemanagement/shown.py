"""What both kinds of things here share on the wire: envelopes, pages and schemas."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from ionstack.catalogue.operation import Answer, Call, Parameter, Schema
from ionstack.catalogue.view import Paging
from ionstack.dialects.page import links, page

PAGING = Paging(limit=100, most=1000)

_LINKS: Schema = {
    "type": "object",
    "properties": {key: {"type": "string"} for key in ("prev", "self", "next")},
}
_WHOLE: Schema = {"type": "integer", "format": "int32", "minimum": 0}

PAGES = (
    Parameter("offset", "query", {"type": "integer", "format": "int32", "minimum": 0}),
    Parameter("limit", "query", {"type": "integer", "format": "int32", "minimum": 1, "maximum": PAGING.most}),
)


def envelope(id: str, type: str, href: str, metadata: object, properties: object) -> dict[str, Any]:
    """One thing as it is shown."""
    return {"id": id, "type": type, "href": href, "metadata": metadata, "properties": properties}


def listed(call: Call, path: str, items: Sequence[Mapping[str, Any]]) -> Answer:
    """The page of a collection that a call asks for."""
    asked = page(call.query, PAGING)
    shown = items[asked.offset : asked.offset + asked.limit]
    id = uuid.uuid5(uuid.NAMESPACE_URL, f"{call.principal.contract}{path}")
    pages = links(call, asked, more=len(items) > asked.offset + asked.limit)
    text = (
        f'{{"id":"{id}","type":"collection","href":"{path}"{pages},"items":{orjson.dumps(shown).decode()}}}'
    )
    return Answer(200, text.encode())


def schemas(name: str, properties: Schema, metadata: Schema) -> Mapping[str, Schema]:
    """The components of a kind: the thing as it is read, and the list of them."""
    text = {"type": "string"}
    return {
        f"{name}Read": {
            "type": "object",
            "required": ["id", "type", "href", "metadata", "properties"],
            "properties": {
                "id": {**text, "format": "uuid"} if name == "AccessKey" else text,
                "type": text, "href": text, "metadata": metadata, "properties": properties,
            },
        },
        f"{name}ReadList": {
            "type": "object",
            "required": ["offset", "limit", "_links", "id", "type", "href"],
            "properties": {
                "offset": _WHOLE, "limit": _WHOLE, "_links": _LINKS, "id": text, "type": text, "href": text,
                "items": {"type": "array", "items": {"$ref": f"#/components/schemas/{name}Read"}},
            },
        },
    }  # fmt: skip
