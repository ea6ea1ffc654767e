"""`/_ionstack/second-factor`: one-time passwords, for an operator who names a user, or for users themselves.

A call that names a user needs the admin token. Any other is about the user whose credentials it carries: name
and password, or a token. It has no contract.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ionstack.catalogue.access import OPERATOR_OR_USER
from ionstack.catalogue.operation import Answer, Call, Handler, Operation, Parameter, Schema
from ionstack.control.admin import prove_json
from ionstack.control.shape import ANY, CONTRACT, EMPTY, TEXT, answer, record
from ionstack.engine.validation import Validator
from ionstack.errors import NotFound
from ionstack.identity.events import Actor
from ionstack.identity.tokens import LONGEST, SHORTEST

if TYPE_CHECKING:
    from ionstack.app import Cloud

USER: Schema = record({"user": TEXT})
CODE: Schema = record({"user": TEXT, "code": TEXT})
TOKEN: Schema = record(
    {
        "code": TEXT,
        "contract": CONTRACT,
        "ttl": {"type": "integer", "minimum": SHORTEST, "maximum": LONGEST, "default": LONGEST},
    },
    required=("code",),
)
_NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose second factor it is about, and who says so: an operator, or the user themselves."""

    id: str
    actor: Actor
    operator: bool


async def show(cloud: Cloud, call: Call, subject: Subject) -> Answer:
    """Whether a second factor is in force or demanded, and how many recovery codes are left."""
    standing = await cloud.identity.second_factor.standing(subject.id)
    return answer({"active": standing.active, "forced": standing.forced, "recoveryCodes": standing.codes})


async def enrol(cloud: Cloud, call: Call, subject: Subject) -> Answer:
    """A new secret for an authenticator app, in force once a code of it confirms it."""
    enrolment = await cloud.identity.second_factor.enrol(subject.id)
    return _secret({"secret": enrolment.secret, "uri": enrolment.uri}, 201)


async def confirm(cloud: Cloud, call: Call, subject: Subject) -> Answer:
    """Put the enrolled secret in force. The recovery codes are shown this once."""
    codes = await cloud.identity.second_factor.confirm(subject.id, _code(call), subject.actor)
    return _secret({"recoveryCodes": list(codes)})


async def renew(cloud: Cloud, call: Call, subject: Subject) -> Answer:
    """Other recovery codes; users prove themselves with a code."""
    identity = cloud.identity
    if subject.operator:
        codes = await identity.second_factor.renew_codes(subject.id, subject.actor)
    else:
        codes = await identity.own_factor.renew_codes(subject.id, _code(call), subject.actor)
    return _secret({"recoveryCodes": list(codes)})


async def remove(cloud: Cloud, call: Call, subject: Subject) -> Answer:
    """Take the second factor away; users prove themselves with a code."""
    identity = cloud.identity
    if subject.operator:
        await identity.second_factor.remove(subject.id, subject.actor)
    else:
        await identity.own_factor.remove(subject.id, _code(call), subject.actor)
    return Answer(204)


async def sign_in(cloud: Cloud, call: Call, subject: Subject) -> Answer:
    """A token for a user with a second factor, by their credentials and a code."""
    ttl, contract = call.body.get("ttl", LONGEST), call.body.get("contract")
    token = await cloud.identity.own_token(subject.id, _code(call), ttl, contract, subject.actor)
    return _secret({"token": token}, 201)


async def _subject(cloud: Cloud, call: Call, named: object) -> Subject:
    if isinstance(named, str) and named:
        cloud.admin.prove(call.headers, call.url)
        user = await cloud.identity.users.find(named)
        if user is None:
            raise NotFound(f"There is no user {named[:254]}")
        return Subject(user.id, Actor(address=call.address, request_id=call.request_id), operator=True)
    cloud.admin.prove_own_page(call.headers, call.url)
    id = await cloud.identity.identify(call.headers.get("authorization"), call.address)
    user = await cloud.identity.users.get(id)
    return Subject(id, Actor(id, user.email, call.address, call.request_id), operator=False)


def _code(call: Call) -> str:
    return str(call.body.get("code", ""))


def _secret(document: dict[str, Any], status: int = 200) -> Answer:
    made = answer(document, status)
    return Answer(made.status, made.body, _NO_STORE)


def _asked(handler: Callable[[Cloud, Call, Subject], Awaitable[Answer]], body: Schema | None) -> Handler:
    """A handler that knows whom it is about; who shows nothing is not told what a body may hold."""
    valid = None if body is None else Validator(body)

    async def asked(cloud: Cloud, call: Call) -> Answer:
        if valid is None:
            return await handler(cloud, call, await _subject(cloud, call, call.query.get("user")))
        subject = await _subject(cloud, call, None if body is TOKEN else call.body.get("user"))
        prove_json(call)
        valid.check(call.body)
        return await handler(cloud, call, subject)

    return asked


def _operation(
    id: str,
    method: str,
    path: str,
    handler: Callable[[Cloud, Call, Subject], Awaitable[Answer]],
    summary: str,
    body: Schema | None,
    status: int = 200,
) -> Operation:
    return Operation(
        id, method, f"/second-factor{path}", _asked(handler, body),
        {status: EMPTY if status == 204 else ANY}, "Second factor", summary,
        (Parameter("user", "query", TEXT),) if body is None else (), body=body, access=OPERATOR_OR_USER,
        errors=(401, 403, 404, 409, *((415, 422) if body is not None else ())),
    )  # fmt: skip


OPERATIONS = (
    _operation("secondFactorGet", "GET", "", show, "Show how it is with a second factor", None),
    _operation("secondFactorPost", "POST", "", enrol, "Enrol a second factor", USER, 201),
    _operation("secondFactorConfirm", "POST", "/confirm", confirm, "Put a second factor in force", CODE),
    _operation("secondFactorCodes", "POST", "/codes", renew, "Make other recovery codes", CODE),
    _operation("secondFactorRemove", "POST", "/remove", remove, "Remove a second factor", CODE, 204),
    _operation("secondFactorToken", "POST", "/token", sign_in, "Sign in with a second factor", TOKEN, 201),
)
