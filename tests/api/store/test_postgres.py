"""PostgreSQL's own promises: snapshots without waste, changes tried again, errors in our words."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg
import pytest

from ionstack.engine.clock import FrozenClock
from ionstack.errors import StoreUnavailable
from ionstack.store import postgres
from ionstack.store.port import Tx
from ionstack.store.postgres import PostgresStore
from ionstack.store.statement import Statement
from tests.postgres import Server


def sql(text: str) -> Statement:
    return Statement("test", {"": text})


PUT = sql("INSERT INTO t (k) VALUES (:k)")
COUNT = sql("SELECT COUNT(*) FROM t")
ADD = sql("UPDATE t SET v = v + 1 WHERE k = :k")
SUM = sql("SELECT SUM(v) FROM t")
ISOLATION = sql("SHOW transaction_isolation")
CLASH = sql("DO $$ BEGIN RAISE EXCEPTION 'clash' USING ERRCODE = '40001'; END $$")
HANG_UP = sql("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.fixture
async def store(postgres_server: Server) -> AsyncIterator[PostgresStore]:
    url = await postgres_server.database()
    opened = await PostgresStore.connect(url, FrozenClock())
    await opened.write(lambda tx: tx.run(sql("CREATE TABLE t (k BIGINT PRIMARY KEY, v BIGINT DEFAULT 0)")))
    yield opened
    await opened.close()
    await postgres_server.drop(url)


async def value(store: PostgresStore, statement: Statement) -> int:
    found = await store.read(lambda tx: tx.one(statement))
    assert found is not None
    return int(found[0])


async def test_one_statement_needs_no_transaction_and_two_get_a_snapshot(store: PostgresStore) -> None:
    levels: list[list[object]] = []

    async def work(tx: Tx, times: int) -> None:
        levels.append([])
        for _ in range(times):
            found = await tx.one(ISOLATION)
            assert found is not None
            levels[-1].append(found[0])

    await store.read(lambda tx: work(tx, 1))
    await store.read(lambda tx: work(tx, 2))
    assert levels == [["read committed"], ["read committed"], ["repeatable read"] * 2]


async def test_a_read_sees_nothing_that_is_committed_meanwhile(store: PostgresStore) -> None:
    written = False

    async def work(tx: Tx) -> tuple[object, object]:
        nonlocal written
        before = await tx.one(COUNT)
        with contextlib.suppress(Exception):  # what asks for the snapshot is not to be caught
            await tx.one(COUNT)
        if not written:
            written = True
            await store.write(lambda tx: tx.run(PUT, k=1))
        return before, await tx.one(COUNT)

    assert await store.read(work) == ((0,), (0,))
    assert await value(store, COUNT) == 1


async def test_several_statements_of_a_read_cannot_write(store: PostgresStore) -> None:
    async def work(tx: Tx) -> None:
        await tx.one(COUNT)
        await tx.run(PUT, k=1)

    with pytest.raises(StoreUnavailable):
        await store.read(work)
    assert await value(store, COUNT) == 0


async def test_works_that_lock_each_other_out_both_succeed(store: PostgresStore) -> None:
    await store.write(lambda tx: tx.many(PUT, [{"k": 1}, {"k": 2}]))
    both = asyncio.Barrier(2)
    runs = 0

    async def cross(first: int, second: int) -> None:
        met = False

        async def work(tx: Tx) -> None:
            nonlocal met, runs
            runs += 1
            await tx.run(sql("SET LOCAL deadlock_timeout = '20ms'"))
            await tx.run(ADD, k=first)
            if not met:
                met = True
                await both.wait()
            await tx.run(ADD, k=second)

        await store.write(work)

    await asyncio.gather(cross(1, 2), cross(2, 1))
    assert runs == 3
    assert await value(store, SUM) == 4


@pytest.mark.parametrize("swallow", [LookupError, Exception])
async def test_a_serialization_failure_runs_the_work_again(
    store: PostgresStore, swallow: type[Exception]
) -> None:
    runs = 0

    async def work(tx: Tx) -> int:
        nonlocal runs
        runs += 1
        await tx.run(PUT, k=1)
        if runs < 3:
            try:
                await tx.run(CLASH)
            except swallow as error:
                raise LookupError("in other words") from error
        return runs

    assert await store.write(work) == 3
    assert await value(store, COUNT) == 1


async def test_a_work_that_always_clashes_ends(store: PostgresStore) -> None:
    runs = 0

    async def work(tx: Tx) -> None:
        nonlocal runs
        runs += 1
        await tx.run(CLASH)

    with pytest.raises(StoreUnavailable, match="again and again"):
        await store.write(work)
    assert runs == postgres.ATTEMPTS


async def test_a_lost_connection_is_unavailable_and_the_next_is_new(store: PostgresStore) -> None:
    async def work(tx: Tx) -> None:
        await tx.run(PUT, k=1)
        await tx.one(HANG_UP)

    with pytest.raises(StoreUnavailable):
        await store.write(work)
    with pytest.raises(StoreUnavailable):
        await store.read(lambda tx: tx.one(HANG_UP))
    await store.write(lambda tx: tx.run(PUT, k=2))
    assert await value(store, COUNT) == 1


async def test_a_cancelled_write_gives_its_locks_back(store: PostgresStore) -> None:
    await store.write(lambda tx: tx.run(PUT, k=1))
    begun = asyncio.Event()

    async def work(tx: Tx) -> None:
        await tx.run(ADD, k=1)
        begun.set()
        await tx.one(sql("SELECT pg_sleep(600)"))

    writing = asyncio.ensure_future(store.write(work))
    await begun.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await store.write(lambda tx: tx.run(ADD, k=1))
    assert await value(store, SUM) == 1


async def test_a_query_error_is_ours_to_mend(store: PostgresStore) -> None:
    with pytest.raises(asyncpg.UndefinedTableError):
        await store.read(lambda tx: tx.all(sql("SELECT nothing FROM nowhere")))
