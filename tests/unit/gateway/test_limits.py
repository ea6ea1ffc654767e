"""The token bucket of each contract: bursts, refilling, waiting times, and bounded memory."""

from __future__ import annotations

import pytest

from ionstack.engine.clock import FrozenClock
from ionstack.errors import TooManyRequests
from ionstack.gateway import buckets
from ionstack.gateway.buckets import OwnBuckets
from ionstack.gateway.limits import Allowance, Limits
from ionstack.identity.principal import ContractTerms

NOMINAL = Allowance(6000, 6000, 1000)
ONE, TWO = ContractTerms(1), ContractTerms(2)


def _take(limited: Limits, terms: ContractTerms) -> Allowance:
    taken = limited.take(terms)
    assert taken is not None
    return taken


def _refused(limited: Limits, terms: ContractTerms) -> TooManyRequests:
    with pytest.raises(TooManyRequests) as caught:
        limited.take(terms)
    return caught.value


def test_off_shows_nominal_values_for_ever() -> None:
    unlimited = Limits(OwnBuckets(FrozenClock()), 0, 0, NOMINAL)
    assert {_take(unlimited, ONE) for _ in range(10_000)} == {NOMINAL}
    assert unlimited.nominal.headers == {
        "X-RateLimit-Remaining": "6000",
        "X-RateLimit-Limit": "6000",
        "X-RateLimit-Burst": "1000",
    }


def test_a_burst_is_counted_down_and_then_refused() -> None:
    limited = Limits(OwnBuckets(FrozenClock()), 60, 3, NOMINAL)
    assert [_take(limited, ONE).remaining for _ in range(3)] == [2, 1, 0]
    refused = _refused(limited, ONE)
    assert refused.headers == {"Retry-After": "1", **Allowance(0, 60, 3).headers}
    assert _take(limited, TWO) == Allowance(2, 60, 3)


def test_the_bucket_fills_with_time_and_no_further_than_the_burst() -> None:
    clock = FrozenClock()
    limited = Limits(OwnBuckets(clock), 60, 3, NOMINAL)
    for _ in range(3):
        _take(limited, ONE)
    clock.advance(0.9)
    _refused(limited, ONE)
    clock.advance(0.1)
    assert _take(limited, ONE).remaining == 0
    clock.advance(3600)
    assert _take(limited, ONE).remaining == 2


def test_who_waits_as_long_as_told_may_call() -> None:
    clock = FrozenClock()
    limited = Limits(OwnBuckets(clock), 7, 1, NOMINAL)
    for _ in range(20):
        _take(limited, ONE)
        wait = int(_refused(limited, ONE).headers["Retry-After"])
        assert 1 <= wait <= 9
        clock.advance(wait)


def test_a_contract_may_have_its_own_rate() -> None:
    limited = Limits(OwnBuckets(FrozenClock()), 0, 0, NOMINAL)
    own = ContractTerms(3, rate_limit=12)
    assert [_take(limited, own).remaining for _ in range(2)] == [1, 0]
    _refused(limited, own)
    assert _take(limited, ONE) == NOMINAL


def test_without_a_contract_the_full_bucket_is_shown() -> None:
    assert Limits(OwnBuckets(FrozenClock()), 60, 0, NOMINAL).nominal == Allowance(10, 60, 10)
    assert Limits(OwnBuckets(FrozenClock()), 3, 0, NOMINAL).nominal == Allowance(1, 3, 1)


def test_memory_is_bounded_and_the_latest_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "MOST", 5)
    own = OwnBuckets(FrozenClock())
    limited = Limits(own, 60, 2, NOMINAL)
    for number in range(100):
        _take(limited, ContractTerms(number))
    assert _take(limited, ContractTerms(99)).remaining == 0
    assert _take(limited, ContractTerms(0)).remaining == 1
    assert len(own._full) == 5
