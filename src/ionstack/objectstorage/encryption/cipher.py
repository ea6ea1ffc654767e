"""Bodies encrypted in frames, so that any range can be read and no byte be altered unnoticed.

A frame of 64 KiB is sealed with AES-256-GCM. Its nonce is made of the blob's name and the frame's number, its
key belongs to one version or upload alone, so no nonce is ever used twice with a key.
"""

from __future__ import annotations

from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FRAME = 64 * 1024
"""Plain bytes of a frame."""

_TAG = 16


class Cipher:
    """Seals and opens frames under one key of 32 bytes."""

    frame = FRAME + _TAG
    """Bytes of a sealed frame."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def encrypt(self, blob: str, first: int, plain: bytes) -> bytes:
        """Seal what begins with the frame `first` of a blob; all frames but the last are full."""
        start, view = _prefix(blob), memoryview(plain)
        return b"".join(
            self._aead.encrypt(_nonce(start, first + at // FRAME), view[at : at + FRAME], None)
            for at in range(0, max(len(plain), 1), FRAME)
        )

    def decrypt(self, blob: str, first: int, sealed: bytes) -> bytes:
        """Open what `encrypt` sealed. Raises OSError if it was altered."""
        start, view = _prefix(blob), memoryview(sealed)
        try:
            return b"".join(
                self._aead.decrypt(_nonce(start, first + at // self.frame), view[at : at + self.frame], None)
                for at in range(0, len(sealed), self.frame)
            )
        except InvalidTag:
            raise OSError(f"the blob {blob or 'in the row'} was altered") from None


def _prefix(blob: str) -> bytes:
    return sha256(blob.encode()).digest()[:8]


def _nonce(prefix: bytes, number: int) -> bytes:
    return prefix + number.to_bytes(4, "big")
