"""Bodies on their way to a shelf and back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ionstack.engine.clock import Clock
from ionstack.errors import S3Error, StoreUnavailable
from ionstack.objectstorage.blobs.lingering import Lingering
from ionstack.objectstorage.blobs.reader import PIECE, Holds, Reader, plan
from ionstack.objectstorage.blobs.shelf import Shelf
from ionstack.objectstorage.blobs.writer import Incoming, Writer, new_name
from ionstack.objectstorage.encryption.cipher import FRAME, Cipher
from ionstack.objectstorage.records import Blob

log = logging.getLogger(__name__)

INLINE = 16 * 1024
"""Bytes of the largest body that is kept in its row."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A body that was taken in: `inline`, or in `parts`."""

    inline: bytes | None
    parts: Sequence[Blob]
    size: int


class Blobs:
    """All bodies that do not lie in a row.

    Where other servers read from the same shelf, what was given up lingers there for `patience` seconds.
    """

    def __init__(self, shelf: Shelf, clock: Clock | None = None, patience: float = 0) -> None:
        self._shelf = shelf
        self._holds = Holds()
        self._lingering = Lingering(clock or Clock(), patience)

    async def take(
        self, body: Incoming, cipher: Cipher | None = None, *, most: int, inline: bool = True
    ) -> Stored:
        """Take in a body and prove it. Raises S3Error if it is not what was promised or larger than `most`."""
        if body.length is not None and body.length > most:
            raise S3Error("EntityTooLarge")
        held, taken, writer = bytearray(), 0, None
        pending: asyncio.Future[None] | None = None
        try:
            async for piece in body:
                held += piece
                taken += len(piece)
                if taken > most:
                    raise S3Error("EntityTooLarge")
                if len(held) >= PIECE:
                    if pending is not None:
                        await pending
                    writer = writer or Writer(self._shelf, body, cipher)
                    cut = len(held) // FRAME * FRAME
                    pending = asyncio.get_running_loop().run_in_executor(None, writer.take, bytes(held[:cut]))
                    del held[:cut]
            if writer is None and inline and len(held) <= INLINE:
                return _inline(body, bytes(held), cipher)
            if pending is not None:
                await pending
            writer = writer or Writer(self._shelf, body, cipher)
            return Stored(None, await asyncio.to_thread(writer.finish, bytes(held)), body.size)
        except BaseException:
            if pending is not None:
                with suppress(Exception):
                    await pending
            if writer is not None:
                await self._abandon(writer)
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
            reader, data = await asyncio.to_thread(self._begin, pieces[0], cipher)
        except BaseException:
            await self._release(held)
            raise
        return self._stream(reader, data, pieces, cipher)

    async def link(self, parts: Sequence[Blob]) -> Sequence[Blob]:
        """The same bytes under names of their own. Raises FileNotFoundError if they were removed meanwhile."""
        return await asyncio.to_thread(self._link, parts)

    async def drop(self, parts: Iterable[Blob]) -> None:
        """Remove blobs that no row names any more; what is being read goes when it has been read."""
        names = [one.name for one in parts]
        if names:
            self._lingering.add(names)
            await self.drop_due()

    async def drop_due(self) -> int:
        """Remove what was dropped and has lingered long enough; how many blobs that were."""
        due = self._lingering.due()
        if due:
            await self._remove(due)
        return len(due)

    async def older(self, instant: int) -> set[str]:
        """The names of what was last written before an instant (wall µs)."""
        return set(await asyncio.to_thread(self._shelf.older, instant))

    async def sweep(self, names: Iterable[str]) -> None:
        """Remove what `older` told of."""
        await asyncio.to_thread(self._shelf.remove, list(names))

    async def _abandon(self, writer: Writer) -> None:
        """Leave nothing of a body that was not taken in, if the shelf can be reached; else the sweep will."""
        try:
            await asyncio.to_thread(writer.abandon)
        except StoreUnavailable as away:
            log.warning("what was left unfinished waits for the sweep: %s", away)

    def _at_once(self, piece: tuple[Blob, int, int], cipher: Cipher | None) -> bytes:
        return Reader(self._shelf, piece, cipher).all()

    def _begin(self, piece: tuple[Blob, int, int], cipher: Cipher | None) -> tuple[Reader, bytes]:
        reader = Reader(self._shelf, piece, cipher)
        try:
            return reader, reader.next()
        except BaseException:
            reader.close()
            raise

    async def _stream(
        self, reader: Reader, data: bytes, pieces: Sequence[tuple[Blob, int, int]], cipher: Cipher | None
    ) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        following: asyncio.Future[bytes] | None = None
        try:
            for number, piece in enumerate(pieces):
                if number:
                    reader, data = await asyncio.to_thread(self._begin, piece, cipher)
                while data:
                    following = loop.run_in_executor(None, reader.next)
                    yield data
                    data = await following
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
            await asyncio.to_thread(self._shelf.remove, now)
        except StoreUnavailable as away:
            log.warning("blobs that no row names wait for the sweep: %s", away)
        finally:
            self._holds.gone(now)

    def _link(self, parts: Sequence[Blob]) -> Sequence[Blob]:
        linked: list[Blob] = []
        try:
            for part in parts:
                linked.append(Blob(new_name(), part.size))
                self._shelf.copy(part.name, linked[-1].name)
        except BaseException:
            self._shelf.remove([one.name for one in linked])
            raise
        return linked


def _inline(body: Incoming, data: bytes, cipher: Cipher | None) -> Stored:
    body.update(data)
    body.prove()
    return Stored(cipher.encrypt("", 0, data) if cipher else data, [], len(data))
