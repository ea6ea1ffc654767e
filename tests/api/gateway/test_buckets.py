"""Buckets that several processes share: nobody gets more than there is, and few calls ask the store."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import TypeVar

import pytest

from ionstack.engine.clock import FrozenClock
from ionstack.errors import TooManyRequests
from ionstack.gateway.buckets import SWEEP, OwnBuckets, Rate, SharedBuckets, Taken, buckets
from ionstack.gateway.limits import Strangers
from ionstack.store.port import Store, Tx, Work
from ionstack.store.statement import Statement

T = TypeVar("T")
SLOW, FAST = Rate(60, 10), Rate(6000, 1000)
COUNT = Statement("count", {"": "SELECT COUNT(*) FROM rate_bucket"})


class Watched:
    """A store that counts what is written."""

    def __init__(self, store: Store) -> None:
        self.store, self.dialect, self.commits, self.writes = store, store.dialect, store.commits, 0
        self.read, self.one, self.close = store.read, store.one, store.close

    async def write(self, work: Work[T], **how: bool) -> T:
        self.writes += 1
        return await self.store.write(work, **how)


@pytest.fixture
def watched(store: Store) -> Watched:
    return Watched(store)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


async def taken(own: Sequence[SharedBuckets], rate: Rate, calls: int, name: str = "b") -> int:
    """How many of so many calls, spread over the processes, are let through."""
    chosen = [own[index % len(own)] for index in range(calls)]
    found = await asyncio.gather(*(one.fetch(name, rate) for one in chosen))
    return sum(one.wait == 0 for one in found)


def processes(store: Store, clock: FrozenClock, count: int = 3) -> list[SharedBuckets]:
    return [SharedBuckets(store, clock) for _ in range(count)]


@pytest.mark.parametrize("rate", [SLOW, FAST])
async def test_all_processes_together_get_what_the_bucket_holds(
    store: Store, clock: FrozenClock, rate: Rate
) -> None:
    """What one process has left of its slice the others cannot have: with small slices that is nothing."""
    own = processes(store, clock)
    kept = (len(own) - 1) * (rate.slice - 1)
    passed = await taken(own, rate, rate.burst + 64)
    assert rate.burst - kept <= passed <= rate.burst
    clock.advance(3)
    passed += await taken(own, rate, 600)
    most = rate.burst + 3 * rate.limit // 60
    assert most - kept <= passed <= most


async def test_who_waits_as_long_as_told_may_call(store: Store, clock: FrozenClock) -> None:
    own = processes(store, clock)
    rate = Rate(7, 2)
    for round in range(12):
        while (last := await own[round % 3].fetch("b", rate)).wait == 0:
            pass
        clock.advance(last.wait)
        assert (await own[round % 3].fetch("b", rate)).wait == 0


async def test_any_history_stays_within_the_rate_but_for_a_second(
    watched: Watched, clock: FrozenClock
) -> None:
    own, draw = processes(watched, clock), random.Random(4)
    rate, passed = Rate(600, 40), 0
    for _ in range(300):
        passed += await taken(own[: draw.randint(1, 3)], rate, draw.randint(0, 8))
        clock.advance(draw.random() / 2)
        assert passed <= rate.burst + (clock.monotonic() + 1) * rate.limit / 60
    assert passed >= clock.monotonic() * rate.limit / 60 * 0.9, "what is not spent is given back"


async def test_a_light_caller_of_every_process_is_never_refused(store: Store, clock: FrozenClock) -> None:
    """Four calls a second of ten allowed ones: slices that are not spent do not drain the bucket."""
    own = processes(store, clock, 4)
    for _ in range(60):
        assert await taken(own, Rate(600, 100), 4) == 4
        clock.advance(1.001)


async def test_few_calls_ask_the_store(watched: Watched, clock: FrozenClock) -> None:
    (own,) = processes(watched, clock, 1)
    for _ in range(500):
        assert (await own.fetch("b", FAST)).wait == 0
    assert watched.writes == 5
    while (await own.fetch("b", FAST)).wait == 0:
        pass
    asked = watched.writes
    for _ in range(100):
        refused = own.take("b", FAST)
        assert refused is not None
        assert refused.wait > 0
    assert watched.writes == asked, "an empty bucket is known to be empty"


async def test_what_is_left_is_told_honestly(store: Store, clock: FrozenClock) -> None:
    one, other = processes(store, clock, 2)
    assert [(await one.fetch("b", SLOW)).remaining for _ in range(3)] == [9, 8, 7]
    assert (await other.fetch("b", SLOW)).remaining == 6
    assert (await one.fetch("c", FAST)).remaining == 999


async def test_a_bucket_that_is_full_again_is_swept(store: Store, clock: FrozenClock) -> None:
    (own,) = processes(store, clock, 1)
    for name in ("a", "b", "c"):
        await own.fetch(name, SLOW)

    async def count(tx: Tx) -> int:
        record = await tx.one(COUNT)
        return int(record[0]) if record else 0

    assert await store.read(count) == 3
    clock.advance(SWEEP / 1_000_000 + 1)
    await own.fetch("d", SLOW)
    assert await store.read(count) == 1


def test_only_several_processes_share(store: Store, clock: FrozenClock) -> None:
    kind = SharedBuckets if store.dialect == "postgresql" else OwnBuckets
    assert isinstance(buckets(store, clock), kind)


async def test_own_and_shared_buckets_agree(store: Store, clock: FrozenClock) -> None:
    (shared,) = processes(store, clock, 1)
    own, rate, draw = OwnBuckets(clock), Rate(90, 4), random.Random(7)
    for _ in range(200):
        here, there = own.take("b", rate), await shared.fetch("b", rate)
        assert (here.remaining, here.wait) == pytest.approx((there.remaining, there.wait), abs=1e-4)
        clock.advance(draw.random())


async def test_an_address_may_fail_so_often(store: Store, clock: FrozenClock) -> None:
    for own in (OwnBuckets(clock), SharedBuckets(store, clock)):
        strangers = Strangers(own, 12)
        for _ in range(2):
            strangers.admit("192.0.2.1")
            await strangers.failed("192.0.2.1")
        with pytest.raises(TooManyRequests) as told:
            await strangers.failed("192.0.2.1")
        assert told.value.headers["Retry-After"] == "5"
        assert told.value.headers["X-RateLimit-Limit"] == "12"
        with pytest.raises(TooManyRequests):
            strangers.admit("192.0.2.1")
        strangers.admit("192.0.2.2")
        clock.advance(5)
        strangers.admit("192.0.2.1")
        await strangers.failed("192.0.2.1")


async def test_without_a_limit_an_address_may_fail_for_ever(clock: FrozenClock) -> None:
    strangers = Strangers(OwnBuckets(clock), 0)
    for _ in range(1000):
        strangers.admit("192.0.2.1")
        await strangers.failed("192.0.2.1")


def test_a_slice_is_small() -> None:
    assert (SLOW.slice, FAST.slice, Rate(1, 1).slice, Rate(600, 100).slice) == (1, 100, 1, 10)
    assert Taken(3).wait == 0


async def test_a_question_that_is_answered_is_asked_again(store: Store, clock: FrozenClock) -> None:
    """A call may come between the end of a question and its being forgotten, and find nothing left of the answer."""
    own = SharedBuckets(store, clock)

    async def answered() -> None:
        return

    task = asyncio.create_task(answered())
    await task
    own._asking["b"] = task
    assert (await own.fetch("b", SLOW)).wait == 0
