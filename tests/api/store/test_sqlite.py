"""SQLite's own promises: grouped commits, works driven by hand, errors in our words."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import apsw
import pytest

from ionstack.errors import Duplicate, StoreUnavailable
from ionstack.store import sqlite_writer
from ionstack.store.port import Tx, Work
from ionstack.store.sqlite import SqliteStore
from ionstack.store.statement import Statement


def sql(text: str) -> Statement:
    return Statement("test", {"": text})


MAKE = sql("CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT)")
PUT = sql("INSERT INTO t (k) VALUES (:k)")
LONG = sql("INSERT INTO t (k, v) VALUES (:k, :v)")
COUNT = sql("SELECT COUNT(*) FROM t")


def put(k: int) -> Work[int]:
    return lambda tx: tx.run(PUT, k=k)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "s.db")
    await opened.write(lambda tx: tx.run(MAKE))
    yield opened
    await opened.close()


async def count(store: SqliteStore) -> int:
    found = await store.read(lambda tx: tx.one(COUNT))
    assert found is not None
    return int(found[0])


class Hold:
    """Keeps the writer busy, so that what is written meanwhile waits together."""

    def __init__(self, store: SqliteStore) -> None:
        self._begun, self._go = threading.Event(), threading.Event()
        self._task = asyncio.ensure_future(store.write(self._work))

    async def __aenter__(self) -> None:
        await asyncio.to_thread(self._begun.wait, 10)

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0)  # let the tasks made meanwhile queue their works
        self._go.set()
        await self._task

    async def _work(self, tx: Tx) -> None:
        self._begun.set()
        assert self._go.wait(10)


async def test_a_durable_store_waits_for_the_disk(tmp_path: Path) -> None:
    synchronous = sql("PRAGMA synchronous")
    for durable, level in ((True, 2), (False, 1)):
        store = SqliteStore(tmp_path / f"{durable}.db", durable=durable)
        assert await store.write(lambda tx: tx.one(synchronous)) == (level,)
        assert await store.write(lambda tx: tx.one(sql("PRAGMA journal_mode"))) == ("wal",)
        await store.close()


async def test_works_that_wait_share_a_commit(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []
    begin = sqlite_writer._begin

    def counted(connection: apsw.Connection, group: Sequence[sqlite_writer.Waiting]) -> bool:
        groups.append(len(group))
        return begin(connection, group)

    monkeypatch.setattr(sqlite_writer, "_begin", counted)
    async with Hold(store):
        writes = [asyncio.ensure_future(store.write(put(k))) for k in range(100)]
    await asyncio.gather(*writes)
    assert groups == [1, sqlite_writer.GROUP, 100 - sqlite_writer.GROUP]
    assert await count(store) == 100


async def test_a_work_that_waits_for_something_else_is_refused(store: SqliteStore) -> None:
    async def work(tx: Tx) -> None:
        await tx.run(PUT, k=1)
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="something other than its transaction"):
        await store.write(work)
    with pytest.raises(RuntimeError, match="something other than its transaction"):
        await store.read(lambda tx: asyncio.sleep(0))
    assert await count(store) == 0


async def test_reads_may_be_nested(store: SqliteStore) -> None:
    async def outer(tx: Tx) -> object:
        return await store.read(lambda inner: inner.one(COUNT))

    assert await store.read(outer) == (0,)


async def test_a_read_sees_nothing_that_is_committed_meanwhile(store: SqliteStore, tmp_path: Path) -> None:
    other = apsw.Connection(str(tmp_path / "s.db"))

    async def work(tx: Tx) -> tuple[object, object]:
        before = await tx.one(COUNT)
        other.execute("INSERT INTO t DEFAULT VALUES")
        return before, await tx.one(COUNT)

    before, after = await store.read(work)
    assert before == after
    assert await count(store) > before[0]  # type: ignore[index]
    other.close()


async def test_a_read_cannot_write(store: SqliteStore) -> None:
    with pytest.raises(StoreUnavailable, match="readonly"):
        await store.read(put(1))
    assert await count(store) == 0


@pytest.mark.parametrize("brief", [True, False])
async def test_a_failed_commit_is_told_to_each_and_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, brief: bool
) -> None:
    broken = threading.Event()
    connect = SqliteStore._connect

    def breakable(store: SqliteStore) -> apsw.Connection:
        connection = connect(store)
        connection.set_commit_hook(broken.is_set)  # a true answer makes the commit fail
        return connection

    monkeypatch.setattr(SqliteStore, "_connect", breakable)
    store = SqliteStore(tmp_path / "s.db")
    await store.write(lambda tx: tx.run(MAKE))

    async def wrong(tx: Tx) -> int:
        raise LookupError("what it saw may be gone with the others")

    async def breaking(tx: Tx) -> int:
        broken.set()
        return 0

    async with Hold(store):
        writes = [asyncio.ensure_future(store.write(put(k), brief=brief)) for k in range(5)]
        writes.append(asyncio.ensure_future(store.write(wrong, brief=brief)))
        writes.append(asyncio.ensure_future(store.write(breaking, brief=brief)))
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 7
    broken.clear()
    assert await count(store) == 0
    await store.write(put(1))
    assert await count(store) == 1
    await store.close()


async def test_a_full_disk_is_unavailable_until_there_is_room(store: SqliteStore) -> None:
    await store.write(lambda tx: tx.one(sql("PRAGMA max_page_count = 20")))

    async def swallowing(tx: Tx) -> None:
        try:
            await tx.run(LONG, k=2, v="x" * 1_000_000)
        except StoreUnavailable:
            return

    for work in (swallowing, lambda tx: tx.run(LONG, k=2, v="x" * 1_000_000)):
        with pytest.raises(StoreUnavailable, match="full"):
            await store.write(work)
    assert await count(store) == 0
    await store.write(lambda tx: tx.one(sql("PRAGMA max_page_count = 2000")))
    await store.write(lambda tx: tx.run(LONG, k=2, v="x" * 1_000_000))
    assert await count(store) == 1


async def test_closing_finishes_what_waits_and_takes_no_more(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "c.db")
    await store.write(lambda tx: tx.run(MAKE))
    async with Hold(store):
        writes = [asyncio.ensure_future(store.write(put(k))) for k in range(80)]
        await asyncio.sleep(0)
        closing = asyncio.ensure_future(store.close())
        await asyncio.sleep(0)
        with pytest.raises(StoreUnavailable, match="closed"):
            await store.write(put(99))
    await asyncio.gather(*writes, closing)
    assert not (tmp_path / "c.db-wal").exists()
    store = SqliteStore(tmp_path / "c.db")
    assert await count(store) == 80
    await store.close()


async def test_writes_come_from_several_event_loops(store: SqliteStore) -> None:
    async def twenty(start: int) -> None:
        await asyncio.gather(*(store.write(put(k)) for k in range(start, start + 20)))

    await asyncio.gather(twenty(0), *(asyncio.to_thread(asyncio.run, twenty(n)) for n in (100, 200)))
    assert await count(store) == 60


async def test_an_event_loop_that_is_gone_harms_nobody(store: SqliteStore) -> None:
    async def leave() -> None:
        task = asyncio.ensure_future(store.write(put(1)))
        await asyncio.sleep(0)
        task.cancel()

    async with Hold(store):
        await asyncio.to_thread(asyncio.run, leave())
    await store.write(put(2))
    assert await count(store) == 2


@pytest.mark.parametrize("make", [lambda path: path.write_bytes(b"no database at all" * 100), Path.mkdir])
async def test_what_is_no_database_is_unavailable(make: object, tmp_path: Path) -> None:
    assert callable(make)
    make(tmp_path / "bad.db")
    with pytest.raises(StoreUnavailable, match=r"bad\.db"):
        SqliteStore(tmp_path / "bad.db")


async def test_a_query_error_is_ours_to_mend(store: SqliteStore) -> None:
    with pytest.raises(apsw.SQLError):
        await store.read(lambda tx: tx.all(sql("SELECT nothing FROM nowhere")))


async def test_one_that_must_last_takes_its_whole_group_along(store: SqliteStore) -> None:
    waits = sql("PRAGMA synchronous")
    async with Hold(store):
        works = [
            asyncio.ensure_future(store.write(lambda tx: tx.one(waits), durable=durable))
            for durable in (False, True)
        ]
    assert [tuple(await work or ()) for work in works] == [(2,), (2,)]


async def test_brief_works_run_on_the_loop_and_all_others_on_the_thread(store: SqliteStore) -> None:
    here = threading.current_thread()

    async def where(tx: Tx) -> threading.Thread:
        return threading.current_thread()

    assert await store.write(where, brief=True) is here
    assert await store.write(where) is not here
    together = [store.write(where, brief=brief) for brief in (True, False)]
    assert here not in await asyncio.gather(*together)  # a group is written in one place


async def test_a_brief_work_that_raises_undoes_itself_alone(store: SqliteStore) -> None:
    async def wrong(tx: Tx) -> None:
        await tx.run(PUT, k=7)
        raise LookupError("no")

    works = [store.write(put(1), brief=True), store.write(wrong, brief=True), store.write(put(1), brief=True)]
    one, two, three = await asyncio.gather(*works, return_exceptions=True)
    assert (one, type(two), type(three)) == (1, LookupError, Duplicate)
    assert await count(store) == 1


@pytest.mark.parametrize("durable", [True, False])
async def test_brief_works_of_several_loops_take_turns(store: SqliteStore, durable: bool) -> None:
    async def many(start: int) -> None:
        for k in range(start, start + 50):
            await store.write(put(k), brief=k % 3 > 0, durable=durable)

    await asyncio.gather(many(0), many(100), asyncio.to_thread(asyncio.run, many(200)))
    assert await count(store) == 150


async def test_works_of_another_loop_are_written_when_the_first_has_gone(tmp_path: Path) -> None:
    loop = asyncio.new_event_loop()

    async def opened() -> SqliteStore:
        return SqliteStore(tmp_path / "s.db")

    try:
        store = await asyncio.to_thread(loop.run_until_complete, opened())
    finally:
        loop.close()
    await store.write(lambda tx: tx.run(MAKE), brief=True)
    await asyncio.gather(*(store.write(put(k), brief=True) for k in range(100)))
    assert await count(store) == 100
    await store.close()


async def test_the_log_is_copied_to_the_file_as_it_grows(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_writer, "LOG", 50)
    copied: list[threading.Thread] = []
    copy_log = sqlite_writer.Writer._copy_log

    def counted(writer: sqlite_writer.Writer) -> None:
        copied.append(threading.current_thread())
        copy_log(writer)

    monkeypatch.setattr(sqlite_writer.Writer, "_copy_log", counted)
    for brief in (True, False):
        for durable in (True, False):
            for _ in range(10):
                await store.write(
                    lambda tx: tx.run(LONG, k=None, v="x" * 40_000), brief=brief, durable=durable
                )
    assert len(copied) > 4
    assert threading.current_thread() not in copied
    assert await count(store) == 40
