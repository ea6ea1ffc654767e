"""What the handlers of Object Storage are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ionstack.engine.clock import Clock, Past
from ionstack.errors import StoreFull, StoreUnavailable
from ionstack.identity.contracts import get_past
from ionstack.identity.recent import Recent
from ionstack.identity.vault import Vault
from ionstack.objectstorage import records
from ionstack.objectstorage.blobs.bodies import Blobs
from ionstack.objectstorage.encryption.wrapping import wrapping
from ionstack.objectstorage.people import Keys
from ionstack.objectstorage.records import Blob, Bucket
from ionstack.objectstorage.wake import Wake
from ionstack.store.port import Record, Store, T, Value, Work
from ionstack.store.relaxed import Relaxed
from ionstack.store.statement import Statement, statements

SQL = statements("objectstorage")


@dataclass(frozen=True, slots=True)
class Storage:
    """The store, the blobs, and what else a handler needs. `wrapping` encrypts the keys of bodies."""

    store: Store
    blobs: Blobs
    wrapping: Vault
    clock: Clock
    keys: Keys
    _buckets: Recent[str, tuple[int, Bucket | None]]
    wake: Wake = field(default_factory=Wake)

    async def bucket(self, name: str) -> Bucket | None:
        """A bucket by its name, as it is now; None if there is none."""
        if "\0" in name:
            return None
        commits = self.store.commits
        if commits is not None:
            held = self._buckets.get(name)
            if held is not None and held[0] == commits:
                return held[1]

        record = await self.store.one(SQL.bucket, name=name)
        found = None if record is None else records.bucket(record)
        if commits is not None:
            self._buckets.put(name, (commits, found))
        return found

    async def rows(self, statement: Statement, **values: Value) -> list[Record]:
        """All that one statement finds."""
        return list(await self.store.read(lambda tx: tx.all(statement, **values)))

    async def past(self, bucket: Bucket) -> Past:
        """All that the clock of a bucket's contract was set to."""
        return await self.store.read(lambda tx: get_past(tx, bucket.contract))

    async def naming(self, blobs: Sequence[Blob], work: Work[T]) -> T:
        """Commit rows that name new blobs, which go if that fails. When the store went away the rows may be there
        nevertheless: then the blobs stay, and the sweep takes those that no row names."""
        try:
            return await self.store.write(work, brief=True, cached=False)
        except Exception as failed:
            if not isinstance(failed, StoreUnavailable) or isinstance(failed, StoreFull):
                await self.blobs.drop(blobs)
            raise


async def storage(store: Store, blobs: Blobs, vault: Vault, clock: Clock, *, durable: bool = True) -> Storage:
    """A storage over a store and its blobs. Unless `durable`, what it writes does not wait for the disk."""
    kept = store if durable else Relaxed(store)
    return Storage(kept, blobs, await wrapping(store, vault), clock, Keys(store, vault), Recent(4096))
