"""CopyObject and UploadPartCopy."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote

from ionstack.errors import S3Error
from ionstack.objectstorage import checksums, conditions, headers, instants, names, ranges, xml
from ionstack.objectstorage.access import decide
from ionstack.objectstorage.blobs.bodies import Stored
from ionstack.objectstorage.call import Answer, Call
from ionstack.objectstorage.encryption import keys
from ionstack.objectstorage.encryption.cipher import Cipher
from ionstack.objectstorage.objects import New
from ionstack.objectstorage.operations import get, multipart
from ionstack.objectstorage.operations.put import MOST_BYTES, drafted, owner_of, told_of, with_extra, write
from ionstack.objectstorage.records import Bucket, Head, Part, Version
from ionstack.objectstorage.storage import Storage

SOURCE = "x-amz-copy-source"


class Poured:
    """Stored bytes on their way to another place; taken in like a request's body."""

    def __init__(self, source: bytes | AsyncIterator[bytes], length: int | None, algorithm: str = "") -> None:
        self._source, self.length, self.size = source, length, 0
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._hasher = checksums.ALGORITHMS[algorithm]() if algorithm else None

    @property
    def md5(self) -> str:
        """The MD5 of what went by."""
        return self._md5.hexdigest()

    @property
    def checksum(self) -> str:
        """The checksum of what went by; empty without an algorithm."""
        return checksums.encode(self._hasher.digest()) if self._hasher else ""

    def update(self, data: bytes) -> None:
        """Take a piece into the digests."""
        self.size += len(data)
        self._md5.update(data)
        if self._hasher is not None:
            self._hasher.update(data)

    def prove(self) -> None:
        """What the store gives is whole."""
        if self.size != self.length:
            raise S3Error("InternalError")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if isinstance(self._source, bytes):
            yield self._source
            return
        async for piece in self._source:
            yield piece


async def _source(storage: Storage, call: Call) -> tuple[Bucket, Version]:
    """The version that `x-amz-copy-source` names and the caller may read. Raises S3Error."""
    text, _, rest = call.headers[SOURCE].partition("?versionId=")
    name, slash, key = unquote(text).removeprefix("/").partition("/")
    if not slash or not key or not name:
        raise S3Error(
            "InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
        )
    names.prove_key(key)
    bucket = await storage.bucket(names.bare(name))
    if bucket is None:
        raise S3Error("NoSuchBucket", BucketName=name)
    version = await get.version_of(storage, call, bucket, key, rest or None, "s3:GetObject")
    conditions.for_reading(call.headers, version, copying=True)
    return bucket, version


async def copy_object(storage: Storage, call: Call) -> Answer:
    """Make an object of another one."""
    place = call.place
    directive = call.headers.get("x-amz-metadata-directive", "COPY")
    tagging = call.headers.get("x-amz-tagging-directive", "COPY")
    if directive not in ("COPY", "REPLACE") or tagging not in ("COPY", "REPLACE"):
        raise S3Error("InvalidArgument", "A directive must be COPY or REPLACE")
    given = headers.tags_of(call.headers)
    decide.require(call, "s3:PutObject", call.key, adds={"request tags": given})
    bucket, version = await _source(storage, call)
    opened = keys.for_reading(version.head, call.headers, storage.wrapping, keys.COPY_SOURCE)
    cipher, extra = keys.for_writing(call.headers, place, storage.wrapping)
    if (
        (bucket.ordinal, version.key) == (place.ordinal, call.raw_key)
        and version.latest
        and directive == "COPY"
        and not _changes(call, extra)
    ):
        raise S3Error("InvalidRequest", "This copy request is illegal because it is trying to copy an object to itself "
                                        "without changing the object's metadata, storage class, website redirect "
                                        "location or encryption attributes.")  # fmt: skip
    head = headers.head_of(call.headers)
    if directive == "COPY":
        head = Head(version.head.system, version.head.user)
    draft = await drafted(
        storage, call, Head(head.system, head.user, extra), version.tags if tagging == "COPY" else given
    )
    stored, etag, kept = await _copied(storage, call, version, opened, cipher)
    new = New(stored, etag, with_extra(draft, kept), owner_of(call, place))
    written = await write(storage, call, place, call.raw_key, new, conditions.for_writing(call.headers))
    told = headers.encryption(new.draft.head)
    if bucket.versioning:
        told["x-amz-copy-source-version-id"] = version.version
    told |= await told_of(storage, call, new, written.version)
    body = xml.tags({"ETag": f'"{etag}"', "LastModified": instants.iso(call.now)})
    if "checksum" in kept:
        body += xml.tags(
            {f"Checksum{kept['checksum'][0]}": kept["checksum"][1], "ChecksumType": kept["checksum"][2]}
        )
    return Answer(200, xml.write("CopyObjectResult", body), told)


def _changes(call: Call, extra: dict[str, object]) -> bool:
    """Whether a copy of an object onto itself would change anything."""
    return bool(extra) or headers.REDIRECT in call.headers or "x-amz-storage-class" in call.headers


async def _copied(
    storage: Storage, call: Call, version: Version, opened: Cipher | None, cipher: Cipher | None
) -> tuple[Stored, str, dict[str, Any]]:
    """The bytes of a version under names of their own, their ETag, and what is known of them besides."""
    wanted = call.headers.get("x-amz-checksum-algorithm")
    wanted = checksums.algorithm(wanted) if wanted else ""
    kept = {
        name: version.head.extra[name] for name in ("checksum", "parts", "sums") if name in version.head.extra
    }
    if (opened or cipher or wanted) and version.size > MOST_BYTES[call.place.kind]:
        raise S3Error("InvalidRequest", "The object is too large to be copied at once; copy it by parts")
    try:
        stored, poured = await duplicate(storage, version, opened, cipher, wanted)
    except FileNotFoundError:
        raise S3Error("ConditionalRequestConflict") from None
    if poured is None:
        return stored, version.etag, kept
    if wanted:
        kept = dict(headers.checksum_extra(wanted, poured.checksum))
    return stored, poured.md5 if wanted or "parts" not in kept else version.etag, kept


async def duplicate(
    storage: Storage, version: Version, opened: Cipher | None, cipher: Cipher | None, algorithm: str = ""
) -> tuple[Stored, Poured | None]:
    """The body of a version under names of its own; what went by, where the bytes had to be read for it.

    Raises FileNotFoundError if the version was removed meanwhile.
    """
    if opened is None and cipher is None and not algorithm:
        if version.inline is not None:
            return Stored(version.inline, [], version.size), None
        return Stored(None, await storage.blobs.link(version.parts), version.size), None
    source = await storage.blobs.open(version.inline, version.parts, 0, version.size, opened)
    poured = Poured(source, version.size, algorithm)
    return await storage.blobs.take(poured, cipher, most=version.size), poured


async def copy_part(storage: Storage, call: Call) -> Answer:
    """Make a part of an object or a range of one."""
    number = multipart.number_of(call)
    decide.require(call, "s3:PutObject", call.key)
    upload = await multipart.under_way(storage, call)
    bucket, version = await _source(storage, call)
    opened = keys.for_reading(version.head, call.headers, storage.wrapping, keys.COPY_SOURCE)
    cipher = keys.same_for_parts(upload.draft.head, call.headers, storage.wrapping)
    asked = call.headers.get("x-amz-copy-source-range")
    start, count = ranges.of_copy(asked, version.size) if asked is not None else (0, version.size)
    if count > MOST_BYTES[call.place.kind]:
        raise S3Error("InvalidRequest", "The part is too large to be copied at once")
    source = await storage.blobs.open(version.inline, version.parts, start, count, opened)
    kept = upload.draft.head.extra.get("wanted")
    poured = Poured(source, count, kept[0] if kept else "")
    stored = await storage.blobs.take(poured, cipher, most=count, inline=False)
    part = Part(number, poured.md5, stored.size, call.now, poured.checksum, stored.parts)
    await multipart.put_part(storage, call, part)
    told = headers.encryption(upload.draft.head)
    if bucket.versioning:
        told["x-amz-copy-source-version-id"] = version.version
    body = xml.tags({"ETag": f'"{part.etag}"', "LastModified": instants.iso(call.now)})
    if kept:
        body += xml.tag(f"Checksum{kept[0]}", part.checksum)
    return Answer(200, xml.write("CopyPartResult", body), told)
