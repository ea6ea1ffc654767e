"""Versions of objects in the store: writing, finding and deleting them, inside a unit of work."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from ionstack.errors import S3Error
from ionstack.objectstorage import records
from ionstack.objectstorage.blobs import Stored
from ionstack.objectstorage.conditions import Condition
from ionstack.objectstorage.documents import lock
from ionstack.objectstorage.records import ENABLED, NULL, Blob, Bucket, Draft, Head, Version
from ionstack.objectstorage.replication import rules as replication
from ionstack.store.port import Tx
from ionstack.store.statement import statements

SQL = statements("objectstorage")


@dataclass(frozen=True, slots=True)
class New:
    """A version to be written: its body, what goes with it, and whose it is (canonical id and name)."""

    stored: Stored
    etag: str
    draft: Draft
    owner: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Written:
    """The id of a version that was written; blobs that no row names any more."""

    version: str
    dropped: Sequence[Blob]


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a DELETE did: the version's or marker's id, and whether it is a marker."""

    version: str = ""
    marker: bool = False
    dropped: Sequence[Blob] = ()


async def find(tx: Tx, bucket: Bucket, key: bytes, version: str | None) -> Version | None:
    """A version, or the latest one."""
    if version is None:
        record = await tx.one(SQL.latest, bucket=bucket.ordinal, key=key)
    else:
        record = await tx.one(SQL.version, bucket=bucket.ordinal, key=key, version=version)
    return None if record is None else records.version(key, record)


async def hold(tx: Tx, bucket: Bucket, key: bytes) -> str:
    """Keep others from changing a key and the bucket's state; what versioning the bucket has."""
    record = await tx.one(SQL.bucket_lock, bucket=bucket.ordinal)
    if record is None:
        raise S3Error("NoSuchBucket", BucketName=bucket.name)
    if tx.dialect == "postgresql":
        digest = blake2b(key, digest_size=4, key=bucket.ordinal.to_bytes(8, "big")).digest()
        await tx.one(
            SQL.key_lock, bucket=bucket.ordinal & 0x7FFFFFFF, hash=int.from_bytes(digest, "big", signed=True)
        )
    versioning: str = record[1]
    return versioning


async def put(tx: Tx, bucket: Bucket, key: bytes, new: New, now: int, condition: Condition | None) -> Written:
    """Write a version that becomes the latest. Raises S3Error (NoSuchBucket, what `condition` raises)."""
    versioning = await hold(tx, bucket, key)
    if condition is not None:
        condition(await find(tx, bucket, key, None))
    draft, stored = new.draft, new.stored
    version, place, dropped = await _room(tx, bucket, key, versioning, now)
    if bucket.configs and replication.find(bucket, key, draft.tags) and versioning == ENABLED:
        draft = replace(draft, head=_pending(draft.head))
        await tx.run(SQL.replica_add, bucket=bucket.ordinal, key=key, version=version)
    await tx.run(
        SQL.version_add, bucket=bucket.ordinal, key=key, place=place, version=version, marker=False,
        size=stored.size, etag=new.etag, modified=now, owner=new.owner[0], owner_name=new.owner[1],
        head=draft.head.text(), acl=draft.acl, tags=draft.tags, lock_mode=draft.lock_mode,
        lock_until=draft.lock_until, hold=draft.hold, inline=stored.inline, parts=records.blobs_text(stored.parts),
    )  # fmt: skip
    return Written(version, dropped)


async def _room(
    tx: Tx, bucket: Bucket, key: bytes, versioning: str, now: int
) -> tuple[str, int, Sequence[Blob]]:
    """The id and place of a new version; what it takes the place of is gone."""
    version = secrets.token_hex(16)
    dropped: list[Blob] = []
    if versioning != ENABLED:
        version = NULL
        for record in await tx.all(SQL.version_drop, bucket=bucket.ordinal, key=key, version=NULL):
            dropped.extend(records.blobs(record[0]))
        if not versioning:
            return version, -now, dropped
    first = await tx.one(SQL.first_place, bucket=bucket.ordinal, key=key)
    place = -now if first is None else min(-now, int(first[0]) - 1)
    await tx.run(SQL.no_longer_latest, bucket=bucket.ordinal, key=key)
    return version, place, dropped


async def delete(
    tx: Tx,
    bucket: Bucket,
    key: bytes,
    owner: tuple[str, str],
    now: int,
    condition: Condition | None,
    *,
    replicated: bool = True,
) -> Deleted:
    """Delete what is at a key: by a marker where versioning is or was on. `replicated` says if rules may copy it."""
    versioning = await hold(tx, bucket, key)
    if condition is not None:
        found = await find(tx, bucket, key, None)
        condition(found)
        if found is None:
            return Deleted()
    if not versioning:
        rows = await tx.all(SQL.version_drop, bucket=bucket.ordinal, key=key, version=NULL)
        return Deleted(dropped=[blob for row in rows for blob in records.blobs(row[0])])
    version, place, dropped = await _room(tx, bucket, key, versioning, now)
    await tx.run(
        SQL.version_add, bucket=bucket.ordinal, key=key, place=place, version=version, marker=True, size=0, etag="",
        modified=now, owner=owner[0], owner_name=owner[1], head='[{},{},{}]', acl="", tags="", lock_mode="",
        lock_until=0, hold=False, inline=None, parts="",
    )  # fmt: skip
    found_rule = replicated and bucket.configs and replication.find(bucket, key, "", marker=True)
    if found_rule and versioning == ENABLED:
        await tx.run(SQL.replica_add, bucket=bucket.ordinal, key=key, version=version)
    return Deleted(version, True, dropped)


def _pending(head: Head) -> Head:
    return Head(head.system, head.user, {**head.extra, replication.STATUS: replication.PENDING})


async def adopt(tx: Tx, bucket: Bucket, version: Version, stored: Stored) -> None:
    """Write a version of another bucket under its id, as the latest; nothing if it is there. Raises S3Error."""
    versioning, key = await hold(tx, bucket, version.key), version.key
    if versioning != ENABLED:
        raise S3Error("InvalidBucketState")
    if await find(tx, bucket, key, version.version) is not None:
        return
    _, place, _ = await _room(tx, bucket, key, versioning, version.modified)
    kept = (version.lock_mode, version.lock_until, version.hold) if bucket.locked else ("", 0, False)
    await tx.run(
        SQL.version_add, bucket=bucket.ordinal, key=key, place=place, version=version.version, marker=version.marker,
        size=version.size, etag=version.etag, modified=version.modified, owner=bucket.owner,
        owner_name=bucket.owner_name, head=version.head.text(), acl="", tags=version.tags, lock_mode=kept[0],
        lock_until=kept[1], hold=kept[2], inline=stored.inline, parts=records.blobs_text(stored.parts),
    )  # fmt: skip


async def delete_version(
    tx: Tx, bucket: Bucket, key: bytes, version: str, now: int, condition: Condition | None, *, bypass: bool
) -> Deleted:
    """Remove one version for good; none is no error. Raises S3Error if a lock keeps it."""
    await hold(tx, bucket, key)
    found = await find(tx, bucket, key, version)
    if condition is not None:
        condition(found)
    if found is None:
        return Deleted(version)
    lock.prove_removable(found, now, bypass=bypass)
    await tx.run(SQL.version_drop, bucket=bucket.ordinal, key=key, version=version)
    if found.latest:
        await tx.run(SQL.first_is_latest, bucket=bucket.ordinal, key=key)
    return Deleted(version, found.marker, found.parts)


async def drop_upload(tx: Tx, id: str) -> Sequence[Blob]:
    """Forget an upload; the blobs of its parts, which no row names any more."""
    rows = await tx.all(SQL.parts_drop, upload=id)
    await tx.run(SQL.upload_drop, id=id)
    return [blob for row in rows for blob in records.blobs(row[1])]
