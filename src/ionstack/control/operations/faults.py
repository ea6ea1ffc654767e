"""`/_ionstack/faults`: order what is to go wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from ionstack.catalogue.access import OPERATOR
from ionstack.catalogue.operation import Answer, Call, Operation, Parameter, Schema
from ionstack.control import faults
from ionstack.control.admin import guarded
from ionstack.control.faults import Waiting
from ionstack.control.shape import (
    ANY,
    CONTRACT,
    EMPTY,
    LONGEST,
    TEXT,
    answer,
    listed,
    number,
    read_number,
    record,
)
from ionstack.engine.validation import Validator
from ionstack.errors import Invalid, Problem

if TYPE_CHECKING:
    from ionstack.app import Cloud

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
EFFECT: Schema = record(
    {
        "status": {"type": "integer", "enum": sorted(faults.statuses())},
        "retryAfter": {"type": "integer", "minimum": 0, "maximum": LONGEST},
        "provisioning": {"type": "string", "enum": ["FAILED"]},
        "message": TEXT,
        "delaySeconds": {"type": "number", "minimum": 0, "maximum": LONGEST},
    }
)
FAULT: Schema = record(
    {
        "contract": CONTRACT,
        "method": {"type": "string", "enum": METHODS},
        "path": TEXT,
        "skip": {"type": "integer", "minimum": 0, "maximum": 1_000_000, "default": 0},
        "times": {"type": "integer", "minimum": 1, "maximum": 1_000_000, "default": 1},
        "effect": EFFECT,
    },
    required=("contract", "effect"),
)
OF_CONTRACT = Parameter("contract", "query", CONTRACT)
_VALID = Validator(FAULT)


async def add(cloud: Cloud, call: Call) -> Answer:
    """Order a fault for the calls of a contract."""
    _VALID.check(call.body)
    body = call.body
    _prove_effect(body["effect"])
    fault = Waiting(
        seq=0,
        contract=body["contract"],
        method=body.get("method", ""),
        path=body.get("path", ""),
        skip=body.get("skip", 0),
        remaining=body.get("times", 1),
        effect=orjson.dumps(body["effect"]).decode(),
    )
    return answer((await faults.add(cloud.store, fault)).shown(), 201)


async def show(cloud: Cloud, call: Call) -> Answer:
    """The faults that wait, of one contract or of all."""
    found = await faults.waiting(cloud.store, _contract(call))
    return listed([fault.shown() for fault in found])


async def clear(cloud: Cloud, call: Call) -> Answer:
    """Drop the faults of one contract, or all."""
    await faults.clear(cloud.store, _contract(call))
    return Answer(204)


async def drop(cloud: Cloud, call: Call) -> Answer:
    """Drop one fault."""
    await faults.remove(cloud.store, read_number(call.path["fault"], "fault"))
    return Answer(204)


def _contract(call: Call) -> int | None:
    return call.query.integer("contract", 0, 1, 2**31 - 1) or None


def _prove_effect(effect: dict[str, Any]) -> None:
    """An effect either answers the call, or lets its request fail or wait."""
    provisioning = effect.keys() & {"provisioning", "delaySeconds"}
    if ("status" in effect) == bool(provisioning):
        raise Invalid(Problem("Give either a status, or provisioning and delaySeconds", "(root).effect"))
    if "retryAfter" in effect and effect.get("status") not in (429, 503):
        raise Invalid(Problem("Only 429 and 503 have a Retry-After", "(root).effect.retryAfter"))


OPERATIONS = (
    Operation(
        "faultsPost", "POST", "/faults", guarded(add), {201: ANY}, "Faults", "Order a fault",
        body=FAULT, access=OPERATOR, errors=(401, 403, 404, 415, 422),
    ),
    Operation(
        "faultsGet", "GET", "/faults", guarded(show), {200: ANY}, "Faults", "List the faults that wait",
        (OF_CONTRACT,), access=OPERATOR, errors=(401, 403),
    ),
    Operation(
        "faultsDelete", "DELETE", "/faults", guarded(clear), {204: EMPTY}, "Faults", "Drop all faults",
        (OF_CONTRACT,), access=OPERATOR, errors=(401, 403),
    ),
    Operation(
        "faultsDeleteById", "DELETE", "/faults/{fault}", guarded(drop), {204: EMPTY}, "Faults", "Drop a fault",
        (number("fault"),), access=OPERATOR, errors=(401, 403, 404),
    ),
)  # fmt: skip
