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
    """One line of the result. `low` and `high` are the extremes over the rounds."""

    measure: str
    what: str
    value: float
    unit: str = " x"
    bar: Bar | None = None
    low: float | None = None
    high: float | None = None
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
            "unit": self.unit.strip(), "low": self.low, "high": self.high, "note": self.note,
            "bar": None if self.bar is None else self.bar.words(self.unit), "verdict": self.verdict,
        }  # fmt: skip


def ratio(
    measure: str,
    what: str,
    one: Sequence[float],
    other: Sequence[float],
    bar: Bar | None = None,
    note: str = "",
) -> Figure:
    """How many times `other` is in `one`: the median over rounds of what each round found."""
    each = [a / b for a, b in zip(one, other, strict=True)]
    return Figure(measure, what, statistics.median(each), " x", bar, min(each), max(each), note)


def table(figures: Sequence[Figure]) -> str:
    """The figures for people."""
    head = ("measure", "what", "measured", "over the rounds", "bar", "verdict")
    lines: list[Sequence[str]] = [head]
    lines += [
        (
            figure.measure,
            figure.what,
            f"{figure.value:.3g}{figure.unit}",
            "" if figure.low is None or figure.high is None else f"{figure.low:.3g} .. {figure.high:.3g}",
            "" if figure.bar is None else figure.bar.words(figure.unit),
            figure.verdict,
        )
        for figure in figures
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    drawn = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    notes = [f"  {figure.measure}, {figure.what}: {figure.note}" for figure in figures if figure.note]
    return "\n".join([*(line.rstrip() for line in drawn), *(["", *notes] if notes else [])])


Rates = Mapping[str, Sequence[float]]
"""Answers a second, by contestant, one for each round."""
