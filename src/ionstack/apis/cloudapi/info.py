"""`GET /`: which API this is. The only operation that needs no credentials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ionstack.catalogue.access import ANYBODY
from ionstack.catalogue.operation import Answer, Call, Operation, Reply
from ionstack.dialects.cloudapi import query
from ionstack.dialects.cloudapi.parameters import COMMON, SEARCHING
from ionstack.dialects.text import body

if TYPE_CHECKING:
    from ionstack.app import Cloud


async def show(cloud: Cloud, call: Call) -> Answer:
    """Name, version and address of the API."""
    query.depth(call.query)
    text = f'{{"href":"{call.base}/","name":"CLOUD API","version":"6.0"}}'
    return Answer(200, body(text, pretty=query.pretty(call.query)))


def operations() -> Sequence[Operation]:
    """`GET /`."""
    return [
        Operation(
            id="apiInfoGet",
            method="GET",
            path="/",
            handler=show,
            access=ANYBODY,
            tag="_",
            replies={200: Reply({"$ref": "#/components/schemas/Info"})},
            summary="Name and version of the API",
            parameters=(*COMMON, *SEARCHING),
            components=COMPONENTS,
        )
    ]


_READ = {"type": "string", "readOnly": True}
COMPONENTS = {
    "Info": {
        "type": "object",
        "properties": {
            "href": {"type": "string", "format": "uri", "readOnly": True},
            "name": _READ,
            "version": _READ,
        },
    }
}
