"""The only place that reads time.

Two clocks (design 4b). *Wall* and *monotonic* time are never altered on a server: leases, tokens, limits
and logs use them. *World* time is what life cycles and created dates see; each contract may shift and
scale its own.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

SECOND = 1_000_000
"""Microseconds in a second: the unit of every stored instant."""


class Clock:
    """Wall time in microseconds since the epoch (UTC), monotonic time in seconds, and waiting."""

    def wall(self) -> int:
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def pause(self, seconds: float) -> None:
        """Block for a while: for commands that wait for a process, never on an event loop."""
        time.sleep(seconds)


class FrozenClock(Clock):
    """A clock that moves only when told to; waiting moves it. For tests and simulations."""

    def __init__(self, wall: int = 1_767_225_600 * SECOND) -> None:
        self._wall = wall
        self._monotonic = 0.0

    def wall(self) -> int:
        return self._wall

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Move both wall and monotonic time forward."""
        self._wall += round(seconds * SECOND)
        self._monotonic += seconds

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        await asyncio.sleep(0)

    def pause(self, seconds: float) -> None:
        self.advance(seconds)


@dataclass(frozen=True, slots=True)
class World:
    """A contract's own time: it read `world` when the wall read `wall`, and runs `scale` times as fast."""

    wall: int = 0
    world: int = 0
    scale: float = 1.0

    def at(self, wall: int) -> int:
        """World time (µs) at a wall time (µs)."""
        return self.world + round((wall - self.wall) * self.scale)

    def moved(self, wall: int, *, by: int = 0, scale: float | None = None) -> World:
        """The same world shifted by `by` µs and from now on running at `scale`."""
        return World(wall, self.at(wall) + by, self.scale if scale is None else scale)


@dataclass(frozen=True, slots=True)
class Past:
    """Every setting a contract's world had, in the order of their wall times. Before the first it was the wall."""

    worlds: Sequence[World] = ()

    def at(self, wall: int) -> int:
        """World time (µs) at a wall time (µs), as the world ran then."""
        index = bisect_right(self.worlds, wall, key=lambda world: world.wall)
        return self.worlds[index - 1].at(wall) if index else wall


@lru_cache(maxsize=4096)
def _iso_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso(micros: int) -> str:
    """An instant as the API writes it: whole seconds, UTC, ending in `Z`."""
    return _iso_second(micros // SECOND)
