"""The gateway: the ASGI application that serves every API on one port.

A call goes: address -> route -> credentials -> limits, faults -> body -> handler -> answer. Whatever fails
on the way is an ApiError, rendered in the words of the API's family; anything else is a 500 that names the
request id and says nothing more.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from ionstack.apis import reference
from ionstack.catalogue.api import Api, Authorization
from ionstack.catalogue.operation import Answer, Call, Operation, Query
from ionstack.control.calls import Recorded
from ionstack.control.faults import take_fault
from ionstack.dialects import errors
from ionstack.engine.order import Fault
from ionstack.errors import (
    ApiError,
    BadRequest,
    Forbidden,
    Internal,
    MethodNotAllowed,
    NotFound,
    NotServed,
    StoreUnavailable,
    Unauthorized,
    Unavailable,
)
from ionstack.gateway import body, cors
from ionstack.gateway.address import SLASH, unmarked
from ionstack.gateway.exchange import Exchange, Receive, Send
from ionstack.gateway.log import request_id
from ionstack.gateway.routes import Place, Route, Routes
from ionstack.identity.audit import Refusal
from ionstack.identity.events import SIGN_IN, Actor
from ionstack.identity.principal import Principal
from ionstack.objectstorage.sign import scheme

if TYPE_CHECKING:
    from ionstack.app import Cloud
    from ionstack.objectstorage.app import ObjectStorage

LONGEST_QUERY = 16 * 1024
"""Bytes of the longest query string that is read."""

log = logging.getLogger(__name__)
access = logging.getLogger("ionstack.access")


class Gateway:
    """Serves the routes of a cloud; calls for Object Storage are led there."""

    def __init__(self, cloud: Cloud, routes: Routes, storage: ObjectStorage) -> None:
        self.cloud, self.routes, self.storage = cloud, routes, storage

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send, self.cloud.limits.nominal)
        request_id.set(exchange.id)
        clock = self.cloud.clock
        at, started = clock.wall(), clock.monotonic()
        answer = await self._answered(exchange)
        if answer is None:
            await self.storage(scope, receive, send, exchange.location.storage, exchange.id)
            return
        await exchange.send(answer)
        self._record(exchange, at, clock.monotonic() - started)
        if exchange.refused is not None:
            await self._audit(exchange, exchange.refused)

    async def _answered(self, exchange: Exchange) -> Answer | None:
        """The answer, whatever happens; None if it is Object Storage's to give."""
        try:
            return await self._answer(exchange)
        except ApiError as error:
            if isinstance(error, (Unauthorized, Forbidden)) and "authorization" in exchange.headers:
                exchange.refused = error
            return errors.answer(error, exchange.family)
        except StoreUnavailable as away:
            log.error("the store is away: %s", away)
            return errors.answer(Unavailable("The store cannot be used at the moment"), exchange.family)
        except Exception:
            log.exception("%s %s failed", exchange.method, exchange.path)
            told = Internal(f"An unexpected error occurred; the request id is {exchange.id}")
            return errors.answer(told, exchange.family)

    async def _answer(self, exchange: Exchange) -> Answer | None:
        cloud = self.cloud
        exchange.view = cloud.external.view(exchange.scope, exchange.headers)
        exchange.location = cloud.addresses.locate(
            exchange.view.name, exchange.raw_path, signed=scheme.is_there(exchange.headers, exchange.query)
        )
        if exchange.location.storage is not None:
            return None
        route = self.routes.find(exchange.location.path)
        if route is None:
            raise self._missing(exchange)
        exchange.api = route.place.api
        if exchange.for_pages and cors.is_preflight(exchange.method, exchange.headers):
            return cors.preflight(exchange.headers)
        operation = self._operation(route.place, exchange)
        if operation is None:
            return Answer(204, b"", {"Allow": ", ".join(_methods(route.place))})
        return await self._call(exchange, route, operation)

    async def _call(self, exchange: Exchange, route: Route, operation: Operation) -> Answer:
        cloud = self.cloud
        exchange.operation = operation
        fault = None
        if not operation.open:
            cloud.maintenance.refuse()
            exchange.principal = await self._authenticate(exchange, route.place.api, operation)
            terms = exchange.principal.terms
            exchange.allowance = cloud.limits.take(terms) or await cloud.limits.fetch(terms)
            fault = await self._fault(exchange, exchange.principal)
        call = Call(
            operation=operation,
            path=unmarked(route.parameters) if SLASH in exchange.location.path else route.parameters,
            query=Query(_query(exchange.query)),
            headers=exchange.headers,
            principal=exchange.principal,
            address=exchange.view.address,
            request_id=exchange.id,
            base=exchange.base,
            asked=exchange.url,
            region=exchange.location.region,
            fault=fault,
        )
        if operation.body is not None:
            body.prove_media_type(exchange.headers.get("content-type"))
            call.raw = await exchange.body(cloud.settings.max_body, cloud.settings.request_timeout)
            call.body = {} if operation.bodiless and not call.raw else body.parse(call.raw)
        return await operation.handler(cloud, call)

    async def _authenticate(self, exchange: Exchange, api: Api, operation: Operation) -> Principal:
        principal = await self.cloud.identity.authenticate(
            exchange.headers.get("authorization"),
            exchange.headers.get("x-contract-number"),
            exchange.view.address,
        )
        methods = operation.authorization or api.authorization
        used = Authorization.BEARER if principal.token_id else Authorization.BASIC
        if used not in methods:
            known = " or ".join(method.value for method in methods)
            raise Unauthorized(f"The {api.title} takes {known} authorization, not {used.value}")
        return principal

    async def _fault(self, exchange: Exchange, principal: Principal) -> Fault | None:
        """Rehearse what was ordered to fail: answer with it at once, or have the request fail."""
        if not principal.terms.faults:
            return None
        effect = await take_fault(
            self.cloud.store, principal.contract, exchange.method, exchange.location.api_path, exchange.id
        )
        if effect is not None and effect.error is not None:
            raise effect.error
        return effect.fault if effect else None

    def _operation(self, place: Place, exchange: Exchange) -> Operation | None:
        """The operation of the method, or None for OPTIONS, which lists the methods."""
        method = exchange.method
        found = place.operations.get("GET" if method == "HEAD" and "HEAD" not in place.operations else method)
        if found is not None:
            return found
        if method == "OPTIONS":
            return None
        if method in reference.find(exchange.location.product, exchange.location.api_path).operations:
            raise _not_served(exchange)
        allowed = _methods(place)
        raise MethodNotAllowed(
            f"{method[:16]} is not allowed here, but {', '.join(allowed)}", allowed=allowed
        )

    def _missing(self, exchange: Exchange) -> ApiError:
        """What the vendor has and we do not is 501; anything else does not exist."""
        exchange.api, methods = reference.find(exchange.location.product, exchange.location.api_path)
        if not methods:
            return NotFound(f"There is no such path: {exchange.path[:200]}")
        if exchange.method in methods or exchange.method in ("HEAD", "OPTIONS"):
            return _not_served(exchange)
        return MethodNotAllowed(allowed=sorted(methods))

    def _record(self, exchange: Exchange, at: int, seconds: float) -> None:
        """Remember the call, for `/_ionstack`, the metrics and the log."""
        operation, principal = exchange.operation, exchange.principal
        recorded = Recorded(
            exchange.id, at, exchange.method, exchange.path[:2000],
            exchange.api.name if exchange.api else "", operation.id if operation else "",
            exchange.status, seconds, principal.contract, principal.email, exchange.view.address,
        )  # fmt: skip
        self.cloud.calls.add(recorded)
        self.cloud.metrics.observe(recorded.api, recorded.operation, recorded.status, seconds)
        if access.isEnabledFor(logging.INFO):
            access.info(
                "%s %s %s %.1f ms", recorded.method, recorded.path, recorded.status, seconds * 1000,
                extra={"method": recorded.method, "path": recorded.path, "status": recorded.status,
                       "milliseconds": round(seconds * 1000, 3), "contract": recorded.contract,
                       "operation": recorded.operation, "address": recorded.address},
            )  # fmt: skip

    async def _audit(self, exchange: Exchange, error: ApiError) -> None:
        """Keep that a call was refused: after the answer, so that its time tells nothing."""
        api, operation, principal = exchange.api, exchange.operation, exchange.principal
        actor = Actor(principal.user_id or error.user, principal.email, exchange.view.address, exchange.id)
        kind = SIGN_IN if isinstance(error, Unauthorized) else f"{api.name}.call" if api else "call"
        await self.cloud.audit.refused(
            Refusal(actor, kind, operation.id if operation else "", principal.contract)
        )


def _not_served(exchange: Exchange) -> NotServed:
    return NotServed(
        f"Ionstack does not serve {exchange.method} {exchange.path[:200]} yet; "
        f"what it serves: {exchange.site}/docs"
    )


def _methods(place: Place) -> list[str]:
    return sorted({*place.operations, "OPTIONS", *(("HEAD",) if "GET" in place.operations else ())})


def _query(raw: bytes) -> list[tuple[str, str]]:
    if not raw:
        return []
    if len(raw) > LONGEST_QUERY:
        raise BadRequest(f"The query string is longer than {LONGEST_QUERY} bytes")
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=200)
    except ValueError:
        raise BadRequest("The query string cannot be read: it must be percent-encoded UTF-8") from None
    if any("\0" in value or "\0" in name for name, value in pairs):
        raise BadRequest("The query string holds the character U+0000")
    return pairs
