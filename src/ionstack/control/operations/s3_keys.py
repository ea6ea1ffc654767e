"""`/_ionstack/s3-keys`: an access key for Object Storage on an operator's word, to point a client here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ionstack.catalogue.access import OPERATOR
from ionstack.catalogue.operation import Answer, Call, Operation, Schema
from ionstack.control.admin import guarded, operator
from ionstack.control.operations.tokens import holder
from ionstack.control.shape import ANY, CONTRACT, TEXT, answer, record
from ionstack.engine.validation import Validator
from ionstack.errors import NotFound
from ionstack.identity.s3_keys import S3Key, S3Keys
from ionstack.store.port import Tx
from ionstack.store.statement import statements

if TYPE_CHECKING:
    from ionstack.app import Cloud

ACCOUNT = statements("account")
DESCRIPTION = "made by the operator"
WANTED: Schema = record({"user": TEXT, "contract": CONTRACT})
_WANTED = Validator(WANTED)


async def give(cloud: Cloud, call: Call) -> Answer:
    """The key that was made so for a user before, else a new one: for the user named, else the contract's owner."""
    _WANTED.check(call.body)
    email, contract = await holder(cloud, call.body.get("user"), call.body.get("contract"))
    user = await cloud.identity.users.find(email)
    places = [] if user is None else [one.contract for one in await cloud.identity.users.memberships(user.id)]
    chosen = next((place for place in places if contract in (None, place)), None)
    if user is None or chosen is None:
        raise NotFound(f"There is no user {email[:254]} in that contract")
    id, place = user.id, chosen

    async def work(tx: Tx) -> S3Key:
        await tx.one(ACCOUNT.lock, id=id)
        keys = S3Keys(tx, cloud.vault, place, id, operator(call), cloud.clock.wall())
        known = [key for key in await keys.all() if key.active and key.description == DESCRIPTION]
        return known[0] if known else await keys.add(DESCRIPTION)

    key = await cloud.store.write(work)
    return answer({"accessKey": key.id, "secretKey": key.secret, "user": email, "contractNumber": place})


OPERATIONS = (
    Operation(
        "s3KeysPost", "POST", "/s3-keys", guarded(give), {200: ANY}, "Object Storage",
        "Give a user an access key for Object Storage, the same one each time", body=WANTED, access=OPERATOR,
        errors=(401, 403, 404, 415, 422),
    ),
)  # fmt: skip
