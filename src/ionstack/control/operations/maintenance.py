"""`/_ionstack/maintenance`: answer every call of the APIs with 503 for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ionstack.catalogue.access import OPERATOR
from ionstack.catalogue.operation import Answer, Call, Operation, Schema
from ionstack.control.admin import guarded
from ionstack.control.shape import ANY, LONGEST, answer, record
from ionstack.engine.validation import Validator

if TYPE_CHECKING:
    from ionstack.app import Cloud

MODE: Schema = record(
    {"on": {"type": "boolean"}, "retryAfter": {"type": "integer", "minimum": 0, "maximum": LONGEST}},
    required=("on",),
)
_MODE = Validator(MODE)


async def switch(cloud: Cloud, call: Call) -> Answer:
    """Begin or end maintenance of this process."""
    _MODE.check(call.body)
    mode = cloud.maintenance
    mode.on = call.body["on"]
    mode.retry_after = call.body.get("retryAfter", mode.retry_after)
    return answer({"on": mode.on, "retryAfter": mode.retry_after})


OPERATIONS = (
    Operation(
        "maintenancePut", "PUT", "/maintenance", guarded(switch), {200: ANY}, "Server",
        "Begin or end maintenance of this process", body=MODE, access=OPERATOR, errors=(401, 403, 415, 422),
    ),
)  # fmt: skip
