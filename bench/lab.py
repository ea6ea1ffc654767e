"""The conditions of a run, and how contestants take turns in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.figure import Rates
from bench.load import Calls, Outcome, run

WARM = 3.0
"""Seconds that each contestant is called before anything counts."""


@dataclass(frozen=True, slots=True)
class Lab:
    """Where data goes, how many rounds there are, how long a turn lasts (s), how many resources are many."""

    directory: Path
    rounds: int
    seconds: float
    many: int

    def place(self, name: str) -> Path:
        """A directory of this run."""
        return self.directory / name

    def race(self, contestants: Mapping[str, tuple[Calls, int]]) -> Rates:
        """Let contestants, each with so many callers, take turns: A B C A B C, after one that warms up."""
        rates: dict[str, list[float]] = {name: [] for name in contestants}
        for calls, callers in contestants.values():
            run(calls, callers=callers, seconds=WARM)
        for name, outcome in self._turns(contestants):
            rates[name].append(outcome.rate)
        return rates

    def _turns(self, contestants: Mapping[str, tuple[Calls, int]]) -> Iterator[tuple[str, Outcome]]:
        for _ in range(self.rounds):
            for name, (calls, callers) in contestants.items():
                yield name, run(calls, callers=callers, seconds=self.seconds)
