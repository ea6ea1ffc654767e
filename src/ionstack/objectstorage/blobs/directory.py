"""Blobs as the files of a directory, which several processes may share."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ionstack.disk import settle
from ionstack.errors import S3Error

_NEW = "new"
_AHEAD = 8 * 1024 * 1024
"""Bytes after which the disk is told to begin with them."""


class Directory:
    """A shelf of files, each written under another directory, brought to the disk and renamed.

    `durable` waits for the disk before a blob counts as settled.
    """

    largest = sys.maxsize

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        self._directory, self._durable = directory, durable
        self._made = False

    def create(self, name: str) -> File:
        """Begin a file."""
        if not self._made:
            (self._directory / _NEW).mkdir(mode=0o700, parents=True, exist_ok=True)
            self._made = True
        with _room():
            return File(self._directory / _NEW / name, self.path(name), durable=self._durable)

    def open(self, name: str) -> Reading:
        """Open a file."""
        return Reading(self.path(name))

    def copy(self, name: str, to: str) -> None:
        """Make a link."""
        target, source = self.path(to), self.path(name)
        with _room():
            os.utime(source)  # a link has its file's age, and must outlast the sweep until a row names it
            target.parent.mkdir(mode=0o700, exist_ok=True)
            target.hardlink_to(source)
            if self._durable:
                settle(target.parent)

    def remove(self, names: Sequence[str]) -> None:
        """Unlink files, finished or not."""
        for name in names:
            self.path(name).unlink(missing_ok=True)
            (self._directory / _NEW / name).unlink(missing_ok=True)

    def older(self, instant: int) -> Iterable[str]:
        """The files last written or linked before an instant (wall µs)."""
        if not self._directory.is_dir():
            return []
        return [
            path.name
            for directory in self._directory.iterdir()
            for path in directory.iterdir()
            if path.stat().st_mtime_ns // 1000 < instant
        ]

    def path(self, name: str) -> Path:
        """Where a blob lies."""
        return self._directory / name[:2] / name


class File:
    """A file that is being written."""

    def __init__(self, path: Path, target: Path, *, durable: bool) -> None:
        self._path, self._target, self._durable = path, target, durable
        self._file = path.open("xb", buffering=0)
        self._begun = self._ahead = 0

    def write(self, data: bytes) -> None:
        """Add to its end."""
        view = memoryview(data)
        with _room():
            while view:
                view = view[self._file.write(view) :]
        self._ahead += len(data)
        if self._durable and self._ahead >= _AHEAD:
            _begin_writing(self._file.fileno(), self._begun, self._ahead)
            self._begun, self._ahead = self._begun + self._ahead, 0

    def settle(self) -> None:
        """Bring it to the disk, then to its place."""
        with _room():
            if self._durable:
                os.fsync(self._file.fileno())
            self._file.close()
            self._target.parent.mkdir(mode=0o700, exist_ok=True)
            self._path.rename(self._target)
            if self._durable:
                settle(self._target.parent)

    def abandon(self) -> None:
        """Remove it, wherever it is by now."""
        self._file.close()
        self._path.unlink(missing_ok=True)
        self._target.unlink(missing_ok=True)


class Reading:
    """A file that is being read."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)

    def read(self, start: int, count: int) -> bytes:
        """Bytes of it."""
        pieces = []
        while count and (data := os.pread(self._file.fileno(), count, start)):
            pieces.append(data)
            start, count = start + len(data), count - len(data)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        """Let it go."""
        self._file.close()


@contextmanager
def _room() -> Iterator[None]:
    """Tell of a full disk in S3's words."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise S3Error("InsufficientStorage") from error
        raise


def _begin_writing(descriptor: int, start: int, count: int) -> None:
    """Let the disk begin with what is written while more comes, so that less is left to wait for at the end."""
    if hasattr(os, "posix_fadvise"):  # not everywhere
        os.posix_fadvise(descriptor, start, count, os.POSIX_FADV_DONTNEED)
