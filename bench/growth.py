"""What becomes of GET by id, and of memory, when there are very many resources."""

from __future__ import annotations

from collections.abc import Iterator

from bench import load, server
from bench.figure import Figure, at_most, ratio
from bench.lab import Contestant, Lab
from bench.memory import pss
from bench.seed import seed
from bench.server import Server

CALLERS = 8
FEW = 1000
INSIDE = 99
"""LANs in each data center, which makes a hundred resources of it."""

ASKED_FOR = 20_000
"""Different LANs that are asked for, drawn from all."""

CALLS = 100_000


def growth(lab: Lab) -> Iterator[Figure]:
    """A LAN by its id, among few and among many; then the memory that 100,000 such calls leave taken."""
    few = seed(lab.place("few"), FEW // (INSIDE + 1), INSIDE)
    many = seed(lab.place("many"), lab.many // (INSIDE + 1), INSIDE)
    with server.ionstack(few.directory) as small, server.ionstack(many.directory) as large:
        among_many = Contestant(large, many.some_paths(ASKED_FOR), CALLERS)
        rates = lab.race(
            {
                "few": Contestant(small, few.some_paths(ASKED_FOR), CALLERS),
                "many": among_many,
            }
        )
        what = f"time among {lab.many:,}, of that among {FEW:,}"
        yield ratio("growth", what, rates["few"], rates["many"], at_most(1.5))
        yield from _memory(lab, small, among_many)


def _memory(lab: Lab, small: Server, many: Contestant) -> Iterator[Figure]:
    """What is mapped from the database file is the kernel's to take back, and told beside."""
    large = many.server
    before = pss(large.pid, "Pss_Anon")
    answers = 0
    while answers < CALLS:
        answers += load.run(many.calls, callers=CALLERS, seconds=lab.seconds).answers
    after = pss(large.pid, "Pss_Anon")
    mapped = f"besides, {pss(large.pid, 'Pss_File'):.0f} MB are mapped from files"
    what = f"memory after {CALLS:,} calls, of before"
    yield Figure("growth", what, after / before, bar=at_most(1.05), note=mapped)
    what = f"memory among {lab.many:,}, of that among {FEW:,}"
    yield Figure("growth", what, after / pss(small.pid, "Pss_Anon"))
