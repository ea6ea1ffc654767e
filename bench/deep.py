"""A data center with 1000 descendants, all of them in one answer, next to its stored text sent as it lies."""

from __future__ import annotations

from collections.abc import Iterator

from bench import server
from bench.figure import Figure, at_most, ratio
from bench.lab import Contestant, Lab
from bench.seed import FILE, seed
from bench.server import API

CALLERS = 2
DESCENDANTS = 1000


def deep(lab: Lab) -> Iterator[Figure]:
    """Depth 5; the cost is the time of an answer."""
    seeded = seed(lab.place("deep"), 1, DESCENDANTS)
    root = seeded.datacenters[0]
    arguments = (str(seeded.directory / FILE), str(seeded.contract), root)
    path = f"{API}/datacenters/{root}?depth=5"
    with (
        server.ionstack(seeded.directory) as ours,
        server.limit("bench.stored", *arguments, log=lab.place("stored.log")) as stored,
    ):
        rates = lab.race(
            {
                "ours": Contestant(ours, [path], CALLERS),
                "stored": Contestant(stored, ["/"], CALLERS),
            }
        )
        note = f"answers of {len(ours.call(path))} and {len(stored.call('/'))} bytes"
    yield ratio("deep", "time, of the stored text's", rates["stored"], rates["ours"], at_most(3), note)
