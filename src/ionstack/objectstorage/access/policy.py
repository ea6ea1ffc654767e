"""Bucket policies: parsed once, evaluated at each call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_network
from typing import Any

import orjson

from ionstack.errors import S3Error
from ionstack.objectstorage.access import conditions
from ionstack.objectstorage.access.conditions import Facts, pattern

ALLOW, DENY = "Allow", "Deny"
ARN = "arn:aws:s3:::"
MOST = {"user": 20 * 1024, "contract": 1024 * 1024}
"""Bytes of the longest policy by kind of bucket."""

_VERSIONS = ("2012-10-17", "2008-10-17")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `principals` is None for everybody; `not_*` turn a list round."""

    effect: str
    principals: Sequence[str] | None
    not_principal: bool
    actions: Sequence[str]
    not_action: bool
    resources: Sequence[str]
    not_resource: bool
    conditions: Sequence[tuple[str, str, Sequence[str]]]

    def fits(self, names: frozenset[str], action: str, resource: str, facts: Facts) -> bool:
        """Whether the statement speaks of a caller, an action and a resource."""
        action = action.lower()
        return (
            (self.principals is None or bool(names.intersection(self.principals))) != self.not_principal
            and any(pattern(one).matches(action) for one in self.actions) != self.not_action
            and any(pattern(one).matches(resource) for one in self.resources) != self.not_resource
            and all(conditions.holds(*line, facts) for line in self.conditions)
        )

    @property
    def public(self) -> bool:
        """Whether the statement lets in callers that nobody knows."""
        if self.effect != ALLOW or (self.principals is not None and not self.not_principal):
            return False
        return not any(_narrows(*line) for line in self.conditions)


_NARROWING = (
    "aws:sourceip", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount",
    "aws:userid", "s3:x-amz-server-side-encryption-aws-kms-key-id", "aws:principalorgid",
)  # fmt: skip


def _narrows(operator: str, key: str, values: Sequence[str]) -> bool:
    """Whether a condition holds for fixed callers alone."""
    if key.lower() not in _NARROWING or "not" in operator.lower():
        return False
    if key.lower() == "aws:sourceip":
        return all(_network_length(value) > 7 for value in values)
    return not any("*" in value or "?" in value for value in values)


def _network_length(text: str) -> int:
    try:
        return ip_network(text, strict=False).prefixlen
    except ValueError:
        return 0


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy."""

    statements: Sequence[Statement]

    def effect(self, names: frozenset[str], action: str, resource: str, facts: Facts) -> str:
        """`Deny`, `Allow`, or empty if no statement speaks of it. A Deny wins."""
        found = ""
        for statement in self.statements:
            if (found != ALLOW or statement.effect == DENY) and statement.fits(
                names, action, resource, facts
            ):
                if statement.effect == DENY:
                    return DENY
                found = ALLOW
        return found

    @property
    def public(self) -> bool:
        """Whether anybody may do anything by it."""
        return any(statement.public for statement in self.statements)


@lru_cache(maxsize=512)
def parse(text: str) -> Policy:
    """A policy. Raises S3Error (MalformedPolicy)."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _wrong("Policies must be valid JSON and the first byte must be '{'") from None
    if not isinstance(document, dict) or document.keys() - {"Version", "Id", "Statement"}:
        raise _wrong("The policy is no object of Version, Id and Statement")
    if document.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise _wrong("The policy has an unknown Version")
    listed = document.get("Statement")
    listed = [listed] if isinstance(listed, dict) else listed
    if not isinstance(listed, list) or not listed:
        raise _wrong("The policy has no Statement")
    return Policy([_statement(one) for one in listed])


def prove(text: str, bucket: str, kind: str) -> Policy:
    """A policy that a bucket may have. Raises S3Error."""
    if len(text.encode()) > MOST[kind]:
        raise _wrong(f"A policy has at most {MOST[kind]} bytes")
    policy = parse(text)
    for statement in policy.statements:
        for resource in statement.resources:
            name = resource.removeprefix(ARN).partition("/")[0]
            if not resource.startswith(ARN) or not pattern(name).matches(bucket):
                raise _wrong("Policy has invalid resource")
    return policy


def _statement(one: Any) -> Statement:
    if not isinstance(one, dict) or one.get("Effect") not in (ALLOW, DENY):
        raise _wrong("A statement needs the Effect Allow or Deny")
    known = {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
    if one.keys() - known:
        raise _wrong("A statement has an unknown element")
    principal, not_principal = _either(one, "Principal")
    if not_principal and one["Effect"] == ALLOW:
        raise _wrong("Allow with NotPrincipal would let everybody in")
    actions, not_action = _either(one, "Action")
    resources, not_resource = _either(one, "Resource")
    named = [name.lower() for name in _texts(actions, "Action")]
    if any(name != "*" and not name.startswith("s3:") for name in named):
        raise _wrong("Policy has invalid action")
    return Statement(
        one["Effect"], _principals(principal), not_principal, named, not_action,
        _texts(resources, "Resource"), not_resource, _conditions(one.get("Condition", {})),
    )  # fmt: skip


def _either(one: Mapping[str, Any], name: str) -> tuple[Any, bool]:
    if (name in one) == (f"Not{name}" in one):
        raise _wrong(f"A statement needs either {name} or Not{name}")
    return (one[name], False) if name in one else (one[f"Not{name}"], True)


def _texts(value: Any, name: str) -> Sequence[str]:
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(text, str) for text in values):
        raise _wrong(f"{name} must be a text or a list of texts")
    return values


def _principals(value: Any) -> Sequence[str] | None:
    if value == "*":
        return None
    if (
        not isinstance(value, dict)
        or value.keys() - {"AWS", "CanonicalUser", "Service", "Federated"}
        or not value
    ):
        raise _wrong("Invalid principal in policy")
    names = [text for kind, texts in value.items() for text in _texts(texts, kind) if kind != "Service"]
    return None if "*" in names or "arn:aws:iam:::*" in names else names


def _conditions(value: Any) -> Sequence[tuple[str, str, Sequence[str]]]:
    if not isinstance(value, dict):
        raise _wrong("Condition must be an object")
    lines = []
    for operator, keys in value.items():
        conditions.prove(operator)
        if not isinstance(keys, dict):
            raise _wrong("A condition must be an object")
        for key, wanted in keys.items():
            values = wanted if isinstance(wanted, list) else [wanted]
            lines.append((operator, key, [_plain(one) for one in values]))
    return lines


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise _wrong("The value of a condition must be a text")


def _wrong(message: str) -> S3Error:
    return S3Error("MalformedPolicy", message)
