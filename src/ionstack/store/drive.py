"""Runs a unit of work that awaits nothing but a transaction which never waits."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")


def drive(work: Awaitable[T]) -> T:
    """The result of an awaitable that finishes without ever suspending; RuntimeError if it suspends."""
    steps: Any = work.__await__()
    try:
        next(steps)
    except StopIteration as done:
        result: T = done.value
        return result
    steps.close()
    raise RuntimeError("a unit of work awaited something other than its transaction")
