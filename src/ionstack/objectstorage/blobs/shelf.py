"""Where blobs lie: the port, which a directory and other object stores serve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol


class Unfinished(Protocol):
    """A blob that is being written. It is not on its shelf until it is settled."""

    def write(self, data: bytes) -> None:
        """Add to its end."""

    def settle(self) -> None:
        """Put it on the shelf, whole; it lasts when this returns."""

    def abandon(self) -> None:
        """Leave nothing of it behind."""


class Opened(Protocol):
    """A blob that is being read."""

    def read(self, start: int, count: int) -> bytes:
        """Bytes of it; fewer only where it ends."""

    def close(self) -> None:
        """Let it go."""


class Shelf(Protocol):
    """Keeps blobs by their names.

    All calls may take their time and are made in threads. They raise S3Error (InsufficientStorage) where there is no
    room, StoreUnavailable where the shelf cannot be reached.
    """

    largest: int
    """Bytes of the largest blob that it takes; a body may be of several. A whole number of megabytes."""

    def create(self, name: str) -> Unfinished:
        """Begin a blob."""

    def open(self, name: str) -> Opened:
        """Begin to read a blob. Raises FileNotFoundError, here or when it is read, if there is none."""

    def copy(self, name: str, to: str) -> None:
        """Keep a blob under another name, too, as if it had been written now. Raises FileNotFoundError."""

    def remove(self, names: Sequence[str]) -> None:
        """Remove blobs; none is no error."""

    def older(self, instant: int) -> Iterable[str]:
        """The names of blobs, and of what was left unfinished, last written before an instant (wall µs)."""
