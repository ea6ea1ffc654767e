"""The conditions of a run, and how contestants take turns in it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figure import Turn, Turns
from bench.load import Calls, NoAnswer, Refused, run
from bench.server import Server

WARM = 3.0
"""Seconds that each contestant is called before anything counts."""

WARMINGS = 10
"""How often it is given that long to answer at all."""


class Contestant:
    """A server that so many callers ask for paths, in turn."""

    def __init__(
        self,
        server: Server,
        paths: Sequence[str],
        callers: int,
        *,
        post: str = "",
        method: str = "",
        body: str = "",
    ) -> None:
        self.server, self.callers = server, callers
        method = method or ("POST" if post else "GET")
        self.calls = Calls(server.url, paths, server.headers, method, post or body, server.form)

    def turn(self, seconds: float) -> Turn:
        """Call it for so long."""
        before = self._processor_seconds()
        outcome = run(self.calls, callers=self.callers, seconds=seconds)
        return Turn(outcome.rate, (self._processor_seconds() - before) / outcome.answers)

    def warm(self) -> None:
        """Call it until it has got going: some peers take long over their first answers, or refuse some of them."""
        for _ in range(WARMINGS):
            with contextlib.suppress(NoAnswer, Refused):
                self.turn(WARM)
                return
        raise NoAnswer(self.server.url)

    def _processor_seconds(self) -> float:
        fields = Path(f"/proc/{self.server.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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

    def race(self, contestants: Mapping[str, Contestant]) -> Turns:
        """Let contestants take turns: A B C A B C, after one turn each that warms up."""
        for contestant in contestants.values():
            contestant.warm()
        turns: dict[str, list[Turn]] = {name: [] for name in contestants}
        for _ in range(self.rounds):
            for name, contestant in contestants.items():
                turns[name].append(contestant.turn(self.seconds))
        return turns
