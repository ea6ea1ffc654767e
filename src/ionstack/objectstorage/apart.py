"""Keeps things that are done one after the other apart: one that fails does not keep the next from being done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ionstack.errors import StoreUnavailable


class Apart:
    """Remembers what failed first. A store that is away ends everything at once: all would fail by it."""

    def __init__(self) -> None:
        self._first: Exception | None = None

    @contextmanager
    def one(self) -> Iterator[None]:
        """Do one thing."""
        try:
            yield
        except StoreUnavailable:
            raise
        except Exception as failed:  # noqa: BLE001  raised at the end
            self._first = self._first or failed

    def end(self) -> None:
        """Raises what failed first, now that all was tried."""
        if self._first is not None:
            raise self._first
