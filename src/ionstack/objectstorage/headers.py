"""Headers of objects: what a request gives an object, and what an answer tells of one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from ionstack.errors import S3Error
from ionstack.objectstorage import checksums, instants, tags
from ionstack.objectstorage.call import Call, Query
from ionstack.objectstorage.documents import lock
from ionstack.objectstorage.records import Bucket, Head, Version
from ionstack.objectstorage.replication import rules as replication

SYSTEM = (
    "content-type",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
)
REDIRECT = "x-amz-website-redirect-location"
META = "x-amz-meta-"
MOST_METADATA = 8 * 1024
STANDARD = "STANDARD"
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]*")
_NOT_A_HEADER = re.compile("[\r\n\0]")


def head_of(headers: Mapping[str, str], extra: Mapping[str, object] | None = None) -> Head:
    """What a request gives an object. Raises S3Error for too much metadata and for another storage class."""
    if headers.get("x-amz-storage-class", STANDARD) != STANDARD:
        raise S3Error("InvalidStorageClass")
    system = {name: headers[name] for name in SYSTEM if name in headers}
    if "content-encoding" in system:
        codings = [one.strip() for one in system["content-encoding"].split(",")]
        kept = ", ".join(one for one in codings if one != "aws-chunked")
        if kept:
            system["content-encoding"] = kept
        else:
            del system["content-encoding"]
    redirect = headers.get(REDIRECT)
    if redirect is not None:
        if not redirect.startswith(("/", "http://", "https://")):
            raise S3Error("InvalidRedirectLocation")
        system[REDIRECT] = redirect
    user = {name[len(META) :]: value for name, value in headers.items() if name.startswith(META)}
    if not all(map(_NAME.fullmatch, user)):
        raise S3Error("InvalidArgument", "The name of a metadata header is none")
    if user and sum(len(name) + len(value) for name, value in user.items()) > MOST_METADATA:
        raise S3Error("MetadataTooLarge")
    return Head(system, user, extra or {})


def tags_of(headers: Mapping[str, str]) -> str:
    """The tags that a request gives an object, as stored."""
    text = headers.get("x-amz-tagging")
    return tags.of_header(text) if text else ""


def answer(version: Version, bucket: Bucket, call: Call) -> dict[str, str]:
    """What GET and HEAD tell of a version."""
    head = version.head
    found = {
        "Last-Modified": instants.http(version.modified),
        "ETag": f'"{version.etag}"',
        "Accept-Ranges": "bytes",
        **head.system,
        **{META + name: value for name, value in head.user.items()},
    }
    if bucket.versioning:
        found["x-amz-version-id"] = version.version
    if version.tags:
        found["x-amz-tagging-count"] = str(len(tags.parsed(version.tags)))
    if version.lock_mode:
        found["x-amz-object-lock-mode"] = version.lock_mode
        found["x-amz-object-lock-retain-until-date"] = instants.iso(version.lock_until)
    if version.hold:
        found["x-amz-object-lock-legal-hold"] = "ON"
    found.update(encryption(head))
    if (status := head.extra.get(replication.STATUS)) is not None:
        found["x-amz-replication-status"] = status
    return found


def encryption(head: Head) -> dict[str, str]:
    """What is told of how an object is encrypted."""
    sealed = head.extra.get("sse")
    if not sealed:
        return {}
    if sealed["kind"] == "AES256":
        return {"x-amz-server-side-encryption": "AES256"}
    return {
        "x-amz-server-side-encryption-customer-algorithm": "AES256",
        "x-amz-server-side-encryption-customer-key-md5": sealed["md5"],
    }


def checksum(head: Head, part: int | None = None) -> dict[str, str]:
    """The checksum of an object, or of one of its parts, and its type."""
    found = head.extra.get("checksum")
    if not found:
        return {}
    sums = head.extra.get("sums")
    value = sums[part - 1] if part and sums else found[1]
    return {f"x-amz-checksum-{found[0].lower()}": value, "x-amz-checksum-type": found[2]}


def overrides(query: Query, *, anonymous: bool) -> dict[str, str]:
    """The headers that a GET asks to be answered with. Raises S3Error for anonymous callers."""
    found = {
        name: value
        for name in SYSTEM
        if (value := query.get(f"response-{name}")) is not None and not _NOT_A_HEADER.search(value)
    }
    if found and anonymous:
        raise S3Error(
            "InvalidRequest", "Request specific response headers cannot be used for anonymous GET requests."
        )
    return found


def url_encoded(text: str) -> str:
    """A key as `encoding-type=url` shows it."""
    return quote(text, safe="/-_.~*()!'")


def locks(call: Call, bucket: Bucket) -> tuple[lock.Retention, bool]:
    """Retention and hold of a new version."""
    return lock.of_headers(call.headers, bucket, call.now)


def checksum_extra(algorithm: str, value: str) -> dict[str, object]:
    """What is kept of a checksum of a whole object."""
    return {"checksum": [algorithm, value, checksums.FULL]} if value else {}
