"""Access logs: a line for each call of a bucket that is logged, written into its target bucket in bundles.

A line waits in the store. A bundle is taken and its object written in one unit of work, so that each line is
written once, whoever dies and however many processes there are. What is lost is the line of a call whose process
dies between its answer and its line.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote

from ionstack.engine.clock import SECOND
from ionstack.errors import S3Error, StoreUnavailable
from ionstack.objectstorage import objects, records, xml
from ionstack.objectstorage.apart import Apart
from ionstack.objectstorage.blobs.bodies import Stored
from ionstack.objectstorage.call import Call
from ionstack.objectstorage.documents.settings import DELIVERY_TIME, EVENT_TIME, LOGGING
from ionstack.objectstorage.encryption import keys
from ionstack.objectstorage.objects import New
from ionstack.objectstorage.records import Blob, Bucket, Draft, Head
from ionstack.objectstorage.storage import SQL, Storage
from ionstack.store.port import Record, Tx

log = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds between two bundles."""

_MOST = 1000
_NAMED = {
    "POSTObject": "REST.POST.OBJECT", "CopyObject": "REST.COPY.OBJECT", "UploadPart": "REST.PUT.PART",
    "UploadPartCopy": "REST.COPY.PART", "CompleteMultipartUpload": "REST.POST.UPLOAD",
    "AbortMultipartUpload": "REST.DELETE.UPLOAD", "ListParts": "REST.GET.UPLOAD",
    "DeleteObjects": "REST.POST.MULTI_OBJECT_DELETE", "ListObjectsV2": "REST.GET.BUCKET",
}  # fmt: skip
_WRITTEN, _READ = ("PutObject", "UploadPart"), ("GetObject", "HeadObject")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended. `error` is a code or empty, `sent` the bytes of the body, `seconds` the time it took,
    `told` the headers of the answer."""

    operation: str
    sub: str
    uri: str
    status: int
    error: str
    sent: int
    seconds: float
    told: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Aim:
    """To which bucket calls are logged, and under which names: `source` says what day partitions them, if any."""

    bucket: str
    prefix: str
    source: str


@lru_cache(maxsize=256)
def _aim(document: str) -> Aim:
    """Where a kept document sends the lines."""
    enabled = xml.read(document.encode(), "BucketLoggingStatus").one("LoggingEnabled")
    form = enabled.maybe("TargetObjectKeyFormat")
    parted = form.maybe("PartitionedPrefix") if form else None
    source = (parted.get("PartitionDateSource") or DELIVERY_TIME) if parted else ""
    return Aim(enabled.one("TargetBucket").text, enabled.one("TargetPrefix").text, source)


async def prove(storage: Storage, bucket: Bucket, document: str) -> None:
    """Raises S3Error unless the target is there and of the same owner; an empty document switches logging off."""
    if not document:
        return
    named = _aim(document).bucket
    found = await storage.bucket(named)
    if found is None or found.owner != bucket.owner:
        raise S3Error("InvalidTargetBucketForLogging", TargetBucket=named)


async def note(storage: Storage, call: Call, outcome: Outcome) -> None:
    """Let the line of a call wait, whose bucket is logged."""
    place = call.place
    aim = _aim(place.configs[LOGGING])
    prefix, day = aim.prefix, aim.source
    if aim.source:
        prefix += f"{place.contract}/{place.region}/{place.name}/"
    if aim.source == EVENT_TIME:
        day = f"{_date(call.now):%Y-%m-%d}"

    async def work(tx: Tx) -> None:
        await tx.run(
            SQL.log_add, bucket=place.ordinal, target=aim.bucket, prefix=prefix, line=line(call, outcome),
            owner=place.owner, day=day,
        )  # fmt: skip

    try:
        await storage.store.write(work, brief=True, cached=False)
    except StoreUnavailable as away:
        log.warning("a line of an access log is lost: %s", away)


def line(call: Call, outcome: Outcome) -> str:
    """A line in the format of S3's server access logs."""
    bucket, took = call.place, round(outcome.seconds * 1000)
    signed = "QueryString" if call.presigned else "AuthHeader"
    at = _date(call.now)
    fields = [
        bucket.owner, bucket.name, f"[{at:%d/%b/%Y:%H:%M:%S +0000}]", call.address, call.caller.canonical,
        call.request_id, _operation(call, outcome), quote(call.key), f'"{call.method} {outcome.uri} HTTP/1.1"',
        outcome.status, outcome.error, outcome.sent or "", _size(call, outcome), took, took, _quoted(call.headers.get("referer")),
        _quoted(call.headers.get("user-agent")), _version(call, outcome), "ionstack",
        "" if call.caller.anonymous else "SigV4", "", "" if call.caller.anonymous else signed, call.host, "", "", "",
    ]  # fmt: skip
    return " ".join("-" if value is None or value == "" else str(value) for value in fields)


def _size(call: Call, outcome: Outcome) -> int | str:
    """The size of the object that was written or read; empty where the answer does not tell it."""
    if outcome.status >= 300 or not call.key:
        return ""
    if outcome.operation in _WRITTEN:
        return call.body.length or ""
    whole = outcome.told.get("Content-Range", "").rpartition("/")[2]
    return whole or (outcome.told.get("Content-Length", "") if outcome.operation in _READ else "")


def _version(call: Call, outcome: Outcome) -> str | None:
    return call.query.get("versionId") or outcome.told.get("x-amz-version-id")


def _operation(call: Call, outcome: Outcome) -> str:
    level = "OBJECT" if call.key else "BUCKET"
    noun = outcome.sub.replace("-", "_").upper() or level
    return _NAMED.get(outcome.operation, f"REST.{call.method}.{noun}")


def _quoted(text: str | None) -> str:
    return '"{}"'.format(text.replace('"', "%22").replace("\n", " ")) if text else '"-"'


async def write(storage: Storage) -> int:
    """Write all that waits; how many objects it became. The first failure is raised after all was tried."""
    written, apart = 0, Apart()
    for group in await storage.rows(SQL.log_groups):
        with apart.one():
            while await _bundle(storage, group):
                written += 1
    apart.end()
    return written


async def _bundle(storage: Storage, group: Record) -> bool:
    """Write one object of a group; whether there was anything to write and a bucket to take it."""
    ordinal, name, prefix, owner, day = group
    now, dropped = storage.clock.wall(), list[Blob]()

    async def work(tx: Tx) -> bool:
        dropped.clear()
        rows = await tx.all(SQL.log_take, bucket=ordinal, target=name, prefix=prefix, day=day, most=_MOST)
        record = await tx.one(SQL.bucket, name=name)
        if not rows or record is None or records.bucket(record).owner != owner:
            return False
        place = records.bucket(record)
        data = "".join(f"{text}\n" for _, text in sorted(tuple(row) for row in rows)).encode()
        new = _new(storage, place, data)
        dropped.extend((await objects.put(tx, place, _key(prefix, day, now), new, now, None)).dropped)
        return True

    done = await storage.store.write(work)
    await storage.blobs.drop(dropped)
    return done


def _new(storage: Storage, place: Bucket, data: bytes) -> New:
    cipher, extra = keys.for_writing({}, place, storage.wrapping)
    stored = Stored(cipher.encrypt("", 0, data) if cipher else data, [], len(data))
    etag = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return New(
        stored, etag, Draft(Head({"Content-Type": "text/plain"}, {}, extra)), (place.owner, place.owner_name)
    )


def _key(prefix: str, day: str, now: int) -> bytes:
    """The name of a log. One that is partitioned by the day of its events has no time of day."""
    at = _date(now) if day in ("", DELIVERY_TIME) else datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    folder = f"{at:%Y/%m/%d}/" if day else ""
    return f"{prefix}{folder}{at:%Y-%m-%d-%H-%M-%S}-{secrets.token_hex(8).upper()}".encode()


def _date(wall: int) -> datetime:
    return datetime.fromtimestamp(wall // SECOND, UTC)
