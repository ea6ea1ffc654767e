"""What was measured, and whether it meets its bar."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """A bound that a figure must keep."""

    bound: float
    least: bool = False

    def met(self, value: float) -> bool:
        return value >= self.bound if self.least else value <= self.bound

    def words(self, unit: str) -> str:
        return f"{'≥' if self.least else '≤'} {self.bound:g}{unit}"


def at_least(bound: float) -> Bar:
    return Bar(bound, least=True)


def at_most(bound: float) -> Bar:
    return Bar(bound)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result. `low` and `high` are the extremes over the rounds.

    `by_cost` is the same ratio found from the processor time that the servers used, which other work on the
    machine disturbs less; the bar holds for `value`.
    """

    measure: str
    what: str
    value: float
    unit: str = " x"
    bar: Bar | None = None
    low: float | None = None
    high: float | None = None
    by_cost: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.bar is None:
            return "-"
        return "met" if self.bar.met(self.value) else "MISSED"

    def as_json(self) -> dict[str, object]:
        """The figure as it is kept."""
        return {
            "measure": self.measure, "what": self.what, "value": round(self.value, 4),
            "unit": self.unit.strip(), "low": self.low, "high": self.high,
            "by_processor_time": self.by_cost, "note": self.note,
            "bar": None if self.bar is None else self.bar.words(self.unit), "verdict": self.verdict,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Turn:
    """What one contestant did in one round: answers a second, and processor seconds of its server an answer."""

    rate: float
    cost: float


Turns = Mapping[str, Sequence[Turn]]
"""By contestant, one for each round."""


def ratio(
    measure: str,
    what: str,
    one: Sequence[Turn],
    other: Sequence[Turn],
    bar: Bar | None = None,
    note: str = "",
) -> Figure:
    """How many times the rate of `other` is in that of `one`: the median over rounds of what each found."""
    each = [a.rate / b.rate for a, b in zip(one, other, strict=True)]
    by_cost = statistics.median(b.cost / a.cost for a, b in zip(one, other, strict=True))
    return Figure(measure, what, statistics.median(each), " x", bar, min(each), max(each), by_cost, note)


def table(figures: Sequence[Figure]) -> str:
    """The figures for people."""
    head = ("measure", "what", "measured", "over the rounds", "by processor time", "bar", "verdict")
    lines: list[Sequence[str]] = [head]
    lines += [
        (
            figure.measure,
            figure.what,
            f"{figure.value:.3g}{figure.unit}",
            "" if figure.low is None or figure.high is None else f"{figure.low:.3g} .. {figure.high:.3g}",
            "" if figure.by_cost is None else f"{figure.by_cost:.3g}{figure.unit}",
            "" if figure.bar is None else figure.bar.words(figure.unit),
            figure.verdict,
        )
        for figure in figures
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    drawn = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    notes = [f"  {figure.measure}, {figure.what}: {figure.note}" for figure in figures if figure.note]
    return "\n".join([*(line.rstrip() for line in drawn), *(["", *notes] if notes else [])])
