"""`/_ionstack/tokens`: tokens on an operator's word, the way in for users with a second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ionstack.catalogue.access import OPERATOR
from ionstack.catalogue.operation import Answer, Call, Operation, Parameter, Schema
from ionstack.control.admin import guarded, operator
from ionstack.control.shape import ANY, CONTRACT, EMPTY, TEXT, answer, listed, record
from ionstack.engine.clock import iso
from ionstack.engine.validation import Validator
from ionstack.errors import NotFound
from ionstack.identity.tokens import LONGEST, SHORTEST
from ionstack.store.port import Record, Tx
from ionstack.store.statement import statements

if TYPE_CHECKING:
    from ionstack.app import Cloud

SQL = statements("control")
MINT: Schema = record(
    {
        "user": TEXT,
        "contract": CONTRACT,
        "otp": TEXT,
        "ttl": {"type": "integer", "minimum": SHORTEST, "maximum": LONGEST, "default": LONGEST},
    }
)
_MINT = Validator(MINT, {"otp"})


async def mint(cloud: Cloud, call: Call) -> Answer:
    """A token for a user: the one named, else the contract's owner, else the server's first owner."""
    _MINT.check(call.body)
    body = call.body
    user, contract = await holder(cloud, body.get("user"), body.get("contract"))
    token = await cloud.identity.mint_token(
        user, body.get("otp"), body.get("ttl", LONGEST), contract, operator(call)
    )
    return answer({"token": token, "user": user}, 201)


async def show(cloud: Cloud, call: Call) -> Answer:
    """The tokens of a user in a contract, without the tokens themselves."""
    contract = call.query.integer("contract", 0, 1, 2**31 - 1) or None
    email, contract = await holder(cloud, call.query.get("user"), contract)
    user = await cloud.identity.users.find(email)
    if user is None:
        raise NotFound(f"There is no user {email[:254]}")
    places = [place.contract for place in await cloud.identity.users.memberships(user.id)]
    return listed(
        [
            {
                "id": token.id,
                "contract": place,
                "createdDate": iso(token.created),
                "expirationDate": iso(token.expires),
            }
            for place in places
            if contract in (None, place)
            for token in await cloud.identity.tokens.list(user.id, place)
        ]
    )


async def drop(cloud: Cloud, call: Call) -> Answer:
    """Revoke a token, whoever it belongs to."""
    id = call.path["token"]

    async def work(tx: Tx) -> Record | None:
        return await tx.one(SQL.token_place, id=id)

    place = None if "\x00" in id else await cloud.store.read(work)
    if place is None:
        raise NotFound(f"There is no token {id[:40]}")
    await cloud.identity.tokens.delete(str(place[0]), int(place[1]), id, operator(call))
    return Answer(204)


async def holder(cloud: Cloud, user: str | None, contract: int | None) -> tuple[str, int | None]:
    """Whom a call of the operator's is about: the user named, else a contract's owner, else the first owner."""
    if user:
        return user, contract
    if contract is not None:
        return (await cloud.identity.contracts.get(contract)).owner_email, contract
    return cloud.owner.email, cloud.owner.contract


_WHOSE = (Parameter("user", "query", TEXT), Parameter("contract", "query", CONTRACT))

OPERATIONS = (
    Operation(
        "tokensPost", "POST", "/tokens", guarded(mint), {201: ANY}, "Tokens", "Mint a token for a user",
        body=MINT, access=OPERATOR, errors=(401, 403, 404, 415, 422),
    ),
    Operation(
        "tokensGet", "GET", "/tokens", guarded(show), {200: ANY}, "Tokens", "List a user's tokens", _WHOSE,
        access=OPERATOR, errors=(401, 403, 404),
    ),
    Operation(
        "tokensDelete", "DELETE", "/tokens/{token}", guarded(drop), {204: EMPTY}, "Tokens", "Revoke a token",
        (Parameter("token", "path", TEXT, required=True),), access=OPERATOR, errors=(401, 403, 404),
    ),
)  # fmt: skip
