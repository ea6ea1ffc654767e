"""The body of a request: decoded from aws-chunked, and held to everything the client promised about it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import cached_property
from typing import Any

from ionstack.errors import S3Error
from ionstack.objectstorage import checksums
from ionstack.objectstorage.sign import verify
from ionstack.objectstorage.sign.scheme import UNSIGNED, Signature

Receive = Callable[[], Awaitable[dict[str, Any]]]
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
STREAMING = "STREAMING-"
SIGNED_STREAMS = ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
UNSIGNED_STREAM = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
MOST_DOCUMENT = 2 * 1024 * 1024
_HEX64 = re.compile(r"[0-9a-f]{64}")
_CHUNK_HEAD = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?")
_MOST_LINE = 8192


class Body:
    """The body of one request; it can be read once, whole or piece by piece.

    `length` is the decoded size that was promised. Without `promised` the checksum headers speak of something else. The digests in `md5`, `size` and `checksum` hold once it
    has been read. Raises S3Error where the body is not what was promised.
    """

    def __init__(
        self, receive: Receive, headers: Mapping[str, str], signature: Signature | None, key: bytes, *,
        promised: bool = True,
    ) -> None:  # fmt: skip
        self._receive, self._headers, self._signature, self._key = receive, headers, signature, key
        self._payload = signature.payload if signature else headers.get("x-amz-content-sha256", UNSIGNED)
        self.chunked = self._payload.startswith(STREAMING)
        if self.chunked and (self._payload not in (*SIGNED_STREAMS, UNSIGNED_STREAM)):
            raise S3Error("InvalidRequest", "x-amz-content-sha256 names no way to send a body")
        if self._payload in SIGNED_STREAMS and signature is None:
            raise S3Error("AccessDenied", "The chunks are signed, and the request is not")
        self.length = self._promised_length()
        self.size = 0
        self._wanted_sha256 = self._payload if _HEX64.fullmatch(self._payload) else ""
        self._wanted_md5 = _content_md5(headers.get("content-md5"))
        self._trailers: dict[str, str] = {}
        self._promise = checksums.promised(headers) if promised else None
        self.algorithm = self._algorithm()
        self._hasher = checksums.ALGORITHMS[self.algorithm]() if self.algorithm else None

    @cached_property
    def _md5(self) -> hashlib._Hash:  # most calls have no body to hash
        return hashlib.md5(usedforsecurity=False)

    @cached_property
    def _sha256(self) -> hashlib._Hash:
        return hashlib.sha256()

    @property
    def md5(self) -> str:
        """The MD5 of what was read, in hexadecimal digits."""
        return self._md5.hexdigest()

    @property
    def checksum(self) -> str:
        """The checksum by the client's algorithm, as headers carry it; empty without one."""
        return checksums.encode(self._hasher.digest()) if self._hasher else ""

    def also(self, algorithm: str) -> None:
        """Compute a checksum by this algorithm unless the client named one itself."""
        if self._hasher is None:
            self.algorithm = algorithm
            self._hasher = checksums.ALGORITHMS[algorithm]()

    def update(self, data: bytes) -> None:
        """Take a piece into the digests. May be called in a thread, one piece at a time, in order."""
        self.size += len(data)
        self._md5.update(data)
        if self._wanted_sha256:
            self._sha256.update(data)
        if self._hasher is not None:
            self._hasher.update(data)

    def prove(self) -> None:
        """Hold what was read to what was promised, once everything was taken by `update`."""
        if self.length is not None and self.size != self.length:
            raise S3Error("IncompleteBody")
        if self._wanted_md5 is not None and self._md5.digest() != self._wanted_md5:
            raise S3Error("BadDigest")
        if self._wanted_sha256 and self._sha256.hexdigest() != self._wanted_sha256:
            raise S3Error("XAmzContentSHA256Mismatch")
        if self._promise is not None or self._trailers:
            name, value = self._promise or checksums.promised(self._trailers) or ("", "")
            if name and value.partition("-")[0] != self.checksum:
                raise S3Error("BadDigest", f"The {name} you specified did not match the calculated checksum.")

    async def whole(self, most: int = MOST_DOCUMENT) -> bytes:
        """All of a small body, proven. Raises S3Error when it is larger than `most`."""
        pieces, size = [], 0
        if self.length is not None and self.length > most:
            raise S3Error("MaxMessageLengthExceeded")
        async for piece in self:
            size += len(piece)
            if size > most:
                raise S3Error("MaxMessageLengthExceeded")
            pieces.append(piece)
        data = b"".join(pieces)
        self.update(data)
        self.prove()
        return data

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._decoded() if self.chunked else self._raw()

    async def _raw(self) -> AsyncIterator[bytes]:
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise S3Error("IncompleteBody")
            piece: bytes = message.get("body", b"")
            if piece:
                yield piece
            if not message.get("more_body", False):
                return

    async def _decoded(self) -> AsyncIterator[bytes]:
        signed, previous = self._payload in SIGNED_STREAMS, self._signature.value if self._signature else ""
        source = _Lines(self._raw())
        while True:
            found = _CHUNK_HEAD.fullmatch(await source.line())
            if found is None or (signed and found[2] is None):
                raise S3Error("InvalidRequest", "The aws-chunked body cannot be read")
            size = int(found[1], 16)
            if not signed:
                async for piece in source.pieces(size):
                    yield piece
            else:
                data = await source.exactly(size)
                previous = self._prove_chunk(previous, found[2].decode(), data)
                if data:
                    yield data
            if not size:
                break
            if await source.line():
                raise S3Error("InvalidRequest", "The aws-chunked body cannot be read")
        await self._read_trailers(source, previous, signed=signed)

    def _prove_chunk(self, previous: str, given: str, data: bytes) -> str:
        self._compare(
            given, f"AWS4-HMAC-SHA256-PAYLOAD\n{self._stamped(previous)}\n{EMPTY_SHA256}\n{_sha256(data)}"
        )
        return given

    def _stamped(self, previous: str) -> str:
        assert self._signature is not None  # noqa: S101  only signed streams come here
        return f"{self._signature.stamp}\n{self._signature.scope}\n{previous}"

    def _compare(self, given: str, text: str) -> None:
        if not hmac.compare_digest(verify.sign(self._key, text), given):
            raise S3Error("SignatureDoesNotMatch")

    async def _read_trailers(self, source: _Lines, previous: str, *, signed: bool) -> None:
        text, signature = "", ""
        while line := await source.line(ends=True):
            name, _, value = line.decode("latin-1").partition(":")
            if name.strip().lower() == "x-amz-trailer-signature":
                signature = value.strip()
                continue
            self._trailers[name.strip().lower()] = value.strip()
            text += f"{name.strip().lower()}:{value.strip()}\n"
        if signed and self._payload.endswith("-TRAILER"):
            self._compare(
                signature,
                f"AWS4-HMAC-SHA256-TRAILER\n{self._stamped(previous)}\n{_sha256(text.encode('latin-1'))}",
            )
        promised = {name.strip().lower() for name in self._headers.get("x-amz-trailer", "").split(",")} - {""}
        if promised != set(self._trailers):
            raise S3Error("MalformedTrailerError")

    def _promised_length(self) -> int | None:
        name = "x-amz-decoded-content-length" if self.chunked else "content-length"
        text = self._headers.get(name)
        if text is None:
            if self.chunked and "transfer-encoding" not in self._headers:
                raise S3Error("MissingContentLength")
            return None
        if not text.isascii() or not text.isdigit():
            raise S3Error("InvalidArgument", f"The header {name} is no length")
        return int(text[:19])

    def _algorithm(self) -> str:
        """The algorithm that a header, a trailer or the SDK's own header names."""
        if self._promise is not None:
            return self._promise[0]
        for name in self._headers.get("x-amz-trailer", "").split(","):
            if name.strip().lower() in checksums.HEADERS:
                return checksums.HEADERS[name.strip().lower()]
        return ""


class _Lines:
    """A stream read by lines and by sizes."""

    def __init__(self, source: AsyncIterator[bytes]) -> None:
        self._source, self._held = source, b""

    async def line(self, *, ends: bool = False) -> bytes:
        """The next line without its end; with `ends` the stream's end is an empty line."""
        while b"\r\n" not in self._held:
            if len(self._held) > _MOST_LINE:
                raise S3Error("InvalidRequest", "The aws-chunked body cannot be read")
            more = await anext(self._source, None)
            if more is None:
                if ends:
                    line, self._held = self._held, b""
                    return line
                raise S3Error("IncompleteBody")
            self._held += more
        line, _, self._held = self._held.partition(b"\r\n")
        return line

    async def pieces(self, size: int) -> AsyncIterator[bytes]:
        """The next `size` bytes, as they come."""
        while size:
            if not self._held:
                more = await anext(self._source, None)
                if more is None:
                    raise S3Error("IncompleteBody")
                self._held = more
            piece, self._held = self._held[:size], self._held[size:]
            size -= len(piece)
            yield piece

    async def exactly(self, size: int) -> bytes:
        """The next `size` bytes."""
        if size > 64 * 1024 * 1024:
            raise S3Error("InvalidRequest", "A chunk is larger than 64 MiB")
        return b"".join([piece async for piece in self.pieces(size)])


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _content_md5(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != 16:
        raise S3Error("InvalidDigest")
    return digest
