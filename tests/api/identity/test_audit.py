"""What the audit finds, what it lets through, and what it lets go of."""

from __future__ import annotations

import pytest

from ionstack.engine.clock import SECOND, FrozenClock
from ionstack.identity import audit as module
from ionstack.identity.audit import AGAIN, AT_MOST, DAY, REFUSE, Audit, Refusal, Wanted
from ionstack.identity.events import Actor
from ionstack.store.port import Store

JANE = Actor("1d", "jane@example.com", "192.0.2.1", "call 1")
JOE = Actor("2d", "joe@example.com", "192.0.2.2", "call 2")


@pytest.fixture
def audit(store: Store, clock: FrozenClock) -> Audit:
    return Audit(store, clock, 90)


async def told(audit: Audit, wanted: Wanted = Wanted()) -> list[str]:  # noqa: B008  it is frozen
    return [event.resource for event in await audit.find(wanted)]


async def test_every_filter_finds_its_own(audit: Audit, clock: FrozenClock) -> None:
    begun = clock.wall()
    await audit.record(JANE, "create", "a.thing", (1, "one"))
    clock.advance(10)
    await audit.record(JOE, "delete", "b.thing", (2, "two"))
    for wanted, found in (
        (Wanted(), ["two", "one"]),
        (Wanted(contract=1), ["one"]),
        (Wanted(contract=0), []),
        (Wanted(user="1d"), ["one"]),
        (Wanted(user="joe@example.com"), ["two"]),
        (Wanted(action="delete"), ["two"]),
        (Wanted(kind="a.thing"), ["one"]),
        (Wanted(resource="two"), ["two"]),
        (Wanted(request="call 1"), ["one"]),
        (Wanted(since=begun + SECOND), ["two"]),
        (Wanted(until=begun + SECOND), ["one"]),
        (Wanted(contract=2, user="1d"), []),
        (Wanted(contract=2, user="2d", kind="b.thing", until=begun + 11 * SECOND), ["two"]),
    ):
        assert await told(audit, wanted) == found, wanted


async def test_pages_follow_one_another(audit: Audit) -> None:
    for number in range(5):
        await audit.record(JANE, "create", "thing", (1, str(number)))
    first = await audit.find(Wanted(most=2))
    second = await audit.find(Wanted(most=2, before=first[-1].seq, contract=1))
    last = await audit.find(Wanted(most=2, before=second[-1].seq))
    assert [event.resource for event in (*first, *second, *last)] == ["4", "3", "2", "1", "0"]


async def test_a_refusal_is_written_once_in_a_while(audit: Audit, clock: FrozenClock) -> None:
    refusal = Refusal(JANE, "api.call", "thingsPost", 1)
    for _ in range(3):
        await audit.refused(refusal)
    await audit.refused(Refusal(JOE, "api.call", "thingsPost", 1))
    assert len(await audit.find(Wanted(action=REFUSE))) == 2
    clock.advance(AGAIN)
    await audit.refused(refusal)
    assert len(await audit.find(Wanted(action=REFUSE, contract=1))) == 3


async def test_whoever_calls_from_everywhere_fills_no_disk(audit: Audit, clock: FrozenClock) -> None:
    for number in range(3 * AT_MOST):
        stranger = Actor("", "", f"198.51.{number // 256}.{number % 256}", str(number))
        await audit.refused(Refusal(stranger, "auth.signin", "things"))
    assert len(await audit.find(Wanted(most=1000))) == AT_MOST
    clock.advance(1)
    for number in range(9):
        await audit.refused(Refusal(Actor("", "", f"203.0.113.{number}", ""), "auth.signin", "things"))
    assert len(await audit.find(Wanted(most=1000))) == AT_MOST + AT_MOST // 60


async def test_neighbours_count_as_one(audit: Audit) -> None:
    for number in range(9):
        await audit.refused(Refusal(Actor("", "", f"2001:db8::{number}", ""), "auth.signin", "things"))
    assert len(await audit.find(Wanted())) == 1


async def test_only_so_many_refusals_are_kept(
    audit: Audit, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REFUSALS_KEPT", 3)
    await audit.record(JANE, "create", "thing", (1, "kept"))
    for number in range(7):
        await audit.refused(Refusal(Actor("", "", f"203.0.113.{number}", ""), "auth.signin", str(number)))
    assert await audit.sweep() == 4
    assert await told(audit) == ["6", "5", "4", "kept"]
    assert await audit.sweep() == 0


async def test_what_is_too_old_goes(
    audit: Audit, store: Store, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BATCH", 2)
    for number in range(5):
        await audit.record(JANE, "create", "thing", (1, str(number)))
    clock.advance(90 * DAY // SECOND)
    await audit.record(JANE, "create", "thing", (1, "young"))
    assert await audit.sweep() == 0
    clock.advance(1)
    assert await Audit(store, clock, 0).sweep() == 0
    assert await audit.sweep() == 5
    assert await told(audit) == ["young"]
