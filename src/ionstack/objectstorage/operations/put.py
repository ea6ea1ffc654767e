"""PutObject, and what every way of making an object shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ionstack.errors import S3Error
from ionstack.objectstorage import conditions, headers, objects, usage
from ionstack.objectstorage.access import acl, decide
from ionstack.objectstorage.call import Answer, Call
from ionstack.objectstorage.conditions import Condition
from ionstack.objectstorage.documents import ownership, public_access
from ionstack.objectstorage.encryption import keys
from ionstack.objectstorage.lifecycle import announce
from ionstack.objectstorage.objects import New, Written
from ionstack.objectstorage.records import ENABLED, Bucket, Draft, Head
from ionstack.objectstorage.storage import Storage
from ionstack.store.port import Tx

MOST_BYTES = {"user": 5_000_000_000, "contract": 5 * 1024**3}
"""Bytes of the largest body of one PUT, by kind of bucket."""


async def put_object(storage: Storage, call: Call) -> Answer:
    """Write an object."""
    bucket = call.place
    tags = headers.tags_of(call.headers)
    decide.require(call, "s3:PutObject", call.key, adds={"request tags": tags})
    if call.body.length is None and "transfer-encoding" not in call.headers:
        raise S3Error("MissingContentLength")
    cipher, extra = keys.for_writing(call.headers, bucket, storage.wrapping)
    draft = await drafted(storage, call, headers.head_of(call.headers, extra), tags)
    call.body.also("CRC64NVME") if "x-amz-sdk-checksum-algorithm" in call.headers else None
    stored = await storage.blobs.take(call.body, cipher, most=MOST_BYTES[bucket.kind])
    if call.body.checksum:
        kept = headers.checksum_extra(call.body.algorithm, call.body.checksum)
        draft = with_extra(draft, kept)
    new = New(stored, call.body.md5, draft, owner_of(call, bucket))
    written = await write(storage, call, bucket, call.raw_key, new, conditions.for_writing(call.headers))
    found = {"ETag": f'"{new.etag}"', **headers.encryption(draft.head), **headers.checksum(draft.head)}
    return Answer(200, b"", found | await told_of(storage, call, new, written.version))


async def told_of(storage: Storage, call: Call, new: New | None, version: str) -> dict[str, str]:
    """The headers that tell of a version: its id where versions are kept, and of a new one when it will expire."""
    found = {"x-amz-version-id": version} if call.place.versioning == ENABLED else {}
    if new is not None:
        found |= await announce.of_new(storage, call.place, call.raw_key, new, call.now)
    return found


def with_extra(draft: Draft, extra: Mapping[str, Any]) -> Draft:
    """A draft that knows more."""
    return replace(draft, head=draft.head.knowing(extra))


async def drafted(storage: Storage, call: Call, head: Head, tags: str, bucket: Bucket | None = None) -> Draft:
    """What goes with a new object, as the headers ask for it. Raises S3Error."""
    place = bucket or call.place
    retention, hold = headers.locks(call, place)
    granted = await acl_of(storage, call, place) if acl.asks(call.headers) else ""
    return Draft(head, granted, tags, retention.mode, retention.until, hold)


async def acl_of(storage: Storage, call: Call, bucket: Bucket) -> str:
    """The ACL that a new object's headers ask for. Raises S3Error."""
    if ownership.enforced(bucket) and call.headers.get("x-amz-acl") != "bucket-owner-full-control":
        raise S3Error("AccessControlListNotSupported")

    async def work(tx: Tx) -> str:
        return await acl.of_headers(
            tx, call.headers, owner_of(call, bucket), (bucket.owner, bucket.owner_name)
        )

    granted = await storage.store.read(work)
    if public_access.of(bucket).block_acls and acl.is_public(granted):
        raise S3Error("AccessDenied")
    return granted


def owner_of(call: Call, bucket: Bucket) -> tuple[str, str]:
    """Whose a new object is."""
    rule = ownership.rule(bucket)
    given_away = rule == ownership.PREFERRED and call.headers.get("x-amz-acl") == "bucket-owner-full-control"
    if call.caller.anonymous or bucket.kind == "contract" or rule == ownership.ENFORCED or given_away:
        return bucket.owner, bucket.owner_name
    return call.caller.canonical, call.caller.name


async def write(
    storage: Storage, call: Call, bucket: Bucket, key: bytes, new: New, condition: Condition | None
) -> Written:
    """Commit a version; what it takes the place of is removed, and its own blobs are if that fails."""

    async def work(tx: Tx) -> Written:
        written = await objects.put(tx, bucket, key, new, call.now, condition)
        await usage.prove(tx, bucket.contract, written.quota)
        return written

    written = await storage.naming(new.stored.parts, work)
    if written.dropped:
        await storage.blobs.drop(written.dropped)
    return written
