"""Checksums of bodies: what a client promises, computed while the body goes by.

`FULL_OBJECT` is the checksum of all bytes; `COMPOSITE` that of the parts' checksums, with their number behind.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from ionstack.errors import S3Error


class Hasher(Protocol):
    """Takes bytes, gives a digest."""

    def update(self, data: bytes, /) -> None:
        """Take more bytes."""

    def digest(self) -> bytes:
        """The digest of all bytes taken."""


class _Crc:
    """A CRC whose function takes bytes and the value so far."""

    def __init__(self, function: Callable[[bytes, int], int], width: int) -> None:
        self._function, self._width, self._value = function, width, 0

    def update(self, data: bytes, /) -> None:
        self._value = self._function(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._width, "big")


def _crt(name: str) -> Callable[..., int]:
    """A function of awscrt, which is large and loaded when it is first needed."""

    def call(*arguments: object) -> int:
        from awscrt import checksums

        found: int = getattr(checksums, name)(*arguments)
        return found

    return call


ALGORITHMS: Mapping[str, Callable[[], Hasher]] = {
    "CRC32": lambda: _Crc(zlib.crc32, 4),
    "CRC32C": lambda: _Crc(_crt("crc32c"), 4),
    "CRC64NVME": lambda: _Crc(_crt("crc64nvme"), 8),
    "SHA1": lambda: hashlib.sha1(usedforsecurity=False),
    "SHA256": hashlib.sha256,
}
"""By the name of `x-amz-checksum-algorithm`."""

_WIDTH = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32}
HEADERS: Mapping[str, str] = {f"x-amz-checksum-{name.lower()}": name for name in ALGORITHMS}
_COMBINERS: Mapping[str, Callable[[int, int, int], int]] = {
    "CRC32": _crt("combine_crc32"),
    "CRC32C": _crt("combine_crc32c"),
    "CRC64NVME": _crt("combine_crc64nvme"),
}
FULL, COMPOSITE = "FULL_OBJECT", "COMPOSITE"


def algorithm(name: str) -> str:
    """The name of an algorithm in its own spelling. Raises S3Error for an unknown one."""
    if name.upper() not in ALGORITHMS:
        raise S3Error("InvalidRequest", f"The checksum algorithm must be one of {', '.join(ALGORITHMS)}")
    return name.upper()


def promised(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """Algorithm and value of the one checksum header. Raises S3Error for several and for one that cannot be."""
    found = [(HEADERS[name], headers[name]) for name in headers if name in HEADERS]
    if len(found) > 1:
        raise S3Error("InvalidRequest", "Expecting a single x-amz-checksum- header")
    if not found:
        return None
    prove_form(*found[0])
    return found[0]


def prove_form(name: str, value: str) -> None:
    """Raises S3Error for a value that no checksum of the algorithm has."""
    try:
        right = len(base64.b64decode(value.partition("-")[0], validate=True)) == _WIDTH[name]
    except (binascii.Error, ValueError):
        right = False
    if not right:
        raise S3Error("BadDigest", f"Value for x-amz-checksum-{name.lower()} header is invalid.")


def encode(digest: bytes) -> str:
    """A digest as headers carry it."""
    return base64.b64encode(digest).decode()


def composite(name: str, values: Sequence[str]) -> str:
    """The checksum of parts' checksums."""
    hasher = ALGORITHMS[name]()
    for value in values:
        hasher.update(base64.b64decode(value))
    return f"{encode(hasher.digest())}-{len(values)}"


def combined(name: str, parts: Sequence[tuple[str, int]]) -> str:
    """The checksum of all bytes, out of the parts' checksums and sizes. CRCs only."""
    total = 0
    for value, size in parts:
        total = _COMBINERS[name](total, int.from_bytes(base64.b64decode(value), "big"), size)
    return encode(total.to_bytes(_WIDTH[name], "big"))


def type_of(name: str, given: str | None) -> str:
    """The type of a multipart upload's checksum. Raises S3Error for what the algorithm cannot be."""
    allowed = {"CRC64NVME": (FULL,), "SHA1": (COMPOSITE,), "SHA256": (COMPOSITE,)}.get(
        name, (COMPOSITE, FULL)
    )
    kind = given or allowed[0]
    if kind not in allowed:
        raise S3Error("InvalidRequest", f"The checksum type {kind} cannot be used with {name.lower()}")
    return kind
