"""Rate limits: calls of each contract, and calls of each address that come without credentials that count."""

from __future__ import annotations

import math
from typing import NamedTuple

from ionstack.errors import TooManyRequests
from ionstack.gateway.buckets import Buckets, Rate, Taken
from ionstack.identity.guessing import network
from ionstack.identity.principal import ContractTerms


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
    """The limits of contracts. `limit` is calls a minute, 0 for none; `burst` is calls at once, 0 for a sixth of that.

    `nominal` is what is shown where no contract is known, and to all while nothing is limited.
    """

    def __init__(self, buckets: Buckets, limit: int, burst: int, nominal: Allowance) -> None:
        self._buckets, self._limit, self._burst = buckets, limit, burst
        most = self._rate(limit).burst
        self.nominal = Allowance(most, limit, most) if limit else nominal

    def take(self, terms: ContractTerms, service: str = "") -> Allowance | None:
        """Count a call of a service; TooManyRequests says in how many seconds the next one may come.

        None if that cannot be said without asking other processes: then `fetch` does.
        """
        limit = terms.rate_limit or self._limit
        if not limit:
            return self.nominal
        rate = self._rate(limit)
        taken = self._buckets.take(_name(terms, service), rate)
        return None if taken is None else _allowed(taken, rate)

    async def fetch(self, terms: ContractTerms, service: str = "") -> Allowance:
        """Count a call, asking other processes. Raises TooManyRequests."""
        rate = self._rate(terms.rate_limit or self._limit)
        return _allowed(await self._buckets.fetch(_name(terms, service), rate), rate)

    def _rate(self, limit: int) -> Rate:
        return Rate(limit, self._burst or max(limit // 6, 1))


class Strangers:
    """The limit of callers whose credentials are not known to count. `limit` is failures a minute, 0 for none.

    Only failures are counted, and who is known to this process is never refused: others behind the same
    address cannot lock them out.
    """

    def __init__(self, buckets: Buckets, limit: int) -> None:
        self._buckets = buckets
        self._rate = Rate(limit, max(limit // 6, 1)) if limit else None

    def admit(self, address: str) -> None:
        """TooManyRequests if the address has failed too often for its credentials to be looked at."""
        if self._rate is not None:
            wait = self._buckets.wait(_of(address), self._rate)
            if wait > 0:
                raise _refusal(wait, self._rate, _WITHOUT)

    async def failed(self, address: str) -> None:
        """Count a failure; TooManyRequests if it was one too many."""
        if self._rate is not None:
            taken = await self._buckets.fetch(_of(address), self._rate)
            if taken.wait > 0:
                raise _refusal(taken.wait, self._rate, _WITHOUT)


_WITHOUT = "An address may make {} calls a minute without credentials that count, {} at once"


def _name(terms: ContractTerms, service: str) -> str:
    return f"contract/{terms.number}/{service}" if service else f"contract/{terms.number}"


def _of(address: str) -> str:
    return f"address/{network(address)}"


def _allowed(taken: Taken, rate: Rate) -> Allowance:
    if taken.wait > 0:
        raise _refusal(taken.wait, rate, "The contract may make {} calls a minute, {} at once")
    return Allowance(taken.remaining, *rate)


def _refusal(wait: float, rate: Rate, message: str) -> TooManyRequests:
    seconds = max(math.ceil(wait - 0.001), 1)
    return TooManyRequests(message.format(*rate), retry_after=seconds, headers=Allowance(0, *rate).headers)
