"""Waiting for what another process does: by its condition, never by the time it may take."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

DEADLINE = 60.0
"""Seconds after which what did not happen never will; a dead worker's lease is much shorter."""

MOMENT = 0.05
"""Seconds between two looks."""


async def until(met: Callable[[], Awaitable[bool]], otherwise: str) -> None:
    """Return as soon as a condition is met; an AssertionError that says `otherwise` if it never is."""
    try:
        async with asyncio.timeout(DEADLINE):
            while not await met():  # noqa: ASYNC110  another process sets no event of ours
                await asyncio.sleep(MOMENT)
    except TimeoutError:
        raise AssertionError(otherwise) from None
