"""`/_ionstack/objects/check`: whether the bodies of Object Storage are what their rows say."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from ionstack.catalogue.access import OPERATOR
from ionstack.catalogue.operation import Answer, Call, Operation, Parameter
from ionstack.control.admin import guarded
from ionstack.control.shape import ANY, answer
from ionstack.objectstorage import scrub

if TYPE_CHECKING:
    from ionstack.app import Cloud


async def check(cloud: Cloud, call: Call) -> Answer:
    """Look at the next piece: to be asked again with `next` as `after` until that is null."""
    piece = await scrub.scrub(cloud.objects, call.query.get("after") or scrub.BEGIN)
    shown = {
        "bodies": piece.bodies,
        "bytes": piece.size,
        "damages": [asdict(one) for one in piece.damages],
        "next": piece.next or None,
    }
    return answer(shown)


OPERATIONS = (
    Operation(
        "objectsCheck", "GET", "/objects/check", guarded(check), {200: ANY}, "Server",
        "Compare stored objects with their checksums", (Parameter("after", "query", {"type": "string"}),),
        access=OPERATOR, errors=(400, 401, 403),
    ),
)  # fmt: skip
