"""Versions of objects in the store: writing, finding and deleting them, inside a unit of work."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from ionstack.errors import S3Error
from ionstack.objectstorage import records, usage
from ionstack.objectstorage.blobs.bodies import Stored
from ionstack.objectstorage.conditions import Condition
from ionstack.objectstorage.documents import lock
from ionstack.objectstorage.records import ENABLED, NULL, Blob, Bucket, Draft, Head, Version
from ionstack.objectstorage.replication import rules as replication
from ionstack.objectstorage.usage import Change
from ionstack.store.port import Store, Tx
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
    """The id of a version that was written; blobs that no row names any more; the contract's quota in bytes."""

    version: str
    dropped: Sequence[Blob]
    quota: int | None


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a DELETE did: the version's or marker's id, and whether it is a marker."""

    version: str = ""
    marker: bool = False
    dropped: Sequence[Blob] = ()


class Held(NamedTuple):
    """What is true of a bucket as long as it is held: its versioning, and the quota of its contract in bytes."""

    versioning: str
    quota: int | None


class Room(NamedTuple):
    """Where a new version goes: its id and place; what went for it."""

    id: str
    place: int
    dropped: Sequence[Blob] = ()
    change: Change = Change()


async def find(tx: Tx | Store, bucket: Bucket, key: bytes, version: str | None) -> Version | None:
    """A version, or the latest one."""
    if version is None:
        record = await tx.one(SQL.latest, bucket=bucket.ordinal, key=key)
    else:
        record = await tx.one(SQL.version, bucket=bucket.ordinal, key=key, version=version)
    return None if record is None else records.version(key, record)


async def hold(tx: Tx, bucket: Bucket, key: bytes) -> Held:
    """Keep others from changing a key and the bucket's state."""
    record = await tx.one(SQL.bucket_lock, bucket=bucket.ordinal)
    if record is None:
        raise S3Error("NoSuchBucket", BucketName=bucket.name)
    if tx.dialect == "postgresql":
        digest = blake2b(key, digest_size=4, key=bucket.ordinal.to_bytes(8, "big")).digest()
        await tx.one(
            SQL.key_lock, bucket=bucket.ordinal & 0x7FFFFFFF, hash=int.from_bytes(digest, "big", signed=True)
        )
    return Held(record[1], record[3])


async def put(tx: Tx, bucket: Bucket, key: bytes, new: New, now: int, condition: Condition | None) -> Written:
    """Write a version that becomes the latest. Raises S3Error (NoSuchBucket, what `condition` raises)."""
    held = await hold(tx, bucket, key)
    if condition is not None:
        condition(await find(tx, bucket, key, None))
    draft, stored = new.draft, new.stored
    room = await _room(tx, bucket, key, held.versioning, now)
    version = Version(
        key, room.place, room.id, True, False, stored.size, new.etag, now, *new.owner, draft.head, draft.acl, draft.tags,
        draft.lock_mode, draft.lock_until, draft.hold, stored.inline, stored.parts,
    )  # fmt: skip
    await _add(tx, bucket, await _queued(tx, bucket, version, held.versioning), room)
    return Written(room.id, room.dropped, held.quota)


async def _add(tx: Tx, bucket: Bucket, version: Version, room: Room) -> None:
    """Write a row, which is the latest of its key, and count it and what went for it."""
    await usage.count(tx, bucket.ordinal, room.change.also(Change(0 if version.marker else 1, version.size)))
    await tx.run(
        SQL.version_add, bucket=bucket.ordinal, key=version.key, place=version.place, version=version.version,
        marker=version.marker, size=version.size, etag=version.etag, modified=version.modified, owner=version.owner,
        owner_name=version.owner_name, head=version.head.text(), acl=version.acl, tags=version.tags,
        lock_mode=version.lock_mode, lock_until=version.lock_until, hold=version.hold, inline=version.inline,
        parts=records.blobs_text(version.parts),
    )  # fmt: skip


async def _queued(tx: Tx, bucket: Bucket, version: Version, versioning: str) -> Version:
    """A new version or marker, on the queue for replication if a rule is for it; a version then says so."""
    if versioning != ENABLED or not replication.find(
        bucket, version.key, version.tags, marker=version.marker
    ):
        return version
    await tx.run(SQL.replica_add, bucket=bucket.ordinal, key=version.key, version=version.version)
    if version.marker:
        return version
    return version._replace(head=version.head.knowing({replication.STATUS: replication.PENDING}))


async def _room(tx: Tx, bucket: Bucket, key: bytes, versioning: str, now: int) -> Room:
    """The id and place of a new version; what it takes the place of is gone."""
    room = Room(secrets.token_hex(16), -now)
    if versioning != ENABLED:
        room = Room(NULL, -now, *await _dropped(tx, bucket, key, NULL))
        if not versioning:
            return room
    first = await tx.one(SQL.first_place, bucket=bucket.ordinal, key=key)
    await tx.run(SQL.no_longer_latest, bucket=bucket.ordinal, key=key)
    return room if first is None else room._replace(place=min(-now, int(first[0]) - 1))


async def _dropped(tx: Tx, bucket: Bucket, key: bytes, version: str) -> tuple[Sequence[Blob], Change]:
    """Remove the row of a version or marker, if there is one: its blobs, and what the bucket holds less."""
    record = await tx.one(SQL.version_drop, bucket=bucket.ordinal, key=key, version=version)
    if record is None:
        return (), Change()
    return records.blobs(record[0]), Change(0 if record[2] else -1, -record[1])


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
    versioning, _ = await hold(tx, bucket, key)
    if condition is not None:
        found = await find(tx, bucket, key, None)
        condition(found)
        if found is None:
            return Deleted()
    if not versioning:
        dropped, change = await _dropped(tx, bucket, key, NULL)
        await usage.count(tx, bucket.ordinal, change)
        return Deleted(dropped=dropped)
    room = await _room(tx, bucket, key, versioning, now)
    marker = Version(
        key, room.place, room.id, True, True, 0, "", now, *owner, Head(), "", "", "", 0, False, None, ()
    )
    await _add(tx, bucket, await _queued(tx, bucket, marker, versioning) if replicated else marker, room)
    return Deleted(room.id, True, room.dropped)


async def adopt(tx: Tx, bucket: Bucket, version: Version, stored: Stored) -> None:
    """Write a version of another bucket under its id, as the latest; nothing if it is there. Raises S3Error."""
    (versioning, _), key = await hold(tx, bucket, version.key), version.key
    if versioning != ENABLED:
        raise S3Error("InvalidBucketState")
    if await find(tx, bucket, key, version.version) is not None:
        return
    room = await _room(tx, bucket, key, versioning, version.modified)
    if not bucket.locked:
        version = version._replace(lock_mode="", lock_until=0, hold=False)
    adopted = version._replace(
        place=room.place, owner=bucket.owner, owner_name=bucket.owner_name, acl="", inline=stored.inline,
        parts=stored.parts,
    )  # fmt: skip
    await _add(tx, bucket, adopted, room)


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
    dropped, change = await _dropped(tx, bucket, key, version)
    await usage.count(tx, bucket.ordinal, change)
    if found.latest:
        await tx.run(SQL.first_is_latest, bucket=bucket.ordinal, key=key)
    return Deleted(version, found.marker, dropped)


async def drop_parts(tx: Tx, bucket: Bucket, upload: str) -> Sequence[Blob]:
    """Remove the rows of an upload's parts; the blobs that they named."""
    rows = await tx.all(SQL.parts_drop, upload=upload)
    await usage.count(tx, bucket.ordinal, Change(size=-sum(row[1] for row in rows)))
    return [blob for row in rows for blob in records.blobs(row[0])]


async def drop_upload(tx: Tx, bucket: Bucket, id: str) -> Sequence[Blob]:
    """Forget an upload; the blobs of its parts, which no row names any more."""
    dropped = await drop_parts(tx, bucket, id)
    await tx.run(SQL.upload_drop, id=id)
    return dropped
