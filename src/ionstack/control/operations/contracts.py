"""`/_ionstack/contracts`: throw-away contracts, and the terms of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ionstack.catalogue.access import OPERATOR
from ionstack.catalogue.operation import Answer, Call, Operation, Parameter, Schema
from ionstack.control import contracts
from ionstack.control.admin import guarded, operator
from ionstack.control.contracts import Terms
from ionstack.control.shape import (
    ANY,
    CONTRACT,
    EMPTY,
    LONGEST,
    NAME,
    PROFILE,
    TEXT,
    answer,
    listed,
    number,
    read_number,
    record,
)  # fmt: skip
from ionstack.engine import usage
from ionstack.engine.clock import SECOND, iso
from ionstack.engine.validation import Validator
from ionstack.identity.contract_limits import DEFAULT_LIMITS, TRIAL_LIMITS
from ionstack.identity.contracts import STATUSES
from ionstack.objectstorage import usage as objectstorage

if TYPE_CHECKING:
    from ionstack.app import Cloud
    from ionstack.identity.contracts import Contract

FASTEST = 3600
"""How many times as fast as the wall's a contract's clock may run."""

QUOTA = "objectStorageQuota"
"""Bytes that a contract may keep in Object Storage."""
SETTINGS: dict[str, Schema] = {
    "profile": PROFILE,
    "rateLimit": {"type": ["integer", "null"], "minimum": 1, "maximum": 10_000_000},
    "basicAuthentication": {"type": ["boolean", "null"]},
    QUOTA: {"type": ["integer", "null"], "minimum": 0, "maximum": 2**62},
}
"""What a contract may choose for itself; null goes back to the server's, or to no quota."""

LIMITS: Schema = record(
    {name: {"type": "integer", "minimum": 0, "maximum": 2**31 - 1} for name in DEFAULT_LIMITS}
)
CLOCK: Schema = record(
    {
        "advanceSeconds": {"type": "number", "minimum": 0, "maximum": 10 * LONGEST},
        "scale": {"type": "number", "minimum": 0, "maximum": FASTEST},
    }
)
CREATE: Schema = record(
    {"name": NAME, "email": TEXT, "number": CONTRACT, "temporary": {"type": "boolean", "default": True},
     "master": CONTRACT, "trial": {"type": "boolean"}, "limits": LIMITS, **SETTINGS}
)  # fmt: skip
CHANGE: Schema = record(
    {"name": NAME, "status": {"type": "string", "enum": list(STATUSES)}, "master": {**CONTRACT, "type": ["integer", "null"]},
     "limits": LIMITS, "clock": CLOCK, **SETTINGS}
)  # fmt: skip
FORCE = Parameter("force", "query", {"type": "boolean", "default": False})
_CREATE, _CHANGE = Validator(CREATE), Validator(CHANGE)


async def create(cloud: Cloud, call: Call) -> Answer:
    """Make a contract with its owner: a throw-away one, unless `temporary` is false."""
    _CREATE.check(call.body)
    body = call.body
    limits = {**(TRIAL_LIMITS if body.get("trial") else {}), **body.get("limits", {})}
    made = await cloud.identity.create_contract(
        body.get("email", ""), number=body.get("number"), name=body.get("name", ""),
        temporary=body.get("temporary", True), master=body.get("master"), limits=limits,
        settings=_settings(body),
        actor=operator(call),
    )  # fmt: skip
    shown = {
        "contractNumber": made.number,
        "username": made.email,
        "password": made.password or None,
        "token": made.token or None,
        "userId": made.user_id,
    }
    return answer(shown, 201)


async def show_all(cloud: Cloud, call: Call) -> Answer:
    """Every contract."""
    return listed([_shown(cloud, contract) for contract in await cloud.identity.contracts.all()])


async def show(cloud: Cloud, call: Call) -> Answer:
    """One contract, with what is used of its limits."""
    contract = await cloud.identity.contracts.get(_number(call))
    return answer({**_shown(cloud, contract), "used": await _used(cloud, contract.number)})


async def change(cloud: Cloud, call: Call) -> Answer:
    """Change name, status, master, settings, limits or the clock of a contract."""
    _CHANGE.check(call.body)
    clock = call.body.get("clock", {})
    terms = Terms(
        settings=_settings(call.body),
        limits=call.body.get("limits", {}),
        status=call.body.get("status"),
        name=call.body.get("name"),
        master=(call.body["master"] or 0) if "master" in call.body else None,
        advance=round(clock.get("advanceSeconds", 0) * SECOND),
        scale=clock.get("scale"),
    )
    await contracts.change(cloud.store, _number(call), terms, cloud.clock.wall(), operator(call))
    cloud.engine.waiting.set()
    cloud.objects.wake.lifecycle.set()
    return await show(cloud, call)


async def reset(cloud: Cloud, call: Call) -> Answer:
    """Empty a contract; its users and their tokens stay."""
    await contracts.reset(cloud.store, _number(call), cloud.clock.wall(), operator(call))
    cloud.calls.forget(_number(call))
    return Answer(204)


async def drop(cloud: Cloud, call: Call) -> Answer:
    """Drop a throw-away contract with everything in it; with `force`, any but the first."""
    number = _number(call)
    if call.query.boolean("force", False):
        await contracts.make_droppable(cloud.store, number, cloud.owner.contract)
    await cloud.identity.drop_contract(number, operator(call))
    cloud.calls.forget(number)
    return Answer(204)


def _number(call: Call) -> int:
    return read_number(call.path["contract"], "contract")


def _settings(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in SETTINGS if name in body}


def _shown(cloud: Cloud, contract: Contract) -> dict[str, Any]:
    world = contract.world
    return {
        "contractNumber": contract.number,
        "name": contract.name,
        "status": contract.status,
        "master": contract.master,
        "owner": contract.owner_email,
        "temporary": contract.temporary,
        "createdDate": iso(contract.created),
        **{name: contract.settings.get(name) for name in SETTINGS},
        "limits": dict(contract.limits),
        "clock": {"now": iso(min(world.at(cloud.clock.wall()), contracts.LAST)), "scale": world.scale},
    }


async def _used(cloud: Cloud, contract: int) -> dict[str, int]:
    """What is used of the limits that all resources of a contract share, by the limit's name."""
    amounts = await cloud.engine.read(lambda tx: usage.amounts(tx, contract))
    kinds = cloud.engine.catalogue.resources.values()
    used = {one.limit: amounts.get(one.metric, 0) for kind in kinds for one in kind.usage if one.limit}
    return {**used, QUOTA: await cloud.store.read(lambda tx: objectstorage.of_contract(tx, contract))}


_ONE = (number("contract"),)

OPERATIONS = (
    Operation(
        "contractsPost", "POST", "/contracts", guarded(create), {201: ANY}, "Contracts",
        "Make a throw-away contract with an owner", body=CREATE, access=OPERATOR, errors=(401, 403, 409, 415, 422),
    ),
    Operation(
        "contractsGet", "GET", "/contracts", guarded(show_all), {200: ANY}, "Contracts", "List the contracts",
        access=OPERATOR, errors=(401, 403),
    ),
    Operation(
        "contractsFindByNumber", "GET", "/contracts/{contract}", guarded(show), {200: ANY}, "Contracts",
        "Retrieve a contract", _ONE, access=OPERATOR, errors=(401, 403, 404),
    ),
    Operation(
        "contractsPatch", "PATCH", "/contracts/{contract}", guarded(change), {200: ANY}, "Contracts",
        "Change name, status, master, settings, limits or the clock of a contract", _ONE, body=CHANGE, access=OPERATOR,
        errors=(401, 403, 404, 415, 422),
    ),
    Operation(
        "contractsDelete", "DELETE", "/contracts/{contract}", guarded(drop), {204: EMPTY}, "Contracts",
        "Drop a contract", (*_ONE, FORCE), access=OPERATOR, errors=(401, 403, 404, 409),
    ),
    Operation(
        "contractsReset", "POST", "/contracts/{contract}/reset", guarded(reset), {204: EMPTY}, "Contracts",
        "Empty a contract", _ONE, access=OPERATOR, errors=(401, 403, 404),
    ),
)  # fmt: skip
