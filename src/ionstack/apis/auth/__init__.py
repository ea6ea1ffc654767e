"""The Auth API v1: tokens of the calling user in the contract of the call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from ionstack.apis.auth.schemas import COMPONENTS, CONTRACT_HEADER, reference
from ionstack.catalogue.access import ANYBODY, MEMBER
from ionstack.catalogue.operation import Answer, Call, Handler, Operation, Parameter, Reply
from ionstack.engine.clock import iso
from ionstack.errors import BadRequest
from ionstack.identity.events import Actor
from ionstack.identity.tokens import CRITERIA, CURRENT, EXPIRED, LONGEST, SHORTEST, Holder, Token

if TYPE_CHECKING:
    from ionstack.app import Cloud

_PRIVATE = {"Cache-Control": "no-store"}


async def generate(cloud: Cloud, call: Call) -> Answer:
    """A new token for the caller in the contract of the call, by password or by another token."""
    ttl = call.query.integer("ttl", LONGEST, SHORTEST, LONGEST)
    caller = call.principal
    holder = Holder(caller.user_id, caller.contract, caller.role, caller.privileges)
    return _answer({"token": await cloud.identity.tokens.mint(holder, ttl, _actor(call))})


async def list_tokens(cloud: Cloud, call: Call) -> Answer:
    """The caller's tokens, eldest first, the expired ones too."""
    tokens = await cloud.identity.tokens.list(call.principal.user_id, call.principal.contract)
    return _answer({"tokens": [_shown(token, call) for token in tokens]})


async def get(cloud: Cloud, call: Call) -> Answer:
    """One of the caller's tokens. Another user's or contract's does not exist for them."""
    caller = call.principal
    token = await cloud.identity.tokens.get(caller.user_id, caller.contract, call.path["tokenId"])
    return _answer(_shown(token, call))


async def delete(cloud: Cloud, call: Call) -> Answer:
    """Revoke one of the caller's tokens; from the answer on it opens nothing."""
    caller = call.principal
    await cloud.identity.tokens.delete(caller.user_id, caller.contract, call.path["tokenId"], _actor(call))
    return _answer({"success": True})


async def delete_by_criteria(cloud: Cloud, call: Call) -> Answer:
    """Revoke the caller's expired tokens, the one they call with, or all of them."""
    criteria, caller, tokens = call.query.get("criteria"), call.principal, cloud.identity.tokens
    if criteria not in CRITERIA:
        raise BadRequest(f"The query parameter 'criteria' must be one of {', '.join(CRITERIA)}")
    if criteria != CURRENT:
        await tokens.delete_all(
            caller.user_id, caller.contract, expired=criteria == EXPIRED, actor=_actor(call)
        )
    elif caller.token_id:
        await tokens.delete_current(caller.user_id, caller.token_id, _actor(call))
    else:
        raise BadRequest(
            "The criteria CURRENT means the token of the call, and this call was made without one"
        )
    return _answer({"success": True})


async def keys(cloud: Cloud, call: Call) -> Answer:
    """The public keys that tokens are signed with, for services that verify them by themselves."""
    return Answer(200, orjson.dumps(cloud.identity.keys.public()), {"Cache-Control": "public, max-age=300"})


def operations() -> Sequence[Operation]:
    """The five operations of the Auth API, and the key set, which is Ionstack's own."""
    ttl = Parameter(
        "ttl",
        "query",
        {"type": "integer", "format": "int32", "default": LONGEST, "minimum": SHORTEST, "maximum": LONGEST},
    )
    token_id = Parameter("tokenId", "path", {"type": "string"}, required=True)
    criteria = Parameter("criteria", "query", {"type": "string", "enum": list(CRITERIA)}, required=True)
    return [
        _operation("tokensGet", "GET", "/tokens", list_tokens, "Tokens", "List the caller's tokens"),
        _operation(
            "tokensGenerate", "GET", "/tokens/generate", generate, "Jwt", "Generate a token", ttl, errors=(400,)
        ),
        _operation(
            "tokensFindById", "GET", "/tokens/{tokenId}", get, "Token", "Get a token by its id", token_id,
            errors=(404,),
        ),
        _operation(
            "tokensDeleteById", "DELETE", "/tokens/{tokenId}", delete, "DeleteResponse", "Delete a token",
            token_id, errors=(404,),
        ),
        _operation(
            "tokensDeleteByCriteria", "DELETE", "/tokens", delete_by_criteria, "DeleteResponse",
            "Delete the expired tokens, the current one, or all of them", criteria, errors=(400,),
        ),
        Operation(
            id="jwksGet", method="GET", path="/jwks", handler=keys, replies={200: Reply(reference("Jwks"))},
            tag="keys", summary="The public keys that verify tokens (an extension of Ionstack's own)", access=ANYBODY,
            components=COMPONENTS,
        ),
    ]  # fmt: skip


def _operation(
    id: str,
    method: str,
    path: str,
    handler: Handler,
    reply: str,
    summary: str,
    *parameters: Parameter,
    errors: tuple[int, ...] = (),
) -> Operation:
    return Operation(
        id=id,
        method=method,
        path=path,
        handler=handler,
        replies={200: Reply(reference(reply))},
        tag="tokens",
        summary=summary,
        parameters=(*parameters, CONTRACT_HEADER),
        errors=errors,
        components=COMPONENTS,
        access=MEMBER,
    )


def _shown(token: Token, call: Call) -> Mapping[str, str]:
    return {
        "id": token.id,
        "href": f"{call.base}/tokens/{token.id}",
        "createdDate": iso(token.created),
        "expirationDate": iso(token.expires),
    }


def _answer(document: Mapping[str, Any]) -> Answer:
    return Answer(200, orjson.dumps(document), _PRIVATE)


def _actor(call: Call) -> Actor:
    return Actor.of(call.principal, call.address, call.request_id)
