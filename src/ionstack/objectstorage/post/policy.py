"""The policy of a form: until when it is good, and what each field must be."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import orjson

from ionstack.errors import S3Error
from ionstack.objectstorage import instants

_FREE = ("x-ignore-", "x-amz-checksum-")
_NEVER = ("policy", "signature", "x-amz-signature", "awsaccesskeyid", "file", "submit")


def prove(encoded: str, fields: Mapping[str, str], now: int) -> tuple[int, int] | None:
    """Hold a form's fields to its policy; the range of sizes that it allows, if it has one. Raises S3Error."""
    document = _parsed(encoded)
    expiration, conditions = document.get("expiration"), document.get("conditions")
    readable = isinstance(expiration, str) and "T" in expiration and expiration.endswith("Z")
    until = instants.of_iso(str(expiration)) if readable else None
    if until is None or not isinstance(conditions, list) or not conditions:
        raise S3Error("InvalidPolicyDocument", "The policy needs an expiration and conditions")
    if until < now:
        raise S3Error("AccessDenied", "Invalid according to Policy: Policy expired.")
    named, sizes = set(), None
    for condition in conditions:
        kind, name, value, *more = _condition(condition)
        if kind == "content-length-range":
            sizes = _range(name, value)
            continue
        named.add(str(name))
        _prove_field(kind, str(name), value, fields)
        if more:
            raise S3Error("InvalidPolicyDocument", "A condition has three elements")
    for field in fields:
        if field not in named and field not in _NEVER and not field.startswith(_FREE):
            raise S3Error("AccessDenied", f"Invalid according to Policy: Extra input fields: {field}")
    return sizes


def _parsed(encoded: str) -> dict[str, Any]:
    try:
        document = orjson.loads(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError):
        document = None
    if not isinstance(document, dict):
        raise S3Error("InvalidPolicyDocument", "The policy must be base64 of a JSON object")
    return document


def _condition(condition: Any) -> list[Any]:
    if isinstance(condition, dict) and len(condition) == 1:
        ((name, value),) = condition.items()
        return ["eq", name.lower(), value]
    if not isinstance(condition, list) or len(condition) != 3 or not isinstance(condition[0], str):
        raise S3Error(
            "InvalidPolicyDocument", "A condition is an object of one field or a list of three elements"
        )
    kind, name, value = condition
    kind = kind.lower()
    if kind == "content-length-range":
        return [kind, name, value]
    if kind not in ("eq", "starts-with") or not isinstance(name, str) or not name.startswith("$"):
        raise S3Error("InvalidPolicyDocument", "A condition is eq, starts-with or content-length-range")
    return [kind, name[1:].lower(), value]


def _range(least: Any, most: Any) -> tuple[int, int]:
    try:
        found = int(least), int(most)
    except (TypeError, ValueError):
        found = (-1, -1)
    if found[0] < 0 or found[1] < found[0]:
        raise S3Error("InvalidPolicyDocument", "The content-length-range cannot be read")
    return found


def _prove_field(kind: str, name: str, value: Any, fields: Mapping[str, str]) -> None:
    have = fields.get(name)
    if not isinstance(value, str):
        raise S3Error("InvalidPolicyDocument", "The value of a condition must be a text")
    good = have == value if kind == "eq" else (have or "").startswith(value)
    if not good:
        raise S3Error(
            "AccessDenied", f'Invalid according to Policy: Policy Condition failed: ["{kind}", "${name}"]'
        )
