"""Compares the rows of versions and parts with their bodies: each is read, decrypted and held to its checksums.

The work is cut into pieces, so that one call never takes long; where a piece ends the next one begins. What changes
while it is looked at is no damage.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from ionstack.errors import BadRequest, IonstackError
from ionstack.objectstorage import records
from ionstack.objectstorage.digests import Digests
from ionstack.objectstorage.encryption import keys
from ionstack.objectstorage.encryption.cipher import Cipher
from ionstack.objectstorage.records import Blob, Head
from ionstack.objectstorage.storage import SQL, Storage
from ionstack.store.port import Record, Value
from ionstack.store.statement import Statement

_ROWS, _BYTES = 200, 256 * 1024 * 1024
"""After how many rows, or how many bytes of bodies, a piece ends."""

BEGIN, _PARTS = "version/0//0", "part//0"
"""Where versions begin, and after them parts."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A version, or a part of an upload, whose body is not what its row says."""

    bucket: str
    key: str
    version: str
    what: str


@dataclass(frozen=True, slots=True)
class Piece:
    """What was looked at, bodies and bytes, what is wrong with it, and where to go on; empty at the end."""

    bodies: int
    size: int
    damages: Sequence[Damage]
    next: str


@dataclass(frozen=True, slots=True)
class _Body:
    """What a row says of a body."""

    bucket: str
    key: bytes
    version: str
    etag: str
    size: int
    head: Head
    inline: bytes | None
    parts: Sequence[Blob]


async def scrub(storage: Storage, after: str) -> Piece:
    """Look at the piece after a place. Raises BadRequest for a place that no piece ended at."""
    bodies, size, damages = 0, 0, list[Damage]()
    rows = await _page(storage, after, _ROWS)
    for row in rows:
        here, body = _read(row, after)
        told = await _wrong(storage, body)
        if told and await _page(storage, after, 1) == [row]:
            key = body.key.decode(errors="replace")
            damages.append(Damage(body.bucket, key, body.version, told))
        bodies, size, after = bodies + 1, size + body.size, here
        if size >= _BYTES:
            return Piece(bodies, size, damages, after)
    if len(rows) == _ROWS:
        return Piece(bodies, size, damages, after)
    return Piece(bodies, size, damages, "" if after.startswith("part/") else _PARTS)


async def _page(storage: Storage, after: str, most: int) -> list[Record]:
    statement, at = _place(after)
    return await storage.rows(statement, most=most, **at)


def _place(after: str) -> tuple[Statement, dict[str, Value]]:
    try:
        kind, *fields = after.split("/")
        if kind == "version":
            bucket, key, place = fields
            return SQL.scrub, {"bucket": _number(bucket), "key": bytes.fromhex(key), "place": _number(place)}
        if kind == "part":
            upload, number = fields
            return SQL.scrub_parts, {"upload": upload.replace("\0", ""), "number": _number(number)}
    except ValueError:
        pass  # as any other kind: it is no place
    raise BadRequest("No piece ended at `after`: give what `next` said")


def _number(text: str) -> int:
    return max(-(2**62), min(int(text), 2**62))


def _read(row: Record, after: str) -> tuple[str, _Body]:
    """A row, and the place behind it."""
    if after.startswith("part/"):
        upload, number, bucket, key, etag, size, draft, blobs = row
        body = _Body(
            bucket, bytes(key), f"part {number} of {upload}", etag, size, records.draft(draft).head, None,
            records.blobs(blobs),
        )  # fmt: skip
        return f"part/{upload}/{number}", body
    ordinal, key, place, bucket, version, etag, size, head, inline, parts = row
    body = _Body(
        bucket, bytes(key), version, etag, size, records.head(head), inline, records.blobs(parts)
    )  # fmt: skip
    return f"version/{ordinal}/{bytes(key).hex()}/{place}", body


async def _wrong(storage: Storage, body: _Body) -> str:
    """What is wrong with a body; empty if nothing is. One that a client encrypted is read, and no more."""
    sealed = body.head.extra.get("sse")
    foreign = bool(sealed and sealed["kind"] == "customer")
    digests = Digests.of(body.etag, body.head)
    try:
        cipher = None if foreign else keys.for_reading(body.head, {}, storage.wrapping)
        read = await _through(storage, body, cipher, digests)
    except FileNotFoundError:
        return "its body is missing"
    except (OSError, IonstackError) as error:
        return f"its body cannot be read: {error}"
    if read != body.size:
        return f"its body has {read} bytes instead of {body.size}"
    return "" if foreign else digests.difference


async def _through(storage: Storage, body: _Body, cipher: Cipher | None, digests: Digests) -> int:
    """Read a body from end to end; its bytes."""
    found = await storage.blobs.open(body.inline, body.parts, 0, body.size, cipher)
    if isinstance(found, bytes):
        digests.take(found)
        return len(found)
    size = 0
    async for piece in found:
        await asyncio.to_thread(digests.take, piece)
        size += len(piece)
    return size
