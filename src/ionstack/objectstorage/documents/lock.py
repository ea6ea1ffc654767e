"""Object lock: the configuration of a bucket, retention and legal hold of a version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ionstack.engine.clock import SECOND
from ionstack.errors import S3Error
from ionstack.objectstorage import instants, xml
from ionstack.objectstorage.records import Bucket, Version

NAME = "object-lock"
GOVERNANCE, COMPLIANCE = "GOVERNANCE", "COMPLIANCE"
_DAY = 86_400 * SECOND
HEADERS = ("x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date", "x-amz-object-lock-legal-hold")


@dataclass(frozen=True, slots=True)
class Retention:
    """A mode, and an instant (wall µs) until which it holds; or a span (µs) in a bucket's default."""

    mode: str = ""
    until: int = 0


def read_configuration(data: bytes) -> str:
    """The document of a bucket, normalised. Raises S3Error."""
    root = xml.read(data, "ObjectLockConfiguration")
    if root.one("ObjectLockEnabled").text != "Enabled":
        raise root.wrong("ObjectLockEnabled must be Enabled")
    rule = root.maybe("Rule")
    content = ""
    if rule is not None:
        default = rule.one("DefaultRetention")
        mode, days, years = default.one("Mode").text, default.number("Days"), default.number("Years")
        if mode not in (GOVERNANCE, COMPLIANCE) or (days is None) == (years is None):
            raise root.wrong("The default needs a mode, and either days or years")
        span = days if days is not None else years or 0
        if span <= 0:
            raise S3Error(
                "InvalidRetentionPeriod", "Default retention period must be a positive integer value."
            )
        if span > (36_500 if days is not None else 100):
            raise S3Error("InvalidArgument", "The default retention period is too long")
        unit = xml.tag("Days", span) if days is not None else xml.tag("Years", span)
        content = xml.around("Rule", xml.around("DefaultRetention", xml.tag("Mode", mode) + unit))
    return xml.write("ObjectLockConfiguration", xml.tag("ObjectLockEnabled", "Enabled"), content).decode()


@lru_cache(maxsize=256)
def _default(text: str) -> Retention:
    rule = xml.read(text.encode(), "ObjectLockConfiguration").maybe("Rule")
    if rule is None:
        return Retention()
    found = rule.one("DefaultRetention")
    return Retention(
        found.one("Mode").text, ((found.number("Days") or 0) + 365 * (found.number("Years") or 0)) * _DAY
    )


def read_retention(data: bytes, now: int) -> Retention:
    """A Retention document; an empty one takes the retention away. Raises S3Error."""
    root = xml.read(data, "Retention")
    mode, date = root.get("Mode"), root.get("RetainUntilDate")
    if mode is None and date is None:
        return Retention()
    if mode not in (GOVERNANCE, COMPLIANCE) or date is None:
        raise root.wrong("A retention needs a mode and a date")
    until = instants.of_iso(date)
    if until is None:
        raise root.wrong("The date cannot be read")
    if until <= now:
        raise S3Error("InvalidArgument", "The retain until date must be in the future!")
    return Retention(mode, until)


def write_retention(version: Version) -> bytes:
    """The Retention document of a version."""
    return xml.write(
        "Retention",
        xml.tags({"Mode": version.lock_mode, "RetainUntilDate": instants.iso(version.lock_until)}),
    )


def read_hold(data: bytes) -> bool:
    """A LegalHold document. Raises S3Error."""
    root = xml.read(data, "LegalHold")
    status = root.one("Status").text
    if status not in ("ON", "OFF"):
        raise root.wrong("The status must be ON or OFF")
    return status == "ON"


def write_hold(*, hold: bool) -> bytes:
    """The LegalHold document."""
    return xml.write("LegalHold", xml.tag("Status", "ON" if hold else "OFF"))


def of_headers(headers: Mapping[str, str], bucket: Bucket, now: int) -> tuple[Retention, bool]:
    """Retention and legal hold of a new version: what its headers ask for, else the bucket's default.

    Raises S3Error for what a bucket without object lock cannot have.
    """
    mode, date, hold = (headers.get(name) for name in HEADERS)
    if not bucket.locked:
        if mode or date or hold:
            raise S3Error("InvalidRequest", "Bucket is missing Object Lock Configuration")
        return Retention(), False
    if (mode is None) != (date is None):
        raise S3Error("InvalidArgument", "x-amz-object-lock-mode and -retain-until-date must come together")
    if hold not in (None, "ON", "OFF"):
        raise S3Error("InvalidArgument", "Legal Hold must be either of 'ON' or 'OFF'")
    if mode is None or date is None:
        text = bucket.configs.get(NAME)
        default = _default(text) if text else Retention()
        return (Retention(default.mode, now + default.until) if default.mode else default), hold == "ON"
    until = instants.of_iso(date)
    if mode not in (GOVERNANCE, COMPLIANCE) or until is None:
        raise S3Error("InvalidArgument", "Unknown wormMode directive or date")
    if until <= now:
        raise S3Error("InvalidArgument", "The retain until date must be in the future!")
    return Retention(mode, until), hold == "ON"


def prove_removable(version: Version, now: int, *, bypass: bool) -> None:
    """Raises S3Error (AccessDenied) if a lock keeps a version from being removed."""
    if version.hold:
        raise S3Error("AccessDenied", "Access Denied because object protected by object lock.")
    if version.lock_until > now and (version.lock_mode == COMPLIANCE or not bypass):
        raise S3Error("AccessDenied", "Access Denied because object protected by object lock.")


def prove_change(version: Version, asked: Retention, now: int, *, bypass: bool) -> None:
    """Raises S3Error (AccessDenied) for a retention that would let go of a version sooner than promised."""
    if not version.lock_mode or version.lock_until <= now:
        return
    shorter = asked.until < version.lock_until
    if version.lock_mode == COMPLIANCE:
        if shorter or asked.mode != COMPLIANCE:
            raise S3Error("AccessDenied")
    elif (shorter or asked.mode != version.lock_mode) and not bypass:
        raise S3Error("AccessDenied")
