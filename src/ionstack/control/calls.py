"""The latest HTTP calls, kept in memory for whoever looks at `/_ionstack/requests`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

from ionstack.engine.clock import iso

KEPT = 1000
"""How many calls are remembered."""


class Recorded(NamedTuple):
    """One finished call. `at` is the wall time (µs) at which it came; `contract` is 0 without credentials."""

    request_id: str
    at: int
    method: str
    path: str
    api: str
    operation: str
    status: int
    seconds: float
    contract: int = 0
    user: str = ""
    address: str = ""

    def shown(self) -> dict[str, Any]:
        """The call as `/_ionstack/requests` lists it."""
        return {
            "requestId": self.request_id,
            "at": iso(self.at),
            "method": self.method,
            "path": self.path,
            "api": self.api,
            "operation": self.operation,
            "status": self.status,
            "milliseconds": round(self.seconds * 1000, 3),
            "contractNumber": self.contract or None,
            "user": self.user or None,
            "address": self.address,
        }


class Calls:
    """The last calls of this process, oldest first."""

    def __init__(self, kept: int = KEPT) -> None:
        self._calls: deque[Recorded] = deque(maxlen=kept)

    def add(self, call: Recorded) -> None:
        """Remember a call, and forget the oldest if there are too many."""
        self._calls.append(call)

    def latest(self, limit: int, *, contract: int = 0, status: int = 0) -> list[Recorded]:
        """The latest calls, newest first; of one contract or with one status if they are given."""
        found: list[Recorded] = []
        for call in self._matching(contract, status):
            if len(found) == limit:
                break
            found.append(call)
        return found

    def forget(self, contract: int) -> None:
        """Forget the calls of a contract."""
        kept = [call for call in self._calls if call.contract != contract]
        self._calls.clear()
        self._calls.extend(kept)

    def _matching(self, contract: int, status: int) -> Iterator[Recorded]:
        for call in reversed(self._calls):
            if contract in (0, call.contract) and status in (0, call.status):
                yield call
