"""`/_ionstack/contracts/{contract}/members`: who belongs to a contract, and as what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ionstack.catalogue.access import OPERATOR
from ionstack.catalogue.operation import Answer, Call, Operation, Parameter, Schema
from ionstack.control.admin import guarded
from ionstack.control.shape import ANY, EMPTY, answer, listed, number, read_number, record
from ionstack.engine.validation import Validator
from ionstack.errors import NotFound
from ionstack.identity.privileges import ADMINISTRATOR, USER

if TYPE_CHECKING:
    from ionstack.app import Cloud
    from ionstack.identity.users import Member

JOIN: Schema = record({"role": {"type": "string", "enum": [ADMINISTRATOR, USER]}})
_JOIN = Validator(JOIN)


async def show(cloud: Cloud, call: Call) -> Answer:
    """The users of a contract, its owner among them."""
    contract = await cloud.identity.contracts.get(_contract(call))
    return listed([_shown(member) for member in await cloud.identity.users.of_contract(contract.number)])


async def join(cloud: Cloud, call: Call) -> Answer:
    """Take an existing user into a contract, or give them another role in it."""
    _JOIN.check(call.body)
    user = await _user(cloud, call)
    await cloud.identity.users.set_role(user, _contract(call), call.body.get("role", USER))
    members = await cloud.identity.users.of_contract(_contract(call))
    return answer(next(_shown(member) for member in members if member.user_id == user))


async def leave(cloud: Cloud, call: Call) -> Answer:
    """Take a user out of a contract; their account stays."""
    await cloud.identity.users.set_role(await _user(cloud, call), _contract(call), None)
    return Answer(204)


def _contract(call: Call) -> int:
    return read_number(call.path["contract"], "contract")


async def _user(cloud: Cloud, call: Call) -> str:
    user = await cloud.identity.users.find(call.path["user"])
    if user is None:
        raise NotFound(f"There is no user {call.path['user'][:254]}")
    return user.id


def _shown(member: Member) -> dict[str, Any]:
    return {"user": member.email, "userId": member.user_id, "role": member.role}


_CONTRACT = number("contract")
_USER = Parameter("user", "path", {"type": "string"}, required=True)
_PATH = "/contracts/{contract}/members"

OPERATIONS = (
    Operation(
        "contractsMembersGet", "GET", _PATH, guarded(show), {200: ANY}, "Contracts", "List a contract's users",
        (_CONTRACT,), access=OPERATOR, errors=(401, 403, 404),
    ),
    Operation(
        "contractsMembersPut", "PUT", f"{_PATH}/{{user}}", guarded(join), {200: ANY}, "Contracts",
        "Take an existing user into a contract, or give them another role", (_CONTRACT, _USER), body=JOIN,
        access=OPERATOR, errors=(401, 403, 404, 415, 422),
    ),
    Operation(
        "contractsMembersDelete", "DELETE", f"{_PATH}/{{user}}", guarded(leave), {204: EMPTY}, "Contracts",
        "Take a user out of a contract", (_CONTRACT, _USER), access=OPERATOR, errors=(401, 403, 404, 422),
    ),
)  # fmt: skip
