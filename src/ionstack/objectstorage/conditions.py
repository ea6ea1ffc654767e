"""Conditions on an object's state: If-Match and its kin."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ionstack.engine.clock import SECOND
from ionstack.errors import S3Error
from ionstack.objectstorage import instants
from ionstack.objectstorage.records import Version

Condition = Callable[[Version | None], None]
"""Raises S3Error if the state of a key (None or a delete marker: no object) is not the one asked for."""


def _etags(text: str) -> set[str]:
    return {one.strip().removeprefix("W/").strip('"') for one in text.split(",")}


def _matches(wanted: str, etag: str) -> bool:
    found = _etags(wanted)
    return "*" in found or etag in found


def for_reading(headers: Mapping[str, str], version: Version, *, copying: bool = False) -> None:
    """Hold GET, HEAD and the source of a copy to their conditions. Raises NotModified or PreconditionFailed."""
    prefix = "x-amz-copy-source-" if copying else ""

    def failed(name: str) -> S3Error:
        return S3Error("PreconditionFailed", Condition=name)

    def unchanged() -> S3Error:
        told = {"ETag": f'"{version.etag}"', "Last-Modified": instants.http(version.modified)}
        return S3Error("NotModified", headers=told)

    same = headers.get(f"{prefix}if-match")
    if same is not None:
        if not _matches(same, version.etag):
            raise failed("If-Match")
    elif (since := headers.get(f"{prefix}if-unmodified-since")) is not None:
        at = instants.of_http(since)
        if at is not None and version.modified // SECOND * SECOND > at:
            raise failed("If-Unmodified-Since")
    other = headers.get(f"{prefix}if-none-match")
    if other is not None:
        if _matches(other, version.etag):
            raise failed("If-None-Match") if copying else unchanged()
    elif (since := headers.get(f"{prefix}if-modified-since")) is not None:
        at = instants.of_http(since)
        if at is not None and version.modified // SECOND * SECOND <= at:
            raise failed("If-Modified-Since") if copying else unchanged()


def for_writing(headers: Mapping[str, str]) -> Condition | None:
    """The condition of PUT, of a copy's target and of completing an upload."""
    same, other = headers.get("if-match"), headers.get("if-none-match")
    if same is None and other is None:
        return None

    def condition(version: Version | None) -> None:
        here = version is not None and not version.marker
        if same is not None:
            if not here:
                raise S3Error("NoSuchKey")
            if version is not None and not _matches(same, version.etag):
                raise S3Error("PreconditionFailed", Condition="If-Match")
        if other is not None and here and version is not None and _matches(other, version.etag):
            raise S3Error("PreconditionFailed", Condition="If-None-Match")

    return condition


def for_deleting(etag: str | None, modified: int | None, size: int | None) -> Condition | None:
    """The condition of DELETE: ETag, last modification (whole seconds count) and size of what goes."""
    if etag is None and modified is None and size is None:
        return None

    def condition(version: Version | None) -> None:
        if version is None:
            return
        if (
            etag is not None
            and (version.marker or not _matches(etag, version.etag))
            and etag.strip('"') != "*"
        ):
            raise S3Error("PreconditionFailed", Condition="If-Match")
        if modified is not None and version.modified // SECOND != modified // SECOND:
            raise S3Error("PreconditionFailed", Condition="x-amz-if-match-last-modified-time")
        if size is not None and version.size != size:
            raise S3Error("PreconditionFailed", Condition="x-amz-if-match-size")

    return condition
