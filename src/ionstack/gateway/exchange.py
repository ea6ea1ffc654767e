"""One HTTP call: what came in, what is known of it so far, and how its answer goes out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any

from ionstack.catalogue.api import Api
from ionstack.catalogue.operation import Answer, Operation
from ionstack.errors import ApiError, BadRequest, PayloadTooLarge
from ionstack.gateway import compress, cors
from ionstack.gateway.address import Address, own_host
from ionstack.gateway.external import View
from ionstack.gateway.limits import Allowance
from ionstack.gateway.log import new_request_id
from ionstack.identity.principal import ANYONE, Principal

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
log = logging.getLogger("ionstack.access")

_VARY = b"Accept-Encoding, Origin"


class Exchange:
    """A call under way. What becomes known on the way is filled in: address, API, operation, caller."""

    def __init__(self, scope: Mapping[str, Any], receive: Receive, send: Send, allowance: Allowance) -> None:
        self.scope, self._receive, self._send = scope, receive, send
        self.method: str = scope["method"]
        self.raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        self.query: bytes = scope.get("query_string", b"")
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.id = new_request_id()
        self.view = View("", "", "")
        self.location = Address("/")
        self.api: Api | None = None
        self.operation: Operation | None = None
        self.principal: Principal = ANYONE
        self.allowance = allowance
        self.status = 0
        self.refused: ApiError | None = None

    @property
    def family(self) -> str:
        """The family of APIs whose words an error is told in."""
        return self.api.family if self.api else "cloudapi"

    @property
    def path(self) -> str:
        """The path as the client wrote it, for messages and logs."""
        return self.raw_path.decode("latin-1")

    @property
    def for_pages(self) -> bool:
        """Whether a web page of any origin may call: everything but the control API."""
        return self.api is None or self.api.name != "control"

    @property
    def base(self) -> str:
        """The API's URL as this client sees it."""
        return f"{self._outer}{self.location.prefix}{self.api.base if self.api else ''}"

    def url(self) -> str:
        """The URL that was called, as the client sees it, with single slashes."""
        path = self.path
        if "//" in path or path.endswith("/"):
            path = "/" + "/".join(segment for segment in path.split("/") if segment)
        query = f"?{self.query.decode('latin-1')}" if self.query else ""
        return f"{self._outer}{path}{query}"

    @property
    def _outer(self) -> str:
        """The URL before the client's path. A settled one has no product's host in it, so the path must."""
        if self.view.fixed and not self.location.prefix:
            return self.view.root + self.location.full_prefix
        return self.view.root

    @property
    def site(self) -> str:
        """The URL of the server's own pages, which a product's host does not show."""
        view = self.view
        return (
            view.root if view.fixed else view.root.replace(view.host, own_host(view.host, self.location), 1)
        )

    async def body(self, most: int, seconds: float) -> bytes:
        """The request body; PayloadTooLarge or BadRequest if it is too large, too slow or broken off."""
        length = self.headers.get("content-length", "")
        if length.isdigit() and int(length[:18]) > most:
            raise PayloadTooLarge(f"The request body is larger than {most} bytes")
        try:
            async with asyncio.timeout(seconds):
                return await self._read(most)
        except TimeoutError:
            raise BadRequest(f"The request body did not arrive within {seconds:g} s") from None

    async def send(self, answer: Answer) -> None:
        """Send an answer with the headers that every answer carries."""
        headers = _told(self.allowance) | {b"x-request-id": self.id.encode()}
        for name, value in answer.headers.items():
            headers[_name(name)] = value.encode("latin-1")
        if "origin" in self.headers and self.for_pages:
            headers |= {_name(name): value.encode() for name, value in cors.headers_for(self.headers).items()}
        body = answer.body
        if body:
            headers[b"content-type"] = _value(answer.media_type)
            vary = headers.get(b"vary")
            headers[b"vary"] = b"%b, %b" % (vary, _VARY) if vary else _VARY
            if len(body) >= compress.LEAST and compress.accepts(self.headers.get("accept-encoding", "")):
                body = compress.packed(body)
                headers[b"content-encoding"] = b"gzip"
        if answer.status not in (204, 304):
            headers[b"content-length"] = b"%d" % len(body)
        self.status = answer.status
        raw = list(headers.items())
        await self._send({"type": "http.response.start", "status": answer.status, "headers": raw})
        await self._send({"type": "http.response.body", "body": b"" if self.method == "HEAD" else body})

    async def _read(self, most: int) -> bytes:
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise BadRequest("The request body was broken off")
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > most:
                raise PayloadTooLarge(f"The request body is larger than {most} bytes")
            chunks.append(chunk)
            if not message.get("more_body", False):
                return b"".join(chunks)


@lru_cache(maxsize=1024)
def _told(allowance: Allowance) -> dict[bytes, bytes]:
    return {_name(name): value.encode() for name, value in allowance.headers.items()}


@lru_cache(maxsize=256)
def _name(header: str) -> bytes:
    return header.lower().encode("latin-1")


@lru_cache(maxsize=256)
def _value(text: str) -> bytes:
    return text.encode("latin-1")
