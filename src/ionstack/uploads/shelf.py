"""Where the bytes of uploaded images lie: a file each, named after the image, never changed.

A file that is still being sent ends in `.part`. What a crash left behind, and what belonged to an image that
is gone, is swept when the server starts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import IO

from ionstack.disk import settle

DIRECTORY = "images"

RESERVE = 256 * 1024 * 1024
"""Bytes of the disk that uploads leave free: the store lies beside them."""

_LOOK = 16 * 1024 * 1024
"""Bytes after which the free space is looked at again."""


class Shelf:
    """The files of one data directory. `most` is how many bytes an image may have."""

    def __init__(self, data_dir: Path, most: int) -> None:
        self.directory, self.most = data_dir / DIRECTORY, most
        self.directory.mkdir(mode=0o700, exist_ok=True)

    def path(self, id: str) -> Path:
        """The file of an image."""
        return self.directory / id

    def ids(self) -> set[str]:
        """The images that have a file here."""
        return {file.name for file in self.directory.iterdir() if file.suffix != ".part"}

    def sweep(self, kept: Collection[str]) -> None:
        """Remove what belongs to none of these images. Only while nothing is being sent."""
        for file in self.directory.iterdir():
            if file.name not in kept:
                file.unlink()


class Part:
    """A file that is being sent. It appears with its first byte, and goes unless it was kept.

    `failure` says why it can no longer become an image; nothing here raises in the middle of a transfer.
    """

    def __init__(self, shelf: Shelf, id: str, name: str) -> None:
        self.id, self.name, self.size, self.failure, self.closed = id, name, 0, "", False
        self._shelf, self._path, self._looked = shelf, shelf.path(f"{id}.part"), -_LOOK
        self._file: IO[bytes] | None = None

    def write(self, chunk: bytes) -> None:
        """Take some bytes, unless there is a failure."""
        if self.failure:
            return
        self.size += len(chunk)
        try:
            self._prove_room()
            if not self.failure:
                self._file = self._file or self._path.open("xb")
                self._file.write(chunk)
        except OSError as error:
            self.failure = error.strerror or "The disk cannot be written"

    def keep(self) -> None:
        """Put the whole file in its place, to stay there. OSError if the disk will not have it."""
        if self._file is None:
            self._file = self._path.open("xb")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._path.rename(self._shelf.path(self.id))
        settle(self._shelf.directory)

    def withdraw(self) -> None:
        """Take back what was kept."""
        self._shelf.path(self.id).unlink(missing_ok=True)

    def close(self) -> None:
        """Be done with it; what was not kept is removed."""
        self.closed = True
        if self._file is not None:
            self._file.close()
        self._path.unlink(missing_ok=True)

    def _prove_room(self) -> None:
        if self.size > self._shelf.most:
            self.failure = f"An image may have {self._shelf.most} bytes at most"
        elif self.size - self._looked >= _LOOK:
            self._looked = self.size
            if shutil.disk_usage(self._shelf.directory).free < RESERVE:
                self.failure = "The disk is full"
