"""Who bounds how often an address may come without credentials that count."""

from __future__ import annotations

from typing import Protocol


class Gate(Protocol):
    """Asked before credentials that nobody knows yet are looked at, and told of those that do not count."""

    def admit(self, address: str) -> None:
        """Raises TooManyRequests if nothing that an address brings is to be looked at now."""

    async def failed(self, address: str) -> None:
        """An address came without credentials that count. Raises TooManyRequests if that was once too often."""


class Open:
    """A gate that lets everybody try."""

    def admit(self, address: str) -> None:
        """Everybody is let in."""

    async def failed(self, address: str) -> None:
        """Nobody counts."""


OPEN = Open()
