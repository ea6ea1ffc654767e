"""Takes a body in: hashes it, encrypts it, and cuts it into blobs."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from ionstack.objectstorage.blobs.shelf import Shelf, Unfinished
from ionstack.objectstorage.encryption.cipher import FRAME, Cipher
from ionstack.objectstorage.records import Blob


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


class Writer:
    """Writes the blobs of one body, in threads, one call at a time."""

    def __init__(self, shelf: Shelf, body: Incoming, cipher: Cipher | None) -> None:
        self._shelf, self._body, self._cipher = shelf, body, cipher
        self._name, self._size = new_name(), 0
        self._unfinished: Unfinished | None = None
        self._settled: list[Blob] = []

    def take(self, data: bytes) -> None:
        """Hash and write a piece of whole frames."""
        self._body.update(data)
        self._write(data)

    def finish(self, data: bytes) -> Sequence[Blob]:
        """Hash and write the last piece, prove all and store it; the blobs that it became."""
        self._body.update(data)
        self._body.prove()
        self._write(data)
        self._settle()
        return self._settled

    def abandon(self) -> None:
        """Leave nothing behind."""
        if self._unfinished is not None:
            self._unfinished.abandon()
        self._shelf.remove([blob.name for blob in self._settled])

    def _write(self, data: bytes) -> None:
        room = self._shelf.largest - self._size
        while len(data) > room:
            self._add(data[:room])
            self._settle()
            data, room = data[room:], self._shelf.largest
        self._add(data)

    def _add(self, data: bytes) -> None:
        if self._unfinished is None:
            self._unfinished = self._shelf.create(self._name)
        frame, self._size = self._size // FRAME, self._size + len(data)
        if self._cipher is not None:
            data = self._cipher.encrypt(self._name, frame, data)
        self._unfinished.write(data)

    def _settle(self) -> None:
        assert self._unfinished is not None  # noqa: S101  `_add` came before
        self._unfinished.settle()
        self._settled.append(Blob(self._name, self._size))
        self._unfinished, self._name, self._size = None, new_name(), 0


def new_name() -> str:
    """A blob's name, which nobody can guess."""
    return secrets.token_hex(16)
