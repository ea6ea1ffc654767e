"""Calls from web pages: any origin may call the APIs, since a token must be sent along by hand.

Cookies are never used, so a page can do no more than its own script holds a token for. The control API is
left out.
"""

from __future__ import annotations

from collections.abc import Mapping

from ionstack.catalogue.operation import Answer

_EXPOSED = (
    "ETag, Location, Retry-After, X-RateLimit-Burst, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id"
)
_METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a browser asks if it may call."""
    return method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def preflight(headers: Mapping[str, str]) -> Answer:
    """What a browser is told before it calls."""
    asked = headers.get("access-control-request-headers", "authorization, content-type, x-contract-number")
    return Answer(
        204,
        b"",
        {
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": asked
            if asked.isascii() and asked.isprintable()
            else "authorization",
            "Access-Control-Max-Age": "3600",
        },
    )


def headers_for(headers: Mapping[str, str]) -> dict[str, str]:
    """What every answer to a web page carries."""
    if "origin" not in headers:
        return {}
    return {"access-control-allow-origin": "*", "access-control-expose-headers": _EXPOSED}
