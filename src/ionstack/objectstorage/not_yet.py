"""The S3 port until S3 exists: every call is told so, in S3's own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from ionstack.gateway.log import new_request_id


class NotYet:
    """An ASGI application that answers 501 NotImplemented as S3 does."""

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        id = new_request_id()
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NotImplemented</Code>'
            "<Message>Ionstack does not serve Object Storage yet</Message>"
            f"<Resource>{escape(scope['path'][:1024])}</Resource><RequestId>{id}</RequestId></Error>"
        ).encode("utf-8", "replace")
        headers = [
            (b"content-type", b"application/xml"),
            (b"content-length", str(len(body)).encode()),
            (b"x-amz-request-id", id.encode()),
        ]
        await send({"type": "http.response.start", "status": 501, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
