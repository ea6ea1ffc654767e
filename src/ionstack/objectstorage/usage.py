"""What buckets hold: versions, and bytes in them and in uploads under way; and what contracts may hold.

Whoever writes or removes a row says so in the same unit of work. Each connection of PostgreSQL counts in a row of its
own, so that those who write to one bucket do not wait for each other; the sum of the rows counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ionstack.errors import S3Error
from ionstack.store.port import Record, Tx
from ionstack.store.statement import statements

SQL = statements("objectstorage")


class Change(NamedTuple):
    """How many versions (without delete markers) and bytes come or go."""

    versions: int = 0
    size: int = 0

    def also(self, other: Change) -> Change:
        """Both changes together."""
        return Change(self.versions + other.versions, self.size + other.size)


async def count(tx: Tx, bucket: int, change: Change) -> None:
    """Count what a unit of work changes in a bucket, which is named by its ordinal."""
    if change != (0, 0):
        await tx.run(SQL.usage_count, bucket=bucket, versions=change.versions, size=change.size)


async def of_bucket(tx: Tx, bucket: int) -> tuple[int, int]:
    """Versions and bytes of a bucket."""
    record = await tx.one(SQL.usage, bucket=bucket)
    return (0, 0) if record is None else (int(record[0]), int(record[1]))


async def of_contract(tx: Tx, contract: int) -> int:
    """Bytes that all buckets of a contract hold."""
    record = await tx.one(SQL.usage_of_contract, contract=contract)
    return 0 if record is None else int(record[0])


async def prove(tx: Tx, contract: int, quota: int | None) -> None:
    """Raises S3Error (QuotaExceeded) if a contract now holds more bytes than its quota; None stands for no quota."""
    if quota is not None and await of_contract(tx, contract) > quota:
        raise S3Error("QuotaExceeded", f"The contract may keep {quota} bytes in Object Storage, and no more")


async def quota_of(tx: Tx, contract: int) -> int | None:
    """The quota of a contract in bytes, None if it has none."""
    record = await tx.one(SQL.quota, contract=contract)
    return None if record is None else record[0]


async def of_all(tx: Tx) -> Sequence[Record]:
    """Name and contract of each bucket, its versions and bytes."""
    return await tx.all(SQL.usages)
