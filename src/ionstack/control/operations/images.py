"""`/_ionstack/images`: images that an operator adds, for one contract or for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from ionstack.apis.cloudapi import facts, privateimages
from ionstack.apis.cloudapi.image import Licence, image
from ionstack.catalogue.access import OPERATOR
from ionstack.catalogue.operation import Answer, Call, Operation, Parameter, Schema
from ionstack.control.admin import guarded
from ionstack.control.shape import ANY, CONTRACT, EMPTY, NAME, TEXT, answer, record
from ionstack.engine.validation import Validator
from ionstack.errors import NotFound
from ionstack.store.port import Tx
from ionstack.store.statement import statements

if TYPE_CHECKING:
    from ionstack.app import Cloud

SQL = statements("facts")

ADD: Schema = record(
    {
        "contract": CONTRACT,
        "name": {**NAME, "minLength": 1},
        "description": TEXT,
        "location": {"type": "string", "enum": sorted(facts.locations())},
        "size": {"type": "number", "exclusiveMinimum": 0, "maximum": 2**20},
        "licenceType": {"type": "string", "enum": list(get_args(Licence)), "default": "LINUX"},
        "imageType": {"type": "string", "enum": ["HDD", "CDROM"], "default": "HDD"},
        "cloudInit": {"type": "string", "enum": ["NONE", "V1"], "default": "NONE"},
        "aliases": {"type": "array", "items": {**NAME, "minLength": 1}, "maxItems": 20},
    },
    ("name", "location", "size"),
)
_ADD = Validator(ADD)


async def add(cloud: Cloud, call: Call) -> Answer:
    """Add an image: a private one of a contract, or without a contract a public one that everybody sees."""
    _ADD.check(call.body)
    contract = call.body.get("contract", 0)
    if contract:
        await cloud.identity.contracts.get(contract)
    wanted = {name: value for name, value in call.body.items() if name not in ("contract", "location")}
    id, properties = await privateimages.add(cloud, contract, wanted, call.body["location"])
    return answer({"id": id, "contract": contract or None, **properties}, 201)


async def remove(cloud: Cloud, call: Call) -> Answer:
    """Remove a public image that was added; a private one is its contract's to delete."""
    id = call.path["image"]

    async def work(tx: Tx) -> int:
        return 0 if id in facts.images() else await tx.run(SQL.remove, id=id, kind=image.kind)

    if "\0" in id or not await cloud.store.write(work):
        raise NotFound(f"There is no image {id[:40]} that was added for everybody")
    return Answer(204)


OPERATIONS = (
    Operation(
        "imagesPost", "POST", "/images", guarded(add), {201: ANY}, "Images", "Add an image",
        body=ADD, access=OPERATOR, errors=(401, 403, 404, 415, 422),
    ),
    Operation(
        "imagesDelete", "DELETE", "/images/{image}", guarded(remove), {204: EMPTY}, "Images",
        "Remove a public image that was added", (Parameter("image", "path", TEXT, required=True),), access=OPERATOR,
        errors=(401, 403, 404),
    ),
)  # fmt: skip
