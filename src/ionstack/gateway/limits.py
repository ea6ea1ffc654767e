"""Rate limits: a token bucket for each contract, in the memory of this process."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import NamedTuple

from ionstack.engine.clock import Clock
from ionstack.errors import TooManyRequests
from ionstack.identity.principal import ContractTerms

MOST = 10_000
"""How many buckets are kept; the one not used for the longest time goes first, and would be full again."""


class Allowance(NamedTuple):
    """What the three rate-limit headers say: calls left, calls a minute, calls at once."""

    remaining: int
    limit: int
    burst: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Burst": str(self.burst),
        }


class Limits:
    """`rate` is calls a minute, 0 for no limit; `burst` is calls at once, 0 for a sixth of the rate.

    `nominal` is what is shown where no contract is known, and to all while nothing is limited.
    """

    def __init__(self, clock: Clock, rate: int, burst: int, nominal: Allowance) -> None:
        self._clock, self._rate, self._burst = clock, rate, burst
        most = self._most(rate)
        self.nominal = Allowance(most, rate, most) if rate else nominal
        self._buckets: OrderedDict[int, tuple[float, float]] = OrderedDict()

    def take(self, terms: ContractTerms) -> Allowance:
        """Count a call; TooManyRequests says in how many seconds the next one may come."""
        rate = terms.rate_limit or self._rate
        if not rate:
            return self.nominal
        burst = self._most(rate)
        now = self._clock.monotonic()
        level, since = self._buckets.get(terms.number, (float(burst), now))
        level = min(float(burst), level + (now - since) * rate / 60)
        if level < 1:
            allowance = Allowance(0, rate, burst)
            raise TooManyRequests(
                f"The contract may make {rate} calls a minute, {burst} at once",
                retry_after=max(math.ceil((1 - level) * 60 / rate), 1),
                headers=allowance.headers,
            )
        self._buckets[terms.number] = (level - 1, now)
        self._buckets.move_to_end(terms.number)
        if len(self._buckets) > MOST:
            self._buckets.popitem(last=False)
        return Allowance(int(level - 1), rate, burst)

    def _most(self, rate: int) -> int:
        return self._burst or max(rate // 6, 1)
