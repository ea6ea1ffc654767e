"""Reads ranges of stored bodies, and keeps what is being read from being removed meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ionstack.objectstorage.blobs.shelf import Shelf
from ionstack.objectstorage.encryption.cipher import FRAME, Cipher
from ionstack.objectstorage.records import Blob

PIECE = 1024 * 1024
"""Bytes that are read, hashed and written at a time; a whole number of frames."""


class Holds:
    """Which blobs are being read in this process. A blob that goes meanwhile goes after its last reader."""

    def __init__(self) -> None:
        self._held: Counter[str] = Counter()
        self._waiting: set[str] = set()
        self._going: set[str] = set()

    def hold(self, parts: Iterable[Blob]) -> None:
        """Keep blobs. Raises FileNotFoundError if one of them is being removed."""
        names = [one.name for one in parts]
        if not self._going.isdisjoint(names):
            raise FileNotFoundError
        self._held.update(names)

    def release(self, parts: Iterable[Blob]) -> list[str]:
        """Let them go; which of them are now to be removed."""
        over = []
        for one in parts:
            self._held[one.name] -= 1
            if not self._held[one.name]:
                del self._held[one.name]
                if one.name in self._waiting:
                    self._waiting.remove(one.name)
                    over.append(one.name)
        return over

    def going(self, names: Iterable[str]) -> list[str]:
        """Which may be removed at once; `gone` is to be told afterwards. The others wait for their readers."""
        names = list(names)
        self._waiting.update(name for name in names if name in self._held)
        now = [name for name in names if name not in self._held]
        self._going.update(now)
        return now

    def gone(self, names: Iterable[str]) -> None:
        """They were removed."""
        self._going.difference_update(names)


def plan(parts: Sequence[Blob], start: int, count: int) -> Sequence[tuple[Blob, int, int]]:
    """The blobs that hold a range, each with where to begin in it and how much to take."""
    pieces = []
    for part in parts:
        if start < part.size and count:
            taken = min(count, part.size - start)
            pieces.append((part, start, taken))
            count -= taken
            start = 0
        else:
            start -= min(start, part.size)
    return pieces


class Reader:
    """Reads a range of one blob, in threads, one call at a time."""

    def __init__(self, shelf: Shelf, piece: tuple[Blob, int, int], cipher: Cipher | None) -> None:
        self._blob, self._at, count = piece
        self._end, self._cipher = self._at + count, cipher
        self._opened = shelf.open(self._blob.name)

    def next(self) -> bytes:
        """The next piece; empty at the end."""
        if self._at >= self._end:
            return b""
        stop = min(self._end, (self._at // PIECE + 1) * PIECE)
        data = self._read(self._at, stop)
        self._at = stop
        return data

    def all(self) -> bytes:
        """Everything that is left."""
        try:
            return b"".join(iter(self.next, b""))
        finally:
            self.close()

    def close(self) -> None:
        """Let the blob go."""
        self._opened.close()

    def _read(self, start: int, stop: int) -> bytes:
        if self._cipher is None:
            return self._exactly(start, stop - start)
        first, last = start // FRAME, -(-stop // FRAME)
        sealed = self._opened.read(first * self._cipher.frame, (last - first) * self._cipher.frame)
        plain = self._cipher.decrypt(self._blob.name, first, sealed)
        return plain[start - first * FRAME : stop - first * FRAME]

    def _exactly(self, start: int, count: int) -> bytes:
        data = self._opened.read(start, count)
        if len(data) < count:
            raise OSError(f"the blob {self._blob.name} is shorter than its row says")
        return data
