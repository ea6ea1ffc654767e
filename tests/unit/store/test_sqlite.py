"""SQLite's own promises: grouped commits, works driven by hand, errors in our words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest

from ionstack.errors import StoreUnavailable
from ionstack.store.port import Tx
from ionstack.store.sqlite import SqliteStore
from ionstack.store.statement import Statement

PUT = Statement("put", {"": "INSERT INTO t (k) VALUES (:k)"})
COUNT = Statement("count", {"": "SELECT COUNT(*) FROM t"})


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "s.db")
    await opened.write(lambda tx: tx.run(Statement("make", {"": "CREATE TABLE t (k INTEGER PRIMARY KEY)"})))
    yield opened
    await opened.close()


async def test_a_durable_store_waits_for_the_disk(tmp_path: Path) -> None:
    for durable, level in ((True, 2), (False, 1)):
        store = SqliteStore(tmp_path / f"{durable}.db", durable=durable)
        assert store._reader.pragma("synchronous") == level
        assert store._reader.pragma("journal_mode") == "wal"
        await store.close()


async def test_a_work_that_waits_for_something_else_is_refused(store: SqliteStore) -> None:
    async def work(tx: Tx) -> None:
        await tx.run(PUT, k=1)
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="something other than its transaction"):
        await store.write(work)
    assert await store.read(lambda tx: tx.one(COUNT)) == (0,)


async def test_reads_may_be_nested(store: SqliteStore) -> None:
    async def outer(tx: Tx) -> object:
        return await store.read(lambda inner: inner.one(COUNT))

    assert await store.read(outer) == (0,)


async def test_a_failed_commit_fails_every_work_of_its_group(store: SqliteStore) -> None:
    async def full(tx: Tx) -> None:
        await tx.run(PUT, k=1)
        raise StoreUnavailable("disk full")

    outcomes = await asyncio.gather(
        store.write(full), *(store.write(lambda tx, k=k: tx.run(PUT, k=k)) for k in range(2, 5)),
        return_exceptions=True,
    )  # fmt: skip
    failed = [outcome for outcome in outcomes if isinstance(outcome, StoreUnavailable)]
    count = await store.read(lambda tx: tx.one(COUNT))
    assert failed
    assert count == (len(outcomes) - len(failed),)


async def test_a_closed_store_takes_no_more(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "c.db")
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.write(lambda tx: tx.run(PUT, k=1))


async def test_what_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "bad.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreUnavailable):
        SqliteStore(tmp_path / "bad.db")


async def test_a_query_error_is_ours_to_mend(store: SqliteStore) -> None:
    with pytest.raises(apsw.SQLError):
        await store.read(lambda tx: tx.all(Statement("bad", {"": "SELECT nothing FROM nowhere"})))
