"""Blobs that no row names any more, while other servers may still read them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from ionstack.engine.clock import Clock


class Lingering:
    """Keeps blobs for some seconds (`patience`) after they were given up. What a process that ends still has here is
    left to the sweep."""

    def __init__(self, clock: Clock, patience: float) -> None:
        self._clock, self._patience = clock, patience
        self._waiting: deque[tuple[float, Sequence[str]]] = deque()

    def add(self, names: Sequence[str]) -> None:
        """Give blobs up."""
        self._waiting.append((self._clock.monotonic() + self._patience, names))

    def due(self) -> list[str]:
        """Those whose time is over; they are forgotten here."""
        found: list[str] = []
        while self._waiting and self._waiting[0][0] <= self._clock.monotonic():
            found += self._waiting.popleft()[1]
        return found
