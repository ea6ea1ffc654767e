"""How long a start takes, and how much memory an idle server holds."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from bench import server
from bench.figure import Figure, at_most
from bench.lab import Lab
from bench.memory import pss
from bench.server import API

IDLE = 3.0
"""Seconds after the first answer at which memory is read."""


def start(lab: Lab) -> Iterator[Figure]:
    """From the command to the first answer to a caller with a password: nothing there yet, then all there."""
    empty, existing, memory = [], [], []
    for number in range(lab.rounds):
        directory = lab.place(f"start{number}")
        empty.append(_first_answer(directory))
        existing.append(_first_answer(directory))
        memory.append(_idle(directory))
        shutil.rmtree(directory)
    yield _figure("first answer, existing directory", existing, " s", 1)
    yield _figure("first answer, empty directory", empty, " s", 2.5)
    yield _figure("idle memory (PSS)", memory, " MB", 100)


def _first_answer(directory: Path) -> float:
    began = time.perf_counter()
    with server.starting(directory) as (ours, _):
        ours.call(f"{API}/datacenters")
        return time.perf_counter() - began


def _idle(directory: Path) -> float:
    with server.ionstack(directory) as ours:
        ours.call(f"{API}/datacenters")
        time.sleep(IDLE)
        return pss(ours.pid)


def _figure(what: str, found: list[float], unit: str, bound: float) -> Figure:
    return Figure("start", what, statistics.median(found), unit, at_most(bound), min(found), max(found))
