from __future__ import annotations

import asyncio

import pytest

from ionstack.engine.clock import FrozenClock
from ionstack.errors import TooManyRequests
from ionstack.identity import guessing
from ionstack.identity.guessing import FADE, MOST_AT_ONCE, MOST_REMEMBERED, Patience, network

A, B = "192.0.2.1", "192.0.2.2"


async def waited(patience: Patience, clock: FrozenClock, user: str, address: str) -> float:
    before = clock.monotonic()
    await patience.failed(user, address)
    return clock.monotonic() - before


async def test_the_delay_grows_to_its_longest(clock: FrozenClock) -> None:
    patience = Patience(clock)
    delays = [await waited(patience, clock, "u", A) for _ in range(11)]
    assert delays == [0, 0, 0, 0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0]


async def test_a_success_forgives_the_user(clock: FrozenClock) -> None:
    patience = Patience(clock)
    for _ in range(6):
        await patience.failed("u", A)
    patience.succeeded("u", A)
    assert await waited(patience, clock, "u", A) == 0


async def test_nobody_waits_for_what_others_do_elsewhere(clock: FrozenClock) -> None:
    patience = Patience(clock)
    for _ in range(12):
        await patience.failed("u", A)
    assert await waited(patience, clock, "u", B) == 0


async def test_an_address_that_tries_many_users_waits_too(clock: FrozenClock) -> None:
    patience = Patience(clock)
    delays = [await waited(patience, clock, f"u{n}", A) for n in range(30)]
    assert delays[:20] == [0] * 20
    assert delays[-1] == 5.0
    patience.succeeded("own", A)
    assert await waited(patience, clock, "another", A) > 0


async def test_failures_fade(clock: FrozenClock) -> None:
    patience = Patience(clock)
    for _ in range(8):
        await patience.failed("u", A)
    clock.advance(9 * FADE)
    assert await waited(patience, clock, "u", A) == 0


async def test_memory_is_bounded(clock: FrozenClock) -> None:
    patience = Patience(clock)
    for n in range(MOST_REMEMBERED):
        patience._count(n)
    assert len(patience._counters) == MOST_REMEMBERED
    patience._count(-1)
    assert len(patience._counters) == MOST_REMEMBERED


class Held(FrozenClock):
    """A clock on which nobody wakes up until told to."""

    def __init__(self) -> None:
        super().__init__()
        self.sleeping = 0
        self.full, self.over = asyncio.Event(), asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.sleeping += 1
        if self.sleeping == 2:
            self.full.set()
        await self.over.wait()


async def test_answers_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guessing, "MOST_WAITING", 2)
    clock = Held()
    patience = Patience(clock)
    for _ in range(3):
        await patience.failed("u", A)
    waiting = [asyncio.create_task(patience.failed("u", A)) for _ in range(2)]
    await clock.full.wait()
    await patience.failed("u", A)  # would hang if it waited
    clock.over.set()
    await asyncio.gather(*waiting)


async def test_attempts_of_one_address_are_bounded(clock: FrozenClock) -> None:
    patience = Patience(clock)
    attempts = [patience.attempt(A) for _ in range(MOST_AT_ONCE)]
    for attempt in attempts:
        attempt.__enter__()
    with pytest.raises(TooManyRequests) as told, patience.attempt(A):
        pytest.fail("one attempt too many")
    assert told.value.headers["Retry-After"] == "5"
    with patience.attempt(B):
        assert len(patience._under_way) == 2
    for attempt in attempts:
        attempt.__exit__(None, None, None)
    assert not patience._under_way


@pytest.mark.parametrize(
    ("address", "party"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("unix:", "unix:"),
        ("", ""),
    ],
)
def test_one_party_has_one_network(address: str, party: str) -> None:
    assert network(address) == party
