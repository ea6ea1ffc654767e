"""Maintenance: every call of an API is answered with 503 until it is over."""

from __future__ import annotations

from ionstack.errors import Unavailable


class Maintenance:
    """Whether this process serves, and when clients may ask again (whole seconds)."""

    def __init__(self, on: bool = False, retry_after: int = 60) -> None:
        self.on, self.retry_after = on, retry_after

    def refuse(self) -> None:
        """Unavailable while maintenance is on."""
        if self.on:
            raise Unavailable("The service is down for maintenance", retry_after=self.retry_after)
