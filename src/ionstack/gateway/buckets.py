"""Token buckets: so many calls a minute, and so many at once.

A bucket is one instant: when it will be full again. A call moves it on by the time that one token takes to
drip in; a bucket of which nothing is known is full.

One process keeps its buckets in memory. Several processes keep them in the store, where each takes a slice of
a bucket at a time and serves calls from that without asking anybody. What is left of a slice after a second is
not spent any more but given back with the next one, so that all processes together let no more through than
the bucket holds, but for a second's worth.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable
from typing import NamedTuple, Protocol

from ionstack.engine.clock import SECOND, Clock
from ionstack.identity.recent import Recent
from ionstack.store.port import Store, Tx
from ionstack.store.statement import statements

SQL = statements("bucket")

MOST = 10_000
"""How many buckets are kept in memory; the one not used for the longest time goes first, and would be full again."""

SLICE_LASTS = 1.0
"""Seconds for which a slice may be spent."""

SWEEP = 60 * SECOND
"""How often (µs) a process removes the buckets that are full again from the store."""


class Rate(NamedTuple):
    """`limit` calls a minute, `burst` at once."""

    limit: int
    burst: int

    @property
    def interval(self) -> float:
        """Seconds in which one token drips in."""
        return 60 / self.limit

    @property
    def slice(self) -> int:
        """Tokens that a process takes at a time: no more than drip in within a second, or an eighth of all."""
        return max(1, min(self.limit // 60, self.burst // 8))


class Taken(NamedTuple):
    """What became of a call: tokens that are left, or the seconds to wait for the next one."""

    remaining: int
    wait: float = 0.0


class Buckets(Protocol):
    """Where tokens are taken from. Each bucket has a name."""

    def take(self, name: str, rate: Rate) -> Taken | None:
        """Take a token, without waiting for anybody; None if somebody must be asked (`fetch`)."""

    def fetch(self, name: str, rate: Rate) -> Awaitable[Taken]:
        """Take a token, asking whoever has them."""

    def wait(self, name: str, rate: Rate) -> float:
        """For how many seconds the bucket will be empty yet, as far as is known here."""


class OwnBuckets:
    """The buckets of the only process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._full: Recent[str, float] = Recent(MOST)

    def take(self, name: str, rate: Rate) -> Taken:
        now, full = self._clock.monotonic(), self._full_again(name)
        wait = _wait(full - now, rate)
        if wait > 0:
            return Taken(0, wait)
        full += rate.interval
        self._full.put(name, full)
        return Taken(_level(full - now, rate))

    async def fetch(self, name: str, rate: Rate) -> Taken:
        return self.take(name, rate)

    def wait(self, name: str, rate: Rate) -> float:
        return _wait(self._full_again(name) - self._clock.monotonic(), rate)

    def _full_again(self, name: str) -> float:
        return max(self._full.get(name) or 0.0, self._clock.monotonic())


class _Slice:
    """What a process has of a bucket: tokens to spend until `ends`, and how many there were beyond them.

    Of an `empty` bucket there was nothing to have, and `ends` is when there will be.
    """

    __slots__ = ("beyond", "empty", "ends", "tokens")

    def __init__(self, tokens: int, beyond: int, ends: float) -> None:
        self.tokens, self.beyond, self.ends, self.empty = tokens, beyond, ends, tokens == 0


class SharedBuckets:
    """The buckets of all processes on one store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._slices: Recent[str, _Slice] = Recent(MOST)
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._swept = clock.wall()

    def take(self, name: str, rate: Rate) -> Taken | None:
        held, now = self._slices.get(name), self._clock.monotonic()
        if held is None or held.ends <= now:
            return None
        if held.tokens:
            held.tokens -= 1
            return Taken(held.tokens + held.beyond)
        return Taken(0, held.ends - now) if held.empty else None

    async def fetch(self, name: str, rate: Rate) -> Taken:
        while (taken := self.take(name, rate)) is None:
            task = self._asking.get(name)
            if (
                task is None or task.done()
            ):  # one that is done tells nothing new, and awaiting it yields to nobody
                task = self._asking[name] = asyncio.create_task(self._ask(name, rate))
                task.add_done_callback(lambda done: self._forget(name, done))
            await asyncio.shield(task)
        return taken

    def wait(self, name: str, rate: Rate) -> float:
        held, now = self._slices.get(name), self._clock.monotonic()
        return max(held.ends - now, 0.0) if held is not None and held.empty else 0.0

    def _forget(self, name: str, task: asyncio.Task[None]) -> None:
        if self._asking.get(name) is task:
            del self._asking[name]

    async def _ask(self, name: str, rate: Rate) -> None:
        """Give back what is left, and take another slice."""
        left = held.tokens if (held := self._slices.get(name)) else 0
        wall, interval = self._clock.wall(), math.ceil(rate.interval * SECOND)
        latest = wall + interval * rate.burst

        async def work(tx: Tx) -> tuple[int, int]:
            record = await tx.one(
                SQL.slice, name=name, now=wall, interval=interval, latest=latest, wanted=rate.slice,
                returned=left * interval, first=wall + interval * rate.slice,
            )  # fmt: skip
            assert record is not None  # noqa: S101  RETURNING always returns
            return int(record[0]), int(record[1])

        full, granted = await self._store.write(work)
        now, room = self._clock.monotonic(), latest - full
        ends = now + SLICE_LASTS if granted else now + (interval - room) / SECOND
        self._slices.put(name, _Slice(granted, room // interval, ends))
        await self._sweep(wall)

    async def _sweep(self, wall: int) -> None:
        """A bucket that is full again is as good as none."""
        if wall - self._swept < SWEEP:
            return
        self._swept = wall

        async def work(tx: Tx) -> None:
            await tx.run(SQL.sweep, now=wall)

        await self._store.write(work)


def buckets(store: Store, clock: Clock) -> Buckets:
    """The buckets for a store: shared where several processes may use it."""
    return SharedBuckets(store, clock) if store.dialect == "postgresql" else OwnBuckets(clock)


_GRAIN = 1e-6
"""Seconds that arithmetic may be off."""


def _wait(filling: float, rate: Rate) -> float:
    """Seconds until there is a token in a bucket that will be full in `filling` seconds; 0 if there is one."""
    wait = filling + rate.interval * (1 - rate.burst)
    return wait if wait > _GRAIN else 0.0


def _level(filling: float, rate: Rate) -> int:
    """Whole tokens in a bucket that will be full in `filling` seconds."""
    return int(rate.burst - (filling - _GRAIN) / rate.interval)
