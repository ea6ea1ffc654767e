"""S3 until it is served: every call is told so, in S3's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from ionstack.catalogue.operation import Answer
from ionstack.gateway.log import new_request_id

_NOT_XML = re.compile(r"[\x00-\x1f]")


def answer(path: str, id: str) -> Answer:
    """501 NotImplemented as S3 says it."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NotImplemented</Code>'
        "<Message>Ionstack does not serve Object Storage yet</Message>"
        f"<Resource>{escape(_NOT_XML.sub('?', path[:1024]))}</Resource><RequestId>{id}</RequestId></Error>"
    )
    headers = {"x-amz-request-id": id}
    return Answer(501, body.encode("ascii", "xmlcharrefreplace"), headers, "application/xml")


class NotYet:
    """The ASGI application of the S3 port."""

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        told = answer(raw.decode("latin-1"), new_request_id())
        fields = {**told.headers, "content-type": told.media_type, "content-length": str(len(told.body))}
        headers = [(name.encode(), value.encode()) for name, value in fields.items()]
        await send({"type": "http.response.start", "status": told.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else told.body})
