"""Two clocks: the wall never moves on its own account, a contract's world may."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ionstack.engine.clock import SECOND, Clock, FrozenClock, Past, World, iso

instants = st.integers(0, 4_000_000_000 * SECOND)


async def test_a_frozen_clock_moves_only_when_told() -> None:
    clock = FrozenClock(5 * SECOND)
    assert clock.wall() == 5 * SECOND
    clock.advance(1.5)
    await clock.sleep(2)
    assert clock.wall() == round(8.5 * SECOND)
    assert clock.monotonic() == 3.5


def test_the_real_clock_tells_microseconds_since_the_epoch() -> None:
    assert Clock().wall() > 1_700_000_000 * SECOND


@given(instants)
def test_a_world_nobody_touched_is_the_wall(wall: int) -> None:
    assert World().at(wall) == wall


@given(instants, st.integers(0, 10**12), st.integers(0, 10**12))
def test_moving_a_world_shifts_it_from_then_on(wall: int, by: int, later: int) -> None:
    world = World().moved(wall, by=by)
    assert world.at(wall + later) == wall + later + by


def test_a_world_may_run_faster_or_stand_still() -> None:
    fast = World().moved(100, scale=10.0)
    assert fast.at(150) == 100 + 500
    assert fast.moved(150, scale=0.0).at(9999) == 600


def test_dates_are_utc_and_end_in_z() -> None:
    assert iso(0) == "1970-01-01T00:00:00Z"
    assert iso(1_767_225_600 * SECOND + 999_999) == "2026-01-01T00:00:00Z"


def test_a_past_tells_what_the_world_was_as_it_ran_then() -> None:
    first = World().moved(100, by=1000)
    second = first.moved(200, by=50, scale=2.0)
    past = Past([first, second])
    assert [past.at(wall) for wall in (99, 100, 199, 200, 210)] == [99, 1100, 1199, 1250, 1270]
    assert Past().at(7) == 7
