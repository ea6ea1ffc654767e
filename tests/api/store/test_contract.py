"""What every store promises, on each of them."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from ionstack.engine.clock import Clock
from ionstack.errors import Duplicate, StoreUnavailable
from ionstack.store.opening import open_store
from ionstack.store.port import Store, Tx
from ionstack.store.relaxed import Relaxed
from ionstack.store.statement import Statement


def sql(text: str) -> Statement:
    return Statement("test", {"": text})


PUT = sql("INSERT INTO allocation (pool, value, contract, resource) VALUES (:pool, :value, 1, :resource)")
ALL = sql("SELECT value, resource FROM allocation WHERE pool = :pool ORDER BY value")
COUNT_UP = sql(
    "INSERT INTO counter (contract, name, value) VALUES (1, :name, 1) "
    "ON CONFLICT (contract, name) DO UPDATE SET value = counter.value + 1 RETURNING value"
)
SECRET = sql("INSERT INTO secret (contract, resource, field, value) VALUES (1, 'r', 'f', :value)")
SETTING = sql("INSERT INTO setting (name, value) VALUES (:name, :value)")

WAITS = Statement("waits", {"sqlite": "PRAGMA synchronous", "postgresql": "SHOW synchronous_commit"})
"""Whether a commit waits for the disk."""


async def values(store: Store, pool: str = "p") -> list[str]:
    found = await store.read(lambda tx: tx.all(ALL, pool=pool))
    return [value for value, _ in found]


async def test_what_a_write_returns_is_committed(store: Store) -> None:
    async def work(tx: Tx) -> str:
        await tx.run(PUT, pool="p", value="a", resource="x")
        return "done"

    assert await store.write(work) == "done"
    assert await values(store) == ["a"]


async def test_only_what_must_last_waits_for_the_disk(database: str | None, tmp_path: Path) -> None:
    store = await open_store(database, tmp_path, Clock(), durable=True)

    async def waits(tx: Tx) -> bool:
        record = await tx.one(WAITS)
        assert record is not None
        return record[0] in (2, "on")

    try:
        assert [await store.write(waits, durable=durable) for durable in (True, False, True)] == [
            True,
            False,
            True,
        ]
        relaxed = Relaxed(store)
        assert not await relaxed.write(waits)
        assert await relaxed.write(waits, durable=True)
        assert (relaxed.dialect, relaxed.commits) == (store.dialect, store.commits)
    finally:
        await store.close()


async def test_a_work_that_raises_leaves_nothing(store: Store) -> None:
    async def work(tx: Tx) -> None:
        await tx.run(PUT, pool="p", value="a", resource="x")
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        await store.write(work)
    assert await values(store) == []


async def test_a_taken_value_is_a_duplicate_and_undoes_its_work_alone(store: Store) -> None:
    async def put(value: str) -> None:
        async def work(tx: Tx) -> None:
            await tx.run(PUT, pool="q", value=f"before {value}", resource="x")
            await tx.run(PUT, pool="p", value=value, resource="x")

        await store.write(work)

    outcomes = await asyncio.gather(put("a"), put("b"), put("a"), put("c"), return_exceptions=True)
    assert sum(isinstance(outcome, Duplicate) for outcome in outcomes) == 1
    assert await values(store) == ["a", "b", "c"]
    assert len(await values(store, "q")) in (3, 4)


async def test_two_hundred_writers_count_every_one(store: Store) -> None:
    async def count(tx: Tx) -> int:
        record = await tx.one(COUNT_UP, name="n")
        assert record is not None
        return int(record[0])

    found = await asyncio.gather(*(store.write(count) for _ in range(200)))
    assert sorted(found) == list(range(1, 201))


async def test_those_that_fail_among_many_take_nobody_with_them(store: Store) -> None:
    async def count(n: int) -> None:
        async def work(tx: Tx) -> None:
            await tx.one(COUNT_UP, name="n")
            if n % 3 == 0:
                raise LookupError(n)

        await store.write(work)

    outcomes = await asyncio.gather(*(count(n) for n in range(90)), return_exceptions=True)
    assert [n for n, outcome in enumerate(outcomes) if isinstance(outcome, LookupError)] == [*range(0, 90, 3)]
    found = await store.read(lambda tx: tx.one(sql("SELECT value FROM counter WHERE name = 'n'")))
    assert found is not None
    assert found[0] == 60


async def test_an_error_may_be_told_in_other_words(store: Store) -> None:
    await store.write(lambda tx: tx.run(PUT, pool="p", value="a", resource="x"))

    async def work(tx: Tx) -> None:
        try:
            await tx.run(PUT, pool="p", value="a", resource="y")
        except Duplicate as taken:
            raise LookupError("taken") from taken

    with pytest.raises(LookupError, match="taken"):
        await store.write(work)


async def test_a_work_cannot_go_on_after_an_error(store: Store) -> None:
    await store.write(lambda tx: tx.run(PUT, pool="p", value="a", resource="x"))

    async def work(tx: Tx) -> None:
        await tx.run(PUT, pool="p", value="b", resource="y")
        with contextlib.suppress(Duplicate):
            await tx.run(PUT, pool="p", value="a", resource="y")

    with pytest.raises(Duplicate):
        await store.write(work)
    assert await values(store) == ["a"]


async def test_a_read_of_several_statements_answers_like_one_of_a_single(store: Store) -> None:
    await store.write(lambda tx: tx.run(PUT, pool="p", value="a", resource="x"))

    async def work(tx: Tx) -> tuple[int, int, object]:
        first = len(await tx.all(ALL, pool="p"))
        return first, len(await tx.all(ALL, pool="p")), await tx.one(ALL, pool="none")

    assert await store.read(work) == (1, 1, None)


async def test_what_a_read_raises_comes_out_and_the_next_read_is_well(store: Store) -> None:
    async def work(tx: Tx) -> None:
        await tx.all(ALL, pool="p")
        await tx.all(ALL, pool="p")
        raise LookupError("no")

    with pytest.raises(LookupError):
        await store.read(work)
    assert await values(store) == []


async def test_one_gives_the_first_row_or_none(store: Store) -> None:
    assert await store.read(lambda tx: tx.one(ALL, pool="p")) is None
    await store.write(lambda tx: tx.run(PUT, pool="p", value="a", resource="x"))
    found = await store.read(lambda tx: tx.one(ALL, pool="p"))
    assert found is not None
    assert tuple(found) == ("a", "x")


async def test_run_tells_how_many_rows_it_changed(store: Store) -> None:
    async def work(tx: Tx) -> tuple[int, int]:
        added = await tx.run(PUT, pool="p", value="a", resource="x")
        return added, await tx.run(sql("DELETE FROM allocation WHERE pool = :pool"), pool="none")

    assert await store.write(work) == (1, 0)


async def test_many_rows_at_once(store: Store) -> None:
    rows = [{"pool": "p", "value": f"{n:03}", "resource": "x"} for n in range(300)]
    await store.write(lambda tx: tx.many(PUT, rows))
    assert len(await values(store)) == 300


async def test_many_rows_with_one_that_is_taken_leave_nothing(store: Store) -> None:
    rows = [{"pool": "p", "value": value, "resource": "x"} for value in ("a", "b", "a")]
    with pytest.raises(Duplicate):
        await store.write(lambda tx: tx.many(PUT, rows))
    assert await values(store) == []


async def test_long_texts_nothing_and_truth_come_back(store: Store) -> None:
    text = "\u00fc\U0001f680'\"\\" * 500_000
    add = sql("INSERT INTO user_account (id, email, firstname, password, active, created, second_factor_secret) "
              "VALUES ('u', 'm@x', :text, 'p', :active, 2, :nothing)")  # fmt: skip

    async def work(tx: Tx) -> None:
        await tx.run(SETTING, name="long", value=f'"{"x" * 3_000_000}"')
        await tx.run(add, text=text, active=False, nothing=None)

    await store.write(work)
    user = await store.read(lambda tx: tx.one(
        sql("SELECT firstname, active, second_factor_forced, second_factor_secret FROM user_account")
    ))  # fmt: skip
    assert user is not None
    assert user[0] == text
    assert (bool(user[1]), bool(user[2]), user[3]) == (False, False, None)


async def test_bytes_and_json_text_come_back_as_they_were(store: Store) -> None:
    text = '{"b": 1,  "a":"\u00fc\\u00fc", "n":1.0}'

    async def work(tx: Tx) -> None:
        await tx.run(SECRET, value=b"\x00\xff")
        await tx.run(SETTING, name="s", value=text)

    await store.write(work)
    secret = await store.read(lambda tx: tx.one(sql("SELECT value FROM secret")))
    setting = await store.read(lambda tx: tx.one(sql("SELECT value FROM setting WHERE name = 's'")))
    assert secret is not None
    assert bytes(secret[0]) == b"\x00\xff"
    assert setting is not None
    assert setting[0] == text


async def test_a_cancelled_caller_harms_nobody(store: Store) -> None:
    writing = asyncio.ensure_future(store.write(lambda tx: tx.run(PUT, pool="p", value="a", resource="x")))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await store.write(lambda tx: tx.run(PUT, pool="p", value="b", resource="x"))
    assert "b" in await values(store)


async def test_a_closed_store_is_unavailable_and_may_be_closed_again(store: Store) -> None:
    await store.close()
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.write(lambda tx: tx.run(PUT, pool="p", value="a", resource="x"))
    with pytest.raises(StoreUnavailable):
        await store.read(lambda tx: tx.one(ALL, pool="p"))
