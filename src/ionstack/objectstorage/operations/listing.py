"""ListObjects in both versions, and ListObjectVersions."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ionstack.errors import S3Error
from ionstack.objectstorage import headers, instants, records, xml
from ionstack.objectstorage.access import acl
from ionstack.objectstorage.call import Answer, Call
from ionstack.objectstorage.records import Bucket
from ionstack.objectstorage.storage import SQL, Storage
from ionstack.store.port import Record, Tx

T = TypeVar("T")
MOST = 1000
_AFTER_ALL = b"\xff" * 4


@dataclass(frozen=True, slots=True)
class Page:
    """One page: rows and common prefixes together are at most as many as asked for.

    `last` is the key or prefix it ends with, if there is more; `last_version` the version id there.
    """

    rows: Sequence[Record]
    prefixes: Sequence[bytes]
    last: bytes | None = None
    last_version: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a listing asks for. `written` writes a key."""

    prefix: bytes
    delimiter: bytes
    most: int
    written: Callable[[bytes], str]
    encoding: str


def asked(call: Call) -> Asked:
    """The parameters that all listings share. Raises S3Error."""
    encoding = call.query.get("encoding-type") or ""
    if encoding not in ("", "url"):
        raise S3Error("InvalidArgument", "Invalid Encoding Method specified in Request")
    most = call.query.get("max-keys")
    if most is not None and most != "" and not (most.isascii() and most.isdigit()):
        raise S3Error("InvalidArgument", "Argument max-keys must be an integer between 0 and 2147483647")
    delimiter = call.query.get("delimiter") or ""
    if delimiter and call.query.get("allow-unordered") == "true":
        raise S3Error("InvalidArgument", "allow-unordered and delimiter exclude each other")
    return Asked(
        _bytes(call.query.get("prefix")),
        _bytes(delimiter),
        min(int(most or MOST), MOST),
        writer(encoding),
        encoding,
    )


def writer(encoding: str) -> Callable[[bytes], str]:
    """How keys are written."""
    if encoding:
        return lambda key: headers.url_encoded(key.decode("utf-8", "replace"))
    return lambda key: xml.escape(key.decode("utf-8", "replace"))


def _bytes(text: str | None) -> bytes:
    return (text or "").encode("utf-8", "surrogateescape")


def beyond(prefix: bytes) -> bytes | None:
    """The first key after all that begin with a prefix; None if nothing can come after them."""
    stripped = prefix.rstrip(b"\xff")
    return stripped[:-1] + bytes((stripped[-1] + 1,)) if stripped else None


async def page(
    wanted: Asked, start: bytes, batches: Callable[[bytes, bytes | None, int], AsyncIterator[Record]]
) -> Page:
    """One page of what `batches` gives from a start to a stop, in the order of keys."""
    rows: list[Record] = []
    prefixes: list[bytes] = []
    stop = beyond(wanted.prefix)
    start = max(start, wanted.prefix)
    last, last_version, under = b"", "", None
    if not wanted.most:
        return Page(rows, prefixes)
    while True:
        async for row in batches(start, stop, wanted.most + 1 - len(rows) - len(prefixes)):
            key = bytes(row[0])
            if under is not None and key.startswith(under):
                continue
            full = len(rows) + len(prefixes) >= wanted.most
            if full:
                return Page(rows, prefixes, last, last_version)
            cut = key.find(wanted.delimiter, len(wanted.prefix)) if wanted.delimiter else -1
            if cut < 0:
                rows.append(row)
                last, last_version = key, str(row[2])
                continue
            under = key[: cut + len(wanted.delimiter)]
            prefixes.append(under)
            last, last_version = under, ""
            following = beyond(under)
            if following is None:
                return Page(rows, prefixes)
            start = following
            break
        else:
            return Page(rows, prefixes)


def _latest(tx: Tx, bucket: Bucket) -> Callable[[bytes, bytes | None, int], AsyncIterator[Record]]:
    async def batches(start: bytes, stop: bytes | None, most: int) -> AsyncIterator[Record]:
        for row in await tx.all(
            SQL.list_latest, bucket=bucket.ordinal, start=start, stop=stop, most=max(most, 1)
        ):
            yield row

    return batches


def _after(marker: bytes, wanted: Asked) -> bytes:
    """Where to go on after a key or a common prefix."""
    if not marker:
        return b""
    if wanted.delimiter and marker.startswith(wanted.prefix) and marker.endswith(wanted.delimiter):
        cut = marker.find(wanted.delimiter, len(wanted.prefix))
        if cut + len(wanted.delimiter) == len(marker):
            return beyond(marker) or _AFTER_ALL
    return marker + b"\0"


async def objects(storage: Storage, call: Call) -> Answer:
    """ListObjects, the first version: by marker."""
    wanted, bucket = asked(call), call.place
    marker = _bytes(call.query.get("marker"))

    async def work(tx: Tx) -> Page:
        return await page(wanted, _after(marker, wanted), _latest(tx, bucket))

    found = await storage.store.read(work)
    written = wanted.written
    body = (
        f"<Name>{bucket.name}</Name><Prefix>{xml.escape(wanted.prefix.decode('utf-8', 'replace'))}</Prefix>"
        f"<Marker>{written(marker)}</Marker>"
        f"<MaxKeys>{wanted.most}</MaxKeys>{_shared(wanted)}"
        f"<IsTruncated>{'false' if found.last is None else 'true'}</IsTruncated>"
    )
    if found.last is not None:
        body += f"<NextMarker>{written(found.last)}</NextMarker>"
    return Answer(
        200, xml.write("ListBucketResult", body, _contents(found.rows, written), _prefixes(found, written))
    )


async def objects_v2(storage: Storage, call: Call) -> Answer:
    """ListObjects, the second version: by continuation token."""
    if call.query.get("list-type") != "2":
        raise S3Error("InvalidArgument", "list-type must be 2")
    wanted, bucket = asked(call), call.place
    token, first = call.query.get("continuation-token"), call.query.get("start-after")
    marker = _token(token) if token else _bytes(first)

    async def work(tx: Tx) -> Page:
        return await page(wanted, _after(marker, wanted), _latest(tx, bucket))

    found = await storage.store.read(work)
    written = wanted.written
    body = (
        f"<Name>{bucket.name}</Name><Prefix>{written(wanted.prefix)}</Prefix>"
        f"<MaxKeys>{wanted.most}</MaxKeys>{_shared(wanted)}<KeyCount>{len(found.rows) + len(found.prefixes)}</KeyCount>"
        f"<IsTruncated>{'false' if found.last is None else 'true'}</IsTruncated>"
    )
    if token is not None:
        body += xml.tag("ContinuationToken", token)
    if first is not None:
        body += f"<StartAfter>{written(_bytes(first))}</StartAfter>"
    if found.last is not None:
        body += xml.tag("NextContinuationToken", base64.urlsafe_b64encode(found.last).decode())
    owned = call.query.get("fetch-owner") == "true"
    return Answer(
        200,
        xml.write(
            "ListBucketResult", body, _contents(found.rows, written, owned=owned), _prefixes(found, written)
        ),
    )


def _token(text: str) -> bytes:
    try:
        return base64.b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise S3Error("InvalidArgument", "The continuation token provided is incorrect") from None


def _shared(wanted: Asked) -> str:
    text = f"<Delimiter>{wanted.written(wanted.delimiter)}</Delimiter>" if wanted.delimiter else ""
    return text + (f"<EncodingType>{wanted.encoding}</EncodingType>" if wanted.encoding else "")


def _contents(rows: Sequence[Record], written: Callable[[bytes], str], *, owned: bool = True) -> str:
    return "".join(
        [
            f"<Contents><Key>{written(bytes(key))}</Key><LastModified>{instants.iso(modified)}</LastModified>"
            f"<ETag>&quot;{etag}&quot;</ETag>{_checksum(head)}<Size>{size}</Size>"
            f"{acl.owner_xml(owner, name) if owned else ''}<StorageClass>STANDARD</StorageClass></Contents>"
            for key, size, etag, modified, owner, name, head in rows
        ]
    )


def _checksum(stored: str) -> str:
    if '"checksum"' not in stored:
        return ""
    found = records.head(stored).extra["checksum"]
    return f"<ChecksumAlgorithm>{found[0]}</ChecksumAlgorithm><ChecksumType>{found[2]}</ChecksumType>"


def _prefixes(found: Page, written: Callable[[bytes], str]) -> str:
    return "".join(
        [f"<CommonPrefixes><Prefix>{written(one)}</Prefix></CommonPrefixes>" for one in found.prefixes]
    )


async def versions(storage: Storage, call: Call) -> Answer:
    """Every version and delete marker, the newest of a key first."""
    wanted, bucket = asked(call), call.place
    marker, id = _bytes(call.query.get("key-marker")), call.query.get("version-id-marker") or ""
    if id and not marker:
        raise S3Error("InvalidArgument", "A version-id marker cannot be specified without a key marker.")

    async def work(tx: Tx) -> Page:
        start, place = _after(marker, wanted), 1
        if id:
            record = await tx.one(SQL.place_of, bucket=bucket.ordinal, key=marker, version=id)
            if record is not None:
                start, place = marker, int(record[0])

        async def batches(begin: bytes, stop: bytes | None, most: int) -> AsyncIterator[Record]:
            at = place if begin == marker and id else -(2**62)
            for row in await tx.all(
                SQL.list_versions, bucket=bucket.ordinal, start=begin, place=at, stop=stop, most=max(most, 1)
            ):
                yield row

        return await page(wanted, start, batches)

    found = await storage.store.read(work)
    written = wanted.written
    body = (
        f"<Name>{bucket.name}</Name><Prefix>{written(wanted.prefix)}</Prefix><KeyMarker>{written(marker)}</KeyMarker>"
        f"<VersionIdMarker>{xml.escape(id)}</VersionIdMarker><MaxKeys>{wanted.most}</MaxKeys>{_shared(wanted)}"
        f"<IsTruncated>{'false' if found.last is None else 'true'}</IsTruncated>"
    )
    if found.last is not None:
        body += f"<NextKeyMarker>{written(found.last)}</NextKeyMarker>"
        body += xml.optional("NextVersionIdMarker", found.last_version)
    listed = "".join([_version(row, written) for row in found.rows])
    return Answer(200, xml.write("ListVersionsResult", body, listed, _prefixes(found, written)))


def _version(row: Record, written: Callable[[bytes], str]) -> str:
    key, _, version, latest, marker, size, etag, modified, owner, name, head = row
    start = (
        f"<Key>{written(bytes(key))}</Key><VersionId>{version}</VersionId>"
        f"<IsLatest>{'true' if latest else 'false'}</IsLatest><LastModified>{instants.iso(modified)}</LastModified>"
    )
    if marker:
        return f"<DeleteMarker>{start}{acl.owner_xml(owner, name)}</DeleteMarker>"
    return (
        f"<Version>{start}<ETag>&quot;{etag}&quot;</ETag>{_checksum(head)}<Size>{size}</Size>"
        f"{acl.owner_xml(owner, name)}<StorageClass>STANDARD</StorageClass></Version>"
    )
