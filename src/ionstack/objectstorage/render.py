"""Errors and answers as they go out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any

from ionstack.errors import S3Error
from ionstack.objectstorage import xml
from ionstack.objectstorage.body import Receive
from ionstack.objectstorage.call import Answer
from ionstack.objectstorage.codes import CODES

Send = Callable[[dict[str, Any]], Awaitable[None]]
_BREAK = re.compile("[\r\n\0]")
_BODILESS = (204, 304)


def error(failed: S3Error, path: str, request_id: str) -> Answer:
    """The answer for an error."""
    code = CODES[failed.code]
    if code.status == 304:
        return Answer(304, b"", failed.headers)
    body = (
        f"{xml.HEADING}<Error><Code>{failed.code}</Code>{xml.tag('Message', failed.message or code.message)}"
        f"{xml.tags(failed.elements)}{xml.tag('Resource', path)}<RequestId>{request_id}</RequestId>"
        "<HostId>ionstack</HostId></Error>"
    )
    return Answer(code.status, body.encode("utf-8", "replace"), failed.headers)


async def send(
    answer: Answer, method: str, request_id: str, extra: Mapping[str, str], out: Send, receive: Receive
) -> int:
    """Send an answer, as long as the client takes it; the bytes of its body that were sent."""
    headers = [(b"x-amz-request-id", request_id.encode()), (b"x-amz-id-2", b"ionstack")]
    named = False
    for source in (answer.headers, extra):
        for name, value in source.items():
            lower = _lower(name)
            named = named or lower == b"content-type"
            if _BREAK.search(value):
                value = _BREAK.sub(" ", value)
            headers.append((lower, value.encode("latin-1", "replace")))
    body = answer.body
    whole = isinstance(body, bytes)
    if whole and answer.status not in _BODILESS and "Content-Length" not in answer.headers:
        headers.append((b"content-length", b"%d" % len(body)))  # type: ignore[arg-type]
    if not named and (not whole or body):
        headers.append((b"content-type", answer.media_type.encode("latin-1", "replace")))
    await out({"type": "http.response.start", "status": answer.status, "headers": headers})
    if isinstance(body, bytes):
        await out({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
        return len(body)
    size, gone = 0, asyncio.ensure_future(_gone(receive))
    try:
        async for piece in body:
            if gone.done():
                break
            size += len(piece)
            await out({"type": "http.response.body", "body": piece, "more_body": True})
    finally:
        gone.cancel()
        if isinstance(body, AsyncGenerator):
            await body.aclose()
    await out({"type": "http.response.body", "body": b""})
    return size


@lru_cache(maxsize=512)
def _lower(name: str) -> bytes:
    return name.lower().encode("latin-1", "replace")


async def _gone(receive: Receive) -> None:
    """Wait until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass  # what is left of a body that nobody wants
