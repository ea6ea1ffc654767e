"""The access keys of the calling user. User management shows the same keys under their access key.

A key's secret is told when it is made and when it is renewed, and never again here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import orjson

from ionstack.apis.objectstoragemanagement.shown import PAGES, envelope, listed, schemas
from ionstack.catalogue.access import Access, Who
from ionstack.catalogue.operation import Answer, Call, Operation, Parameter, Reply, Schema
from ionstack.engine.clock import iso
from ionstack.engine.validation import Validator
from ionstack.errors import BadRequest, Forbidden, NotFound
from ionstack.identity.events import Actor
from ionstack.identity.privileges import PRIVILEGES
from ionstack.identity.s3_keys import S3Key, S3Keys
from ionstack.objectstorage.endpoints import REGIONS
from ionstack.objectstorage.people import canonical_id, contract_user_id
from ionstack.store.port import Tx
from ionstack.store.statement import statements

if TYPE_CHECKING:
    from ionstack.app import Cloud

T = TypeVar("T")
ACCOUNT = statements("account")

PRIVILEGE = PRIVILEGES["s3Privilege"]
_PATH, _ONE = "/accesskeys", "/accesskeys/{accesskeyId}"


async def show_all(cloud: Cloud, call: Call) -> Answer:
    """The caller's keys, eldest first; one of them by `filter.accesskeyId`."""
    keys = await _read(cloud, call, lambda desk: desk.all())
    wanted = call.query.get("filter.accesskeyId")
    chosen = [key for key in keys if wanted in (None, "", key.id, key.resource)]
    return listed(call, _PATH, [_shown(call, key) for key in chosen])


async def show(cloud: Cloud, call: Call) -> Answer:
    """One of them."""
    return _answer(call, await _read(cloud, call, lambda desk: _found(desk, call)))


async def create(cloud: Cloud, call: Call) -> Answer:
    """A new key with its secret."""
    _CREATION.check(call.body)
    description = _description(call)
    made = await _write(cloud, call, lambda desk: desk.add(description, long=True))
    return _answer(call, made, 201, secret=True)


async def ensure(cloud: Cloud, call: Call) -> Answer:
    """Give a key another description, or make it under the given id."""
    _CREATION.check(call.body)
    id, description = _uuid(call), _description(call)
    made: list[bool] = []

    async def work(desk: S3Keys) -> S3Key:
        known = next((key for key in await desk.all() if key.resource == id), None)
        made[:] = [known is None]
        if known is None:
            return await desk.add(description, long=True, resource=id)
        return await desk.describe(known.id, description)

    key = await _write(cloud, call, work)
    return _answer(call, key, 201 if made[0] else 200, secret=made[0])


async def renew(cloud: Cloud, call: Call) -> Answer:
    """Another secret for a key; the old one opens nothing from the answer on."""

    async def work(desk: S3Keys) -> S3Key:
        return await desk.renew((await _found(desk, call)).id)

    return _answer(call, await _write(cloud, call, work), secret=True)


async def remove(cloud: Cloud, call: Call) -> Answer:
    """Remove a key."""

    async def work(desk: S3Keys) -> S3Key:
        key = await _found(desk, call)
        await desk.remove(key.id)
        return key

    await _write(cloud, call, work)
    return Answer(202)


async def _read(cloud: Cloud, call: Call, work: Callable[[S3Keys], Awaitable[T]]) -> T:
    return await cloud.store.read(lambda tx: work(_desk(cloud, call, tx)))


async def _write(cloud: Cloud, call: Call, work: Callable[[S3Keys], Awaitable[S3Key]]) -> S3Key:
    if PRIVILEGE not in call.principal.privileges:
        raise Forbidden(f"The user needs to be part of a group that has {PRIVILEGE} privilege")

    async def unit(tx: Tx) -> S3Key:
        await tx.one(ACCOUNT.lock, id=call.principal.user_id)
        return await work(_desk(cloud, call, tx))

    return await cloud.store.write(unit)


def _desk(cloud: Cloud, call: Call, tx: Tx) -> S3Keys:
    actor = Actor.of(call.principal, call.address, call.request_id)
    caller = call.principal
    return S3Keys(tx, cloud.vault, caller.contract, caller.user_id, actor, cloud.clock.wall())


async def _found(desk: S3Keys, call: Call) -> S3Key:
    id = call.path["accesskeyId"].lower()
    for key in await desk.all():
        if key.resource == id:
            return key
    raise NotFound


def _uuid(call: Call) -> str:
    text = call.path["accesskeyId"]
    try:
        return str(UUID(text))
    except ValueError:
        raise BadRequest(f"'{text[:64]}' is no UUID, and a key can only be made under one") from None


def _description(call: Call) -> str:
    return str(call.body["properties"].get("description", ""))


def _answer(call: Call, key: S3Key, status: int = 200, *, secret: bool = False) -> Answer:
    return Answer(status, orjson.dumps(_shown(call, key, secret=secret)), {"Cache-Control": "no-store"})


def _shown(call: Call, key: S3Key, *, secret: bool = False) -> dict[str, Any]:
    href, caller = f"{_PATH}/{key.resource}", call.principal
    metadata = {
        "createdDate": iso(key.created), "createdBy": _person(key.created_by_id),
        "createdByUserId": key.created_by_id, "lastModifiedDate": iso(key.modified),
        "lastModifiedBy": _person(key.modified_by_id), "lastModifiedByUserId": key.modified_by_id,
        "resourceURN": f"ionos:s3:::{caller.contract}{href}", "status": "AVAILABLE",
        "administrative": caller.administrator, "supportedRegions": list(REGIONS),
    }  # fmt: skip
    properties = {
        "description": key.description, "accessKey": key.id, "secretKey": key.secret if secret else "",
        "canonicalUserId": canonical_id(key.user_id, caller.contract), "contractUserId": contract_user_id(key.user_id, caller.contract),
    }  # fmt: skip
    return envelope(key.resource, "accesskey", href, metadata, properties)


def _person(id: str) -> str:
    return f"ionos:identity:::users/{id}"


def operations() -> Sequence[Operation]:
    """Reading, making, renewing and removing one's own keys."""
    one, many, made = (Reply(_component(f"AccessKeyRead{word}")) for word in ("", "List", ""))
    id = (Parameter("accesskeyId", "path", {"type": "string", "format": "uuid"}, required=True),)
    chosen = Parameter("filter.accesskeyId", "query", {"type": "string"})
    reading, writing = Access(Who.MEMBER), Access(Who.MEMBER, PRIVILEGE)
    tag, sent = "Accesskeys", (415, 422)
    return [
        Operation("accesskeysGet", "GET", _PATH, show_all, {200: many}, tag, "List one's access keys",
                  (*PAGES, chosen), components=COMPONENTS, access=reading),
        Operation("accesskeysPost", "POST", _PATH, create, {201: one}, tag, "Create an access key",
                  body=_CREATE, components=COMPONENTS, errors=sent, access=writing),
        Operation("accesskeysFindById", "GET", _ONE, show, {200: one}, tag, "Retrieve an access key", id,
                  components=COMPONENTS, errors=(404,), access=reading),
        Operation("accesskeysPut", "PUT", _ONE, ensure, {200: one, 201: made}, tag,
                  "Change an access key, or create it under a given id", id, body=_CREATE,
                  components=COMPONENTS, errors=(404, 409, *sent), access=writing),
        Operation("accesskeysDelete", "DELETE", _ONE, remove, {202: Reply()}, tag, "Delete an access key", id,
                  components=COMPONENTS, errors=(404,), access=writing),
        Operation("accesskeysRenew", "PUT", f"{_ONE}/renew", renew, {200: one}, tag,
                  "Give an access key another secret", id, components=COMPONENTS, errors=(404, 409),
                  access=writing),
    ]  # fmt: skip


def _component(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_TEXT: Schema = {"type": "string"}
_SENT: Schema = {**_TEXT, "maxLength": 255}
_CREATE: Schema = {
    "type": "object",
    "required": ["properties"],
    "properties": {
        "properties": {
            "type": "object",
            "properties": {
                "description": _SENT,
                **dict.fromkeys(("accessKey", "secretKey", "canonicalUserId", "contractUserId"), _TEXT),
            },
        }
    },
}
"""Key and secret are taken and not heeded: the vendor's clients send them empty."""
_CREATION = Validator(_CREATE)

_DATE: Schema = {**_TEXT, "format": "date-time"}
COMPONENTS: Mapping[str, Schema] = schemas(
    "AccessKey",
    {
        "type": "object",
        "required": ["description", "accessKey", "secretKey"],
        "properties": dict.fromkeys(
            ("description", "accessKey", "secretKey", "canonicalUserId", "contractUserId"), _TEXT
        ),
    },
    {
        "type": "object",
        "required": ["status", "supportedRegions"],
        "properties": {
            "createdDate": _DATE, "createdBy": _TEXT, "createdByUserId": _TEXT, "lastModifiedDate": _DATE,
            "lastModifiedBy": _TEXT, "lastModifiedByUserId": _TEXT, "resourceURN": _TEXT,
            "status": {**_TEXT, "enum": ["AVAILABLE", "PROVISIONING", "DESTROYING", "FAILED"]},
            "statusMessage": _TEXT, "administrative": {"type": "boolean"},
            "supportedRegions": {"type": "array", "items": _TEXT},
        },
    },
)  # fmt: skip
