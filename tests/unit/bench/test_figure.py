"""What the benchmarks make of their rounds."""

from __future__ import annotations

import pytest

from bench.figure import Bar, Figure, Turn, at_least, at_most, ratio, table


@pytest.mark.parametrize(
    ("bar", "value", "verdict"),
    [
        (at_least(8), 8.0, "met"),
        (at_least(8), 7.99, "MISSED"),
        (at_most(3), 3.0, "met"),
        (at_most(3), 3.01, "MISSED"),
        (None, 0.0, "-"),
    ],
)
def test_a_bar_is_met_at_its_bound(bar: Bar | None, value: float, verdict: str) -> None:
    assert Figure("get", "rate", value, bar=bar).verdict == verdict


def test_a_ratio_is_the_median_of_what_each_round_found() -> None:
    ours = [Turn(100, 0.01), Turn(10, 0.01), Turn(90, 0.01)]
    theirs = [Turn(10, 0.2), Turn(10, 0.2), Turn(10, 0.4)]
    found = ratio("get", "rate", ours, theirs, at_least(8))
    assert (found.value, found.low, found.high) == (9, 1, 10)
    assert found.by_cost == pytest.approx(20)
    assert found.verdict == "met"


def test_the_table_tells_the_bar_the_verdict_and_the_notes() -> None:
    text = table([Figure("start", "idle memory", 55.6, " MB", at_most(100), 55.1, 57.0, note="three rounds")])
    line = text.splitlines()[1]
    for cell in ("start", "idle memory", "55.6 MB", "55.1 .. 57", "≤ 100 MB", "met"):
        assert cell in line
    assert text.endswith("start, idle memory: three rounds")
