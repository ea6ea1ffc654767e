"""Copies new versions of replicated buckets to where their rules send them.

A version is queued in the unit of work that writes it. It is written at the target, with its id, in the unit of work
that takes it off the queue: so it arrives once, whoever dies and however many processes there are. The versions of a
key arrive in the order in which they were written.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ionstack.errors import S3Error
from ionstack.objectstorage import objects, records, xml
from ionstack.objectstorage.apart import Apart
from ionstack.objectstorage.blobs.bodies import Stored
from ionstack.objectstorage.encryption import keys
from ionstack.objectstorage.operations.copy import duplicate
from ionstack.objectstorage.records import ENABLED, Bucket, Head, Version
from ionstack.objectstorage.replication.rules import COMPLETED, FAILED, REPLICA, STATUS, find, rules
from ionstack.objectstorage.storage import SQL, Storage
from ionstack.store.port import Tx

log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between two looks at the queue."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A version on the queue, None if it is gone, and where it goes, None if it stays after all."""

    ordinal: int
    source: Bucket
    version: Version | None
    target: Bucket | None


async def prove(storage: Storage, bucket: Bucket, document: str) -> None:
    """Raises S3Error unless this bucket and all targets keep versions, and the targets are of the same people."""
    if bucket.versioning != ENABLED:
        raise S3Error("InvalidRequest", "Versioning must be enabled on the bucket to apply replication to it")
    for rule in rules(document):
        target = await storage.bucket(rule.target)
        if target is None or not _may_take(bucket, target):
            raise S3Error(
                "InvalidRequest",
                f"The destination {xml.escape(rule.target)} must be another bucket of yours with versioning enabled",
            )


def _may_take(source: Bucket, target: Bucket) -> bool:
    ours = target.owner == source.owner or (target.kind == "contract" and target.contract == source.contract)
    return ours and target.versioning == ENABLED and target.ordinal != source.ordinal


async def run(storage: Storage) -> int:
    """Empty the queue; how many versions arrived. One that fails waits, and later ones of its key; the first
    failure is raised at the end."""
    arrived, after, apart = 0, 0, Apart()
    while (queued := await _next(storage, after)) is not None:
        after = queued.ordinal
        with apart.one():
            arrived += await _replicate(storage, queued)
    apart.end()
    return arrived


async def _next(storage: Storage, after: int) -> Queued | None:
    """The next on the queue."""

    async def work(tx: Tx) -> Queued | None:
        row = await tx.one(SQL.replica_next, after=after)
        if row is None:
            return None
        ordinal, key, id = row[0], bytes(row[1]), row[2]
        source = records.bucket(row[3:])
        version = await objects.find(tx, source, key, id)
        if version is None:
            return Queued(ordinal, source, None, None)
        rule = find(source, key, version.tags, marker=version.marker)
        record = await tx.one(SQL.bucket, name=rule.target) if rule else None
        target = records.bucket(record) if record else None
        return Queued(ordinal, source, version, target if target and _may_take(source, target) else None)

    return await storage.store.read(work)


async def _replicate(storage: Storage, queued: Queued) -> bool:
    version, target = queued.version, queued.target
    sealed = version.head.extra.get("sse") if version else None
    if version is None or target is None or (sealed and sealed["kind"] == "customer"):
        return await _settle(storage, queued, None, {})
    try:
        stored, extra = await _body(storage, version, target)
    except FileNotFoundError:
        return False
    arrived = await _settle(storage, queued, stored, extra)
    if not arrived:
        await storage.blobs.drop(stored.parts)
    return arrived


async def _body(storage: Storage, version: Version, target: Bucket) -> tuple[Stored, dict[str, object]]:
    """The body under names of its own, encrypted if it was or the target wants it."""
    opened = keys.for_reading(version.head, {}, storage.wrapping)
    asked = {keys.SSE: "AES256"} if opened else {}
    cipher, extra = keys.for_writing(asked, target, storage.wrapping)
    stored, _ = await duplicate(storage, version, opened, cipher)
    return stored, extra


async def _settle(storage: Storage, queued: Queued, stored: Stored | None, extra: dict[str, object]) -> bool:
    """Write the replica, or that there is none, and take the version off the queue. False if another did."""
    version, target = queued.version, queued.target

    async def work(tx: Tx) -> bool:
        if version is not None:
            await objects.hold(tx, queued.source, version.key)
        if not await tx.all(SQL.replica_drop, ordinal=queued.ordinal) or version is None:
            return False
        written = stored is not None and target is not None
        if stored is not None and target is not None:
            kept = {name: said for name, said in version.head.extra.items() if name not in ("sse", STATUS)}
            head = Head(version.head.system, version.head.user, {**kept, **extra, STATUS: REPLICA})
            await objects.adopt(tx, target, version._replace(head=head), stored)
        if not version.marker:
            told = version.head.knowing({STATUS: COMPLETED if written else FAILED})
            await tx.run(
                SQL.version_head, bucket=queued.source.ordinal, key=version.key, version=version.version,
                head=told.text(),
            )  # fmt: skip
        return written

    try:
        return await storage.naming(stored.parts if stored else (), work)
    except S3Error as gone:
        log.info("a version stays where it is: %s", gone.code)
        return False
