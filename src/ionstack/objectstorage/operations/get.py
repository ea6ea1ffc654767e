"""GetObject, HeadObject and GetObjectAttributes."""

from __future__ import annotations

from collections.abc import Mapping

from ionstack.errors import S3Error
from ionstack.objectstorage import conditions, headers, objects, ranges, xml
from ionstack.objectstorage.access import decide
from ionstack.objectstorage.call import Answer, Call
from ionstack.objectstorage.encryption import keys
from ionstack.objectstorage.lifecycle import announce
from ionstack.objectstorage.records import Bucket, Version
from ionstack.objectstorage.storage import Storage

_OF_VERSIONS = (
    "s3:GetObject", "s3:GetObjectAcl", "s3:PutObjectAcl", "s3:GetObjectTagging", "s3:PutObjectTagging",
    "s3:DeleteObjectTagging",
)  # fmt: skip
"""Actions that have another name where a version is named."""

_ATTEMPTS = 8
"""How often a body is looked for that others write anew meanwhile."""


async def get_object(storage: Storage, call: Call) -> Answer:
    """Read an object, or only what is told of it."""
    if "torrent" in call.query:
        raise S3Error("NoSuchKey", "There are no torrents", Key=call.key)
    if keys.SSE in call.headers:
        raise S3Error("InvalidArgument", "x-amz-server-side-encryption is no header of a request that reads")
    for _ in range(_ATTEMPTS):
        try:
            return await _read(storage, call, await readable(storage, call))
        except FileNotFoundError:  # written anew between the row and the file
            continue
    raise S3Error("ServiceUnavailable")


async def _read(storage: Storage, call: Call, version: Version) -> Answer:
    """The answer for a version. Raises FileNotFoundError if it was removed meanwhile."""
    conditions.for_reading(call.headers, version)
    found = headers.answer(version, call.place, call)
    found |= await announce.of_version(storage, call.place, version)
    found |= headers.overrides(call.query, anonymous=call.caller.anonymous)
    start, count, status = _window(call, version, found)
    cipher = keys.for_reading(version.head, call.headers, storage.wrapping)
    if call.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED":
        part = call.query.get("partNumber")
        if part is not None or status == 200:
            found |= headers.checksum(version.head, int(part) if part else None)
    found["Content-Length"] = str(count)
    found["content-type"] = found.get("content-type") or "binary/octet-stream"
    if call.method == "HEAD":
        return Answer(status, b"", found)
    body = await storage.blobs.open(version.inline, version.parts, start, count, cipher)
    return Answer(status, body, found)


def _window(call: Call, version: Version, found: dict[str, str]) -> tuple[int, int, int]:
    """Start, count and status of what is read: all, a range, or a part."""
    part = call.query.get("partNumber")
    if part is not None:
        sizes = version.head.extra.get("parts", [version.size])
        if not (part.isascii() and part.isdigit()) or not 1 <= int(part) <= len(sizes):
            raise S3Error("InvalidPart")
        number = int(part)
        if "parts" in version.head.extra:
            found["x-amz-mp-parts-count"] = str(len(sizes))
        start, count = sum(sizes[: number - 1]), sizes[number - 1]
        if count:
            found["Content-Range"] = f"bytes {start}-{start + count - 1}/{version.size}"
        return start, count, 206
    wanted = ranges.parse(call.headers.get("range"), version.size)
    if wanted is None:
        return 0, version.size, 200
    start, count = wanted
    found["Content-Range"] = f"bytes {start}-{start + count - 1}/{version.size}"
    return start, count, 206


async def readable(
    storage: Storage, call: Call, action: str = "s3:GetObject", *, adds: Mapping[str, str] | None = None
) -> Version:
    """The version that a call asks for and may read. Raises S3Error."""
    return await version_of(
        storage, call, call.place, call.key, call.query.get("versionId"), action, adds=adds
    )


async def version_of(
    storage: Storage, call: Call, bucket: Bucket, key: str, id: str | None, action: str,
    *, adds: Mapping[str, str] | None = None,
) -> Version:  # fmt: skip
    """A version of a key that the caller may do `action` to. Raises S3Error."""
    version = await objects.find(storage.store, bucket, key.encode(), id)
    if version is None:
        error = decide.missing(call, key, action, bucket, "NoSuchKey" if id is None else "NoSuchVersion")
        raise S3Error(error.code, headers={"x-amz-delete-marker": "false"}, **error.elements)
    if version.marker:
        told = {"x-amz-delete-marker": "true", "x-amz-version-id": version.version}
        if id is not None:
            raise S3Error("MethodNotAllowed", headers={**told, "Allow": "DELETE"})
        error = decide.missing(call, key, action, bucket)
        raise S3Error(error.code, headers=told, **error.elements)
    versioned = (
        action.replace("Object", "ObjectVersion", 1) if id is not None and action in _OF_VERSIONS else action
    )
    if not decide.allowed(call, versioned, key, version, bucket, adds=adds):
        raise S3Error("AccessDenied")
    return version


async def attributes(storage: Storage, call: Call) -> Answer:
    """What is known of an object without reading it."""
    version = await readable(storage, call)
    keys.for_reading(version.head, call.headers, storage.wrapping)
    asked = {one.strip() for one in call.headers.get("x-amz-object-attributes", "").split(",")} - {""}
    if not asked:
        raise S3Error("InvalidArgument", "x-amz-object-attributes is missing")
    content = ""
    if "ETag" in asked:
        content += xml.tag("ETag", version.etag)
    kept = version.head.extra.get("checksum")
    if "Checksum" in asked and kept:
        content += xml.around(
            "Checksum", xml.tag(f"Checksum{kept[0]}", kept[1]) + xml.tag("ChecksumType", kept[2])
        )
    if "ObjectParts" in asked and "parts" in version.head.extra:
        content += _parts(call, version)
    if "StorageClass" in asked:
        content += xml.tag("StorageClass", headers.STANDARD)
    if "ObjectSize" in asked:
        content += xml.tag("ObjectSize", version.size)
    told = headers.answer(version, call.place, call)
    kept_headers: dict[str, str] = {
        name: told[name] for name in ("Last-Modified", "x-amz-version-id") if name in told
    }
    return Answer(200, xml.write("GetObjectAttributesResponse", content), kept_headers)


def _number(call: Call, name: str, default: int) -> int:
    text = call.headers.get(name) or str(default)
    if not (text.isascii() and text.isdigit()):
        raise S3Error("InvalidArgument", f"{name} must be a whole number")
    return int(text[:9])


def _parts(call: Call, version: Version) -> str:
    """The parts that an object was made of, page by page."""
    sizes, sums = version.head.extra["parts"], version.head.extra.get("sums")
    after = _number(call, "x-amz-part-number-marker", 0)
    most = min(_number(call, "x-amz-max-parts", 1000), 1000)
    shown = list(enumerate(sizes, 1))[after : after + most]
    content = xml.tags({"PartsCount": len(sizes), "PartNumberMarker": after, "MaxParts": most})
    if shown:
        content += xml.tag("NextPartNumberMarker", shown[-1][0])
    content += xml.tag("IsTruncated", "true" if after + most < len(sizes) else "false")
    kept = version.head.extra.get("checksum")
    for number, size in shown:
        inner = xml.tags({"PartNumber": number, "Size": size})
        if sums and kept and sums[number - 1]:
            inner += xml.tag(f"Checksum{kept[0]}", sums[number - 1])
        content += xml.around("Part", inner)
    return xml.around("ObjectParts", content)
