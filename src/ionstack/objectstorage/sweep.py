"""Removes what nothing leads to any more: blobs that no row names, and records of uploads completed long ago.

A blob becomes an orphan when a process dies between writing it and committing its row, or when a contract goes
with all it has. Only blobs that are older than a day are looked at, so none is taken that a row is about to name.
"""

from __future__ import annotations

from ionstack.engine.clock import SECOND
from ionstack.objectstorage import records
from ionstack.objectstorage.storage import SQL, Storage
from ionstack.store.port import Record, Tx, Value

GRACE = 24 * 3600 * SECOND
"""How old (µs) a blob must be before it may be taken for an orphan."""

EVERY = 6 * 3600.0
"""Seconds between two sweeps."""

_PAGE = 1000


async def sweep(storage: Storage) -> int:
    """Remove the orphans; how many there were."""
    before = storage.clock.wall() - GRACE

    async def work(tx: Tx) -> None:
        await tx.run(SQL.stale_uploads, before=before)

    await storage.store.write(work)
    orphans = await storage.blobs.older(before)
    at: dict[str, Value] = {"bucket": 0, "key": b"", "place": 0}
    while orphans and (rows := await storage.rows(SQL.version_blobs, most=_PAGE, **at)):
        _keep(orphans, rows)
        at = {"bucket": rows[-1][0], "key": bytes(rows[-1][1]), "place": rows[-1][2]}
    at = {"upload": "", "number": 0}
    while orphans and (rows := await storage.rows(SQL.part_blobs, most=_PAGE, **at)):
        _keep(orphans, rows)
        at = {"upload": rows[-1][0], "number": rows[-1][1]}
    await storage.blobs.sweep(orphans)
    return len(orphans)


def _keep(orphans: set[str], rows: list[Record]) -> None:
    """What a row names is no orphan."""
    for row in rows:
        for blob in records.blobs(row[-1]):
            orphans.discard(blob.name)
