"""Growing delay against guessing passwords.

Failures are counted for each user as seen from one address, and for each address. An answer that says *no*
waits, longer with each failure; what succeeds never waits. So a guesser slows down nobody but those
who fail from the same address, and can lock no user out. A success forgives the user's failures from that
address; the address's own only fade, or a guesser could buy patience with an account of their own.
"""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ionstack.engine.clock import Clock
from ionstack.errors import TooManyRequests

FREE_OF_USER, FREE_OF_ADDRESS = 3, 20
"""Failures that cost nothing yet."""

FIRST_DELAY, LONGEST_DELAY = 0.25, 5.0
"""Seconds; doubled with each further failure, up to the longest."""

FADE = 60.0
"""Seconds after which one failure is forgotten."""

MOST_AT_ONCE = 32
"""Attempts of one address that may be under way, the waiting ones among them."""

MOST_WAITING = 512
"""Answers that may wait at the same time; beyond that they leave at once."""

MOST_REMEMBERED = 16_384
"""Counters kept; the ones longest untouched go first."""


@dataclass(slots=True)
class _Counter:
    failures: float
    at: float

    def fade(self, now: float) -> None:
        self.failures = max(0.0, self.failures - (now - self.at) / FADE)
        self.at = now


class Patience:
    """Counts failures and makes answers wait."""

    def __init__(self, clock: Clock, at_once: int = MOST_AT_ONCE) -> None:
        self._clock, self._at_once = clock, at_once
        self._counters: OrderedDict[int, _Counter] = OrderedDict()
        self._under_way: dict[str, int] = {}
        self._waiting = 0

    @contextmanager
    def attempt(self, address: str) -> Iterator[None]:
        """One attempt of an address, from first to last. TooManyRequests if too many are under way."""
        place = network(address)
        running = self._under_way.get(place, 0)
        if running >= self._at_once:
            raise TooManyRequests("Too many attempts to log in from this address; try again", retry_after=5)
        self._under_way[place] = running + 1
        try:
            yield
        finally:
            if self._under_way[place] > 1:
                self._under_way[place] -= 1
            else:
                del self._under_way[place]

    async def failed(self, user: str, address: str) -> None:
        """Count a failure, and wait as long as it deserves."""
        place = network(address)
        delay = max(
            _delay(self._count(hash((user, place))), FREE_OF_USER),
            _delay(self._count(hash(place)), FREE_OF_ADDRESS),
        )
        if delay <= 0 or self._waiting >= MOST_WAITING:
            return
        self._waiting += 1
        try:
            await self._clock.sleep(delay)
        finally:
            self._waiting -= 1

    def succeeded(self, user: str, address: str) -> None:
        """Forgive a user's failures from an address."""
        self._counters.pop(hash((user, network(address))), None)

    def _count(self, key: int) -> int:
        now = self._clock.monotonic()
        counter = self._counters.setdefault(key, _Counter(0.0, now))
        self._counters.move_to_end(key)
        counter.fade(now)
        counter.failures += 1
        if len(self._counters) > MOST_REMEMBERED:
            self._counters.popitem(last=False)
        return math.ceil(counter.failures)


def network(address: str) -> str:
    """What one party has of addresses: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed.packed[:8] + bytes(8), 64)))


def _delay(failures: int, free: int) -> float:
    if failures <= free:
        return 0.0
    return float(min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(failures - free - 1, 16)))
