"""Calls from web pages of other origins, as a bucket's CORS rules allow them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ionstack.errors import S3Error
from ionstack.objectstorage.access.conditions import pattern
from ionstack.objectstorage.call import Answer
from ionstack.objectstorage.documents import cors
from ionstack.objectstorage.documents.cors import Rule
from ionstack.objectstorage.records import Bucket

ASKED_METHOD = "access-control-request-method"
_VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


def headers(bucket: Bucket, origin: str, method: str) -> dict[str, str]:
    """What an answer to a page of `origin` carries; nothing if no rule allows it."""
    rule = _find(bucket, origin, method, ())
    return _granted(rule, origin) if rule else {}


def preflight(bucket: Bucket | None, headers: Mapping[str, str]) -> Answer:
    """The answer to OPTIONS. Raises S3Error for what is no preflight (400) or not allowed (403)."""
    origin, method = headers.get("origin"), headers.get(ASKED_METHOD)
    if origin is None:
        raise S3Error("BadRequest", "Insufficient information. Origin request header needed.")
    if method is None:
        raise S3Error("BadRequest", "Invalid Access-Control-Request-Method: null")
    asked = [
        one.strip() for one in headers.get("access-control-request-headers", "").split(",") if one.strip()
    ]
    rule = _find(bucket, origin, method, asked) if bucket else None
    if rule is None:
        raise S3Error("AccessForbidden")
    found = _granted(rule, origin)
    if asked:
        found["Access-Control-Allow-Headers"] = ", ".join(one.lower() for one in asked)
    return Answer(200, b"", found)


def _find(bucket: Bucket, origin: str, method: str, asked: Sequence[str]) -> Rule | None:
    text = bucket.configs.get(cors.NAME)
    for rule in cors.parsed(text) if text else ():
        if (
            method in rule.methods
            and any(pattern(one).matches(origin) for one in rule.origins)
            and all(any(pattern(one, ignore_case=True).matches(h) for one in rule.headers) for h in asked)
        ):
            return rule
    return None


def _granted(rule: Rule, origin: str) -> dict[str, str]:
    everybody = "*" in rule.origins
    found = {
        "Access-Control-Allow-Origin": "*" if everybody else origin,
        "Access-Control-Allow-Methods": ", ".join(rule.methods),
        "Vary": _VARY,
    }
    if not everybody:
        found["Access-Control-Allow-Credentials"] = "true"
    if rule.exposed:
        found["Access-Control-Expose-Headers"] = ", ".join(rule.exposed)
    if rule.max_age is not None:
        found["Access-Control-Max-Age"] = str(rule.max_age)
    return found
