"""Carries out the lifecycle rules of all buckets, on the clocks of their contracts.

A run reads pages of versions and removes what is due, each after another look inside the unit of work that
removes it: so a run may be broken off at any moment, be done again, and be done by several processes at once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from ionstack.engine.clock import Past, World
from ionstack.errors import S3Error
from ionstack.objectstorage import objects, records
from ionstack.objectstorage.apart import Apart
from ionstack.objectstorage.documents import lifecycle
from ionstack.objectstorage.lifecycle.rules import DAY, Rule, rules
from ionstack.objectstorage.objects import Deleted
from ionstack.objectstorage.records import Blob, Bucket, Version
from ionstack.objectstorage.storage import SQL, Storage
from ionstack.store.port import Record, Tx

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """A version or marker as a page shows it. `since` is when it ceased to be current (wall µs; 0 for a current
    one), `newer` how many such are newer, `alone` whether its key has no other."""

    key: bytes
    place: int
    version: str
    latest: bool
    marker: bool
    size: int
    modified: int
    tags: str
    since: int = 0
    newer: int = 0
    alone: bool = False


class Lifecycle:
    """Carries the rules out; it knows which buckets it looked through on which day."""

    EVERY = 10.0
    """Seconds between two looks at whether a day has passed, or a document changed."""

    def __init__(self) -> None:
        self._done: dict[int, tuple[int, int]] = {}

    async def run(self, storage: Storage) -> int:
        """Look through what was not looked through today; how many versions, markers and uploads were removed.

        A bucket that fails leaves the others alone; the first failure is raised at the end.
        """
        removed, wall, apart = 0, storage.clock.wall(), Apart()
        for bucket, world in await _buckets(storage):
            day = (world.at(wall) // DAY, bucket.revision)
            if self._done.get(bucket.ordinal) != day:
                with apart.one():
                    removed += await _Run(storage, bucket, await storage.past(bucket)).all()
                    self._done[bucket.ordinal] = day
        apart.end()
        return removed


async def _buckets(storage: Storage) -> list[tuple[Bucket, World]]:
    rows = await storage.rows(SQL.lifecycle_buckets)
    return [(records.bucket(row[:-3]), World(*row[-3:])) for row in rows]


def _seen(row: Record, before: Seen | None, after: Record | None) -> Seen:
    """A row, with what the one before it and the one after it say of it."""
    key = bytes(row[0])
    above = before if before is not None and before.key == key else None
    return Seen(
        key, row[1], row[2], bool(row[3]), bool(row[4]), row[5], row[6], row[7],
        since=above.modified if above else 0,
        newer=above.newer + 1 if above and not above.latest else 0,
        alone=above is None and (after is None or bytes(after[0]) != key),
    )  # fmt: skip


class _Run:
    """A pass through one bucket."""

    def __init__(self, storage: Storage, bucket: Bucket, past: Past) -> None:
        self._storage, self._bucket, self._at = storage, bucket, past.at
        self._rules: Sequence[Rule] = rules(bucket.configs[lifecycle.NAME])
        self._now = past.at(storage.clock.wall())

    async def all(self) -> int:
        removed = 0
        async for page in self._pages():
            due = [one for one in page if self._due(one)]
            removed += await self._remove(due)
        if any(rule.abort_days is not None for rule in self._rules):
            removed += await self._abort()
        return removed

    def _due(self, one: Seen) -> bool:
        fitting = [rule for rule in self._rules if rule.is_for(one.key, one.size, one.tags)]
        if not one.latest:
            return any(rule.ends_noncurrent(self._at(one.since), one.newer, self._now) for rule in fitting)
        if one.marker:
            return one.alone and any(rule.ends_marker(self._at(one.modified), self._now) for rule in fitting)
        return any(rule.ends(self._at(one.modified), self._now) for rule in fitting)

    async def _pages(self) -> AsyncIterator[list[Seen]]:
        """All versions, newest first below each key, with what their neighbours say of them."""
        before: Seen | None = None
        rows = await self._rows(b"", -(1 << 62))
        while rows:
            following = await self._rows(bytes(rows[-1][0]), rows[-1][1]) if len(rows) == _PAGE else []
            page = []
            for row, after in zip(rows, [*rows[1:], *following[:1], None], strict=False):
                before = _seen(row, before, after)
                page.append(before)
            yield page
            rows = following

    async def _rows(self, start: bytes, place: int) -> list[Record]:
        bucket = self._bucket.ordinal
        return await self._storage.rows(
            SQL.lifecycle_page, bucket=bucket, start=start, place=place, most=_PAGE
        )

    async def _remove(self, due: Sequence[Seen]) -> int:
        async def work(tx: Tx) -> list[Deleted]:
            if not await self._ruled(tx):
                return []
            return [did for one in due if (did := await self._removed(tx, one)) is not None]

        if not due:
            return 0
        done = await self._storage.store.write(work)
        await self._storage.blobs.drop([blob for one in done for blob in one.dropped])
        return len(done)

    async def _ruled(self, tx: Tx) -> bool:
        """Whether the rules are still those of this run; they stay so until the unit of work ends."""
        record = await tx.one(SQL.bucket_lock, bucket=self._bucket.ordinal)
        return record is not None and int(record[0]) == self._bucket.revision

    async def _removed(self, tx: Tx, one: Seen) -> Deleted | None:
        """Remove one as a client would, if it is still what was seen and no lock keeps it."""

        def unchanged(found: Version | None) -> None:
            seen = (one.place, one.latest, one.modified, one.tags)
            if found is None or (found.place, found.latest, found.modified, found.tags) != seen:
                raise S3Error("PreconditionFailed")

        bucket, wall = self._bucket, self._storage.clock.wall()
        try:
            if not one.latest and not await self._still_due(tx, one):
                return None
            if one.latest and not one.marker:
                owner = (bucket.owner, bucket.owner_name)
                return await objects.delete(tx, bucket, one.key, owner, wall, unchanged, replicated=False)
            return await objects.delete_version(
                tx, bucket, one.key, one.version, wall, unchanged, bypass=False
            )
        except S3Error:
            return None

    async def _still_due(self, tx: Tx, one: Seen) -> bool:
        """Whether there are still as many newer versions that are not current as the rules leave."""
        await objects.hold(tx, self._bucket, one.key)
        record = await tx.one(SQL.newer_count, bucket=self._bucket.ordinal, key=one.key, place=one.place)
        newer = int(record[0]) if record else 0
        return self._due(replace(one, newer=newer))

    async def _abort(self) -> int:
        removed, start, after = 0, b"", ""
        while rows := await self._uploads(start, after):
            start, after = bytes(rows[-1][1]), rows[-1][0]
            for id, key, started, *_ in rows:
                if self._upload_due(bytes(key), started):
                    removed += await self._aborted(id, bytes(key))
        return removed

    def _upload_due(self, key: bytes, started: int) -> bool:
        return any(rule.ends_upload(key, self._at(started), self._now) for rule in self._rules)

    async def _uploads(self, start: bytes, after: str) -> list[Record]:
        bucket = self._bucket.ordinal
        return await self._storage.rows(SQL.uploads, bucket=bucket, start=start, after=after, most=_PAGE)

    async def _aborted(self, id: str, key: bytes) -> bool:
        async def work(tx: Tx) -> Sequence[Blob] | None:
            if not await self._ruled(tx):
                return None
            record = await tx.one(SQL.upload_lock, id=id, bucket=self._bucket.ordinal, key=key)
            if record is None or records.upload(record).done:
                return None
            return await objects.drop_upload(tx, self._bucket, id)

        dropped = await self._storage.store.write(work)
        await self._storage.blobs.drop(dropped or ())
        return dropped is not None
