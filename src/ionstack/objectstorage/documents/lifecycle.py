"""LifecycleConfiguration: when versions and uploads go by themselves."""

from __future__ import annotations

import re
import secrets

from ionstack.errors import S3Error
from ionstack.objectstorage import instants, xml
from ionstack.objectstorage.xml import Node

NAME = "lifecycle"
MOST_RULES = 1000
_ACTIONS = ("Expiration", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
_NOT_OFFERED = ("Transition", "NoncurrentVersionTransition")


def read(data: bytes) -> str:
    """The document, normalised: each rule has an ID. Raises S3Error."""
    root = xml.read(data, "LifecycleConfiguration")
    rules = root.all("Rule")
    if not rules or len(rules) > MOST_RULES:
        raise root.wrong("There must be 1 to 1000 rules")
    ids: set[str] = set()
    text = ""
    for rule in rules:
        id = rule.get("ID") or secrets.token_hex(16)
        if len(id) > 255:
            raise S3Error("InvalidArgument", "ID length should not exceed allowed limit of 255")
        if id in ids:
            raise S3Error("InvalidArgument", "Rule ID must be unique")
        ids.add(id)
        _prove(rule)
        rest = "".join(xml.again(child) for child in rule.children if child.name != "ID")
        text += xml.around("Rule", xml.tag("ID", id) + rest)
    return xml.write("LifecycleConfiguration", text).decode()


def _prove(rule: Node) -> None:
    if rule.one("Status").text not in ("Enabled", "Disabled"):
        raise rule.wrong("The status must be Enabled or Disabled")
    if rule.maybe("Prefix") is not None and rule.maybe("Filter") is not None:
        raise rule.wrong("A rule has a prefix or a filter")
    if any(rule.all(name) for name in _NOT_OFFERED):
        raise S3Error(
            "InvalidStorageClass", "There is but one storage class, so nothing can be moved to another"
        )
    if not any(rule.all(name) for name in _ACTIONS):
        raise rule.wrong("A rule needs an action")
    expiration = rule.maybe("Expiration")
    if expiration is not None:
        _prove_expiration(expiration)
    noncurrent = rule.maybe("NoncurrentVersionExpiration")
    if noncurrent is not None:
        _positive(noncurrent, "NoncurrentDays")
        if noncurrent.maybe("NoncurrentDays") is None and noncurrent.maybe("NewerNoncurrentVersions") is None:
            raise rule.wrong("NoncurrentDays is missing")
    abort = rule.maybe("AbortIncompleteMultipartUpload")
    if abort is not None and _positive(abort, "DaysAfterInitiation") is None:
        raise rule.wrong("DaysAfterInitiation is missing")


def _prove_expiration(node: Node) -> None:
    days, date, marker = _positive(node, "Days"), node.get("Date"), node.get("ExpiredObjectDeleteMarker")
    if sum(one is not None for one in (days, date, marker)) != 1:
        raise node.wrong("An expiration has either days, a date or ExpiredObjectDeleteMarker")
    if date is not None:
        at = instants.of_iso(date) if re.match(r"\d{4}-\d\d-\d\d", date) else None
        if at is None:
            raise node.wrong("The date cannot be read")
        if at % 86_400_000_000:
            raise S3Error("InvalidArgument", "'Date' must be at midnight GMT")


def _positive(node: Node, name: str) -> int | None:
    number = node.number(name)
    if number is not None and number <= 0:
        raise S3Error("InvalidArgument", f"'{name}' must be a positive integer")
    return number
