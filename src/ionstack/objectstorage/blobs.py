"""Bodies of objects: small ones go into the row, larger ones into files that never change.

A file is written under another name, brought to the disk, renamed, and only then named by a row. What no row
names is an orphan and of no consequence.
"""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from ionstack.errors import S3Error
from ionstack.objectstorage.encryption.cipher import FRAME, Cipher
from ionstack.objectstorage.reader import PIECE, Holds, Reader, plan
from ionstack.objectstorage.records import Blob

INLINE = 16 * 1024
"""Bytes of the largest body that is kept in its row."""


class Incoming(Protocol):
    """A body on its way in: pieces, digests over what `update` took, and what was promised about them."""

    size: int

    @property
    def length(self) -> int | None:
        """The size that was promised."""

    def update(self, data: bytes) -> None:
        """Take a piece into the digests."""

    def prove(self) -> None:
        """Hold all that was taken to what was promised. Raises S3Error."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The pieces, once."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A body that was taken in: `inline`, or in `parts`."""

    inline: bytes | None
    parts: Sequence[Blob]
    size: int


class Blobs:
    """The files of one directory. `durable` waits for the disk before a body counts as stored."""

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        self._directory, self._durable = directory, durable
        self._new = directory / "new"
        self._made = False
        self._holds = Holds()

    async def take(
        self, body: Incoming, cipher: Cipher | None = None, *, most: int, inline: bool = True
    ) -> Stored:
        """Take in a body and prove it. Raises S3Error if it is not what was promised or larger than `most`."""
        if body.length is not None and body.length > most:
            raise S3Error("EntityTooLarge")
        held, writer, pending = bytearray(), None, None
        try:
            async for piece in body:
                held += piece
                if len(held) > most:
                    raise S3Error("EntityTooLarge")
                if len(held) >= PIECE:
                    if pending is not None:
                        await pending
                    writer = writer or _Writer(self, body, cipher, most)
                    cut = len(held) // FRAME * FRAME
                    pending = asyncio.get_running_loop().run_in_executor(None, writer.take, bytes(held[:cut]))
                    del held[:cut]
            if pending is not None:
                await pending
            pending = None
            if writer is None and inline and len(held) <= INLINE:
                return _inline(body, bytes(held), cipher)
            writer = writer or _Writer(self, body, cipher, most)
            await asyncio.to_thread(writer.finish, bytes(held))
            return Stored(None, [Blob(writer.name, body.size)], body.size)
        except BaseException:
            if pending is not None:
                with suppress(Exception):
                    await pending
            if writer is not None:
                writer.abandon()
            raise

    async def open(
        self, inline: bytes | None, parts: Sequence[Blob], start: int, count: int, cipher: Cipher | None
    ) -> bytes | AsyncIterator[bytes]:
        """`count` bytes of a body from `start`. Raises FileNotFoundError if it was removed meanwhile."""
        if inline is not None:
            plain = cipher.decrypt("", 0, inline) if cipher else inline
            return plain[start : start + count]
        pieces = plan(parts, start, count)
        if not pieces:
            return b""
        if count <= PIECE and len(pieces) == 1:
            return await asyncio.to_thread(self._at_once, pieces[0], cipher)
        held = [blob for blob, _, _ in pieces]
        self._holds.hold(held)
        try:
            first = await asyncio.to_thread(Reader, self.path(held[0].name), pieces[0], cipher)
        except BaseException:
            await self._release(held)
            raise
        return self._stream(first, pieces, cipher)

    def _at_once(self, piece: tuple[Blob, int, int], cipher: Cipher | None) -> bytes:
        return Reader(self.path(piece[0].name), piece, cipher).all()

    async def _stream(
        self, reader: Reader, pieces: Sequence[tuple[Blob, int, int]], cipher: Cipher | None
    ) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        following: asyncio.Future[bytes] | None = None
        try:
            for number, piece in enumerate(pieces):
                if number:
                    reader = await asyncio.to_thread(Reader, self.path(piece[0].name), piece, cipher)
                following = loop.run_in_executor(None, reader.next)
                while data := await following:
                    following = loop.run_in_executor(None, reader.next)
                    yield data
                reader.close()
        finally:
            if following is not None and not following.done():
                with suppress(Exception):
                    await asyncio.shield(following)
            reader.close()
            await self._release([blob for blob, _, _ in pieces])

    async def _release(self, parts: Sequence[Blob]) -> None:
        if over := self._holds.release(parts):
            await self._remove(over)

    async def _remove(self, names: Sequence[str]) -> None:
        now = self._holds.going(names)
        try:
            await asyncio.to_thread(self._drop, now)
        finally:
            self._holds.gone(now)

    async def link(self, parts: Sequence[Blob]) -> Sequence[Blob]:
        """The same bytes under names of their own. Raises FileNotFoundError if they were removed meanwhile."""
        return await asyncio.to_thread(self._link, parts)

    async def drop(self, parts: Iterable[Blob]) -> None:
        """Remove files that no row names any more; what is being read goes when it has been read."""
        names = [one.name for one in parts]
        if names:
            await self._remove(names)

    def path(self, name: str) -> Path:
        """Where a blob lies."""
        return self._directory / name[:2] / name

    def create(self, name: str) -> BinaryIO:
        """A new file that is not stored yet."""
        self._make()
        return (self._new / name).open("xb", buffering=0)

    def settle(self, name: str, file: BinaryIO) -> None:
        """Store a new file."""
        if self._durable:
            os.fsync(file.fileno())
        file.close()
        target = self.path(name)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        (self._new / name).rename(target)
        if self._durable:
            _sync(target.parent)

    def forget(self, name: str) -> None:
        """Remove a new file that will not be stored."""
        (self._new / name).unlink(missing_ok=True)

    def older(self, instant: int) -> dict[str, Path]:
        """The files last written or linked before an instant (wall µs), by name."""
        if not self._directory.is_dir():
            return {}
        return {
            path.name: path
            for directory in self._directory.iterdir()
            for path in directory.iterdir()
            if path.stat().st_mtime_ns // 1000 < instant
        }

    def _make(self) -> None:
        if not self._made:
            self._new.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._made = True

    def _link(self, parts: Sequence[Blob]) -> Sequence[Blob]:
        linked: list[Blob] = []
        for part in parts:
            name = new_name()
            target, source = self.path(name), self.path(part.name)
            try:
                os.utime(source)  # a link has its file's age, and must outlast the sweep until a row names it
                target.parent.mkdir(mode=0o700, exist_ok=True)
                target.hardlink_to(source)
                linked.append(Blob(name, part.size))
                if self._durable:
                    _sync(target.parent)
            except OSError as error:
                self._drop([one.name for one in linked])
                raise _full(error) from error
        return linked

    def _drop(self, names: Sequence[str]) -> None:
        for name in names:
            self.path(name).unlink(missing_ok=True)


def new_name() -> str:
    """A blob's name, which nobody can guess."""
    return secrets.token_hex(16)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _inline(body: Incoming, data: bytes, cipher: Cipher | None) -> Stored:
    body.update(data)
    body.prove()
    return Stored(cipher.encrypt("", 0, data) if cipher else data, [], len(data))


class _Writer:
    """Writes one blob, in threads, one call at a time."""

    def __init__(self, blobs: Blobs, body: Incoming, cipher: Cipher | None, most: int) -> None:
        self.name = new_name()
        self._blobs, self._body, self._cipher, self._most = blobs, body, cipher, most
        self._file: BinaryIO | None = None
        self._frame = 0

    def take(self, data: bytes) -> None:
        """Hash and write a piece, which is whole frames unless it is the last."""
        self._body.update(data)
        if self._body.size > self._most:
            raise S3Error("EntityTooLarge")
        if self._cipher is not None:
            frames = -(-len(data) // FRAME)
            data = self._cipher.encrypt(self.name, self._frame, data)
            self._frame += frames
        try:
            self._file = self._file or self._blobs.create(self.name)
            view = memoryview(data)
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            raise _full(error) from error

    def finish(self, data: bytes) -> None:
        """Write the last piece, prove all and store it."""
        self.take(data)
        self._body.prove()
        assert self._file is not None  # noqa: S101  `take` opened it
        try:
            self._blobs.settle(self.name, self._file)
        except OSError as error:
            raise _full(error) from error

    def abandon(self) -> None:
        """Leave nothing behind."""
        if self._file is not None:
            self._file.close()
        self._blobs.forget(self.name)


def _full(error: OSError) -> S3Error | OSError:
    return S3Error("InsufficientStorage") if error.errno in (errno.ENOSPC, errno.EDQUOT) else error
