"""Bodies on every kind of shelf: whole or not there, and not taken for orphans while somebody needs them."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from obstore.store import MemoryStore, from_url

from ionstack.engine.clock import SECOND, Clock, FrozenClock
from ionstack.errors import S3Error, StoreUnavailable, UsageError
from ionstack.objectstorage.blobs.bodies import INLINE, Blobs
from ionstack.objectstorage.blobs.directory import Directory
from ionstack.objectstorage.blobs.reader import PIECE
from ionstack.objectstorage.blobs.remote import Remote, remote
from ionstack.objectstorage.blobs.shelf import Shelf
from ionstack.objectstorage.blobs.writer import new_name
from ionstack.objectstorage.encryption.cipher import FRAME, Cipher
from ionstack.objectstorage.records import Blob


class Given:
    """A body that comes in pieces of some size."""

    def __init__(self, data: bytes, piece: int = 65_536, *, wrong: bool = False) -> None:
        self.size, self.length = 0, None
        self._data, self._piece, self._wrong = data, piece, wrong
        self.digest = hashlib.sha256()

    def update(self, data: bytes) -> None:
        self.size += len(data)
        self.digest.update(data)

    def prove(self) -> None:
        if self._wrong:
            raise S3Error("BadDigest")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self._data), self._piece):
            yield self._data[at : at + self._piece]


@pytest.fixture(params=["directory", "remote"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    return Directory(tmp_path) if request.param == "directory" else Remote(MemoryStore())


@pytest.fixture
def small(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A shelf whose blobs are of at most three frames, so that a body is of several."""
    monkeypatch.setattr(type(shelf), "largest", 3 * FRAME)
    return shelf


def stored(shelf: Shelf, body: bytes) -> Blob:
    name = new_name()
    unfinished = shelf.create(name)
    unfinished.write(body)
    unfinished.settle()
    return Blob(name, len(body))


async def everything(blobs: Blobs) -> set[str]:
    return await blobs.older(Clock().wall() + 10 * SECOND)


async def read(found: bytes | AsyncIterator[bytes]) -> bytes:
    return found if isinstance(found, bytes) else b"".join([piece async for piece in found])


@pytest.mark.parametrize("cipher", [None, Cipher(b"k" * 32)])
@pytest.mark.parametrize("piece", [1000, FRAME, 3 * PIECE])
async def test_any_range_is_what_was_taken_in(small: Shelf, cipher: Cipher | None, piece: int) -> None:
    blobs = Blobs(small)
    data = os.urandom(2 * PIECE + 12_345)
    body = Given(data, piece)
    taken = await blobs.take(body, cipher, most=len(data))
    assert body.digest.digest() == hashlib.sha256(data).digest()
    assert (taken.size, sum(part.size for part in taken.parts)) == (len(data), len(data))
    assert await everything(blobs) == {part.name for part in taken.parts}
    assert all(part.size <= small.largest for part in taken.parts)
    for start, count in (
        (0, len(data)),
        (0, 1),
        (FRAME - 1, 2),
        (3 * FRAME - 1, 2),
        (5, 4 * FRAME),
        (PIECE, PIECE),
    ):
        found = await read(await blobs.open(None, taken.parts, start, count, cipher))
        assert found == data[start : start + count]


async def test_small_bodies_go_into_the_row(shelf: Shelf) -> None:
    blobs = Blobs(shelf)
    taken = await blobs.take(Given(b"x" * INLINE), most=INLINE)
    assert (taken.inline, taken.parts) == (b"x" * INLINE, [])
    assert not await everything(blobs)
    taken = await blobs.take(Given(b""), most=0, inline=False)
    assert [part.size for part in taken.parts] == [0]
    assert await read(await blobs.open(None, taken.parts, 0, 0, None)) == b""


async def test_a_body_that_is_not_what_was_promised_leaves_nothing(small: Shelf) -> None:
    blobs = Blobs(small)
    for body, most, code in (
        (Given(b"x" * 2 * PIECE, wrong=True), 2 * PIECE, "BadDigest"),
        (Given(b"x" * 2 * PIECE), 2 * PIECE - 1, "EntityTooLarge"),
        (Given(b"x" * (INLINE + 1), wrong=True), 2 * PIECE, "BadDigest"),
    ):
        with pytest.raises(S3Error) as refused:
            await blobs.take(body, most=most)
        assert refused.value.code == code
        assert not await everything(blobs)


async def test_a_body_that_breaks_off_leaves_nothing(small: Shelf) -> None:
    class Broken(Given):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for piece in super().__aiter__():
                yield piece
            raise S3Error("IncompleteBody")

    blobs = Blobs(small)
    with pytest.raises(S3Error):
        await blobs.take(Broken(b"x" * 3 * PIECE), most=3 * PIECE)
    assert not await everything(blobs)


async def test_a_copy_has_names_of_its_own(shelf: Shelf) -> None:
    blobs = Blobs(shelf)
    parts = [stored(shelf, b"one"), stored(shelf, b"two")]
    copied = await blobs.link(parts)
    await blobs.drop(parts)
    assert await read(await blobs.open(None, copied, 0, 6, None)) == b"onetwo"
    assert await everything(blobs) == {part.name for part in copied}


async def test_a_copy_of_what_has_gone_leaves_nothing(shelf: Shelf) -> None:
    blobs = Blobs(shelf)
    parts = [stored(shelf, b"one"), stored(shelf, b"two")]
    await blobs.drop(parts[1:])
    await blobs.drop(parts[1:])  # none is no error
    with pytest.raises(FileNotFoundError):
        await blobs.link(parts)
    assert await everything(blobs) == {parts[0].name}


async def test_only_what_is_old_is_older(shelf: Shelf) -> None:
    blobs = Blobs(shelf)
    one = stored(shelf, b"one")
    assert await blobs.older(Clock().wall() - 3600 * SECOND) == set()
    assert await everything(blobs) == {one.name}
    await blobs.sweep({one.name})
    assert await everything(blobs) == set()


async def test_what_was_left_unfinished_is_swept(tmp_path: Path) -> None:
    blobs = Blobs(Directory(tmp_path))
    (tmp_path / "new").mkdir()
    left = tmp_path / "new" / new_name()
    left.write_bytes(b"half")
    await blobs.sweep(await everything(blobs))
    assert not left.exists()


async def test_what_is_being_read_goes_after_its_last_reader(shelf: Shelf) -> None:
    blobs = Blobs(shelf)
    parts = [stored(shelf, b"one"), stored(shelf, b"two")]
    readers = [await blobs.open(None, parts, 0, 6, None) for _ in range(2)]
    await blobs.drop(parts)
    for left, reader in zip((2, 0), readers, strict=True):
        assert await read(reader) == b"onetwo"
        assert len(await everything(blobs)) == left
    with pytest.raises(FileNotFoundError):
        await blobs.open(None, parts, 0, 6, None)


async def test_a_reader_that_goes_away_holds_nothing(shelf: Shelf) -> None:
    blobs = Blobs(shelf)
    parts = [stored(shelf, b"one"), stored(shelf, b"two")]
    reader = await blobs.open(None, parts, 0, 6, None)
    assert not isinstance(reader, bytes)
    async for _ in reader:
        break
    await reader.aclose()  # type: ignore[attr-defined]
    await blobs.drop(parts)
    assert await everything(blobs) == set()


async def test_what_others_may_be_reading_goes_later(shelf: Shelf) -> None:
    clock = FrozenClock()
    blobs, other = Blobs(shelf, clock, 600), Blobs(shelf)
    one, two, three = (stored(shelf, body) for body in (b"one", b"two", b"three"))
    await blobs.drop([one])
    clock.advance(300)
    await blobs.drop([two])
    assert await read(await other.open(None, [one, two], 0, 6, None)) == b"onetwo"
    clock.advance(300)
    await blobs.drop([three])
    assert await everything(blobs) == {two.name, three.name}
    clock.advance(600)
    assert await blobs.drop_due() == 2
    assert not await everything(blobs)


async def test_a_link_to_an_old_file_is_no_old_file(tmp_path: Path) -> None:
    shelf = Directory(tmp_path)
    blobs = Blobs(shelf)
    old, other = stored(shelf, b"old"), stored(shelf, b"other")
    for one in (old, other):
        os.utime(shelf.path(one.name), (0, 0))
    (linked,) = await blobs.link([old])
    assert shelf.path(linked.name).read_bytes() == b"old"
    assert await blobs.older(Clock().wall() - 3600 * SECOND) == {other.name}


async def test_a_copy_to_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Directory(tmp_path)
    blobs = Blobs(shelf)
    parts = [stored(shelf, b"one"), stored(shelf, b"two")]
    link = os.link

    def full(source: str, target: str, **options: bool) -> None:
        if str(source).endswith(parts[1].name):
            raise OSError(errno.ENOSPC, "No space left on device")
        link(source, target, **options)

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(S3Error) as refused:
        await blobs.link(parts)
    assert refused.value.code == "InsufficientStorage"
    assert await everything(blobs) == {one.name for one in parts}
    assert shelf.path(parts[0].name).read_bytes() == b"one"


class Away:
    """A store that cannot be reached, from some call on."""

    def __init__(self, store: MemoryStore, left: int) -> None:
        self._store, self.left = store, left

    def __getattr__(self, name: str) -> Any:
        from obstore.exceptions import GenericError

        def call(*args: Any, **options: Any) -> Any:
            self.left -= 1
            if self.left < 0:
                raise GenericError("cannot be reached\n\nDebug source: much")
            return getattr(self._store, name)(*args, **options)

        return call


@pytest.mark.parametrize("left", [0, 1, 2])
async def test_a_store_that_goes_away_is_told_in_one_line(left: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Remote, "largest", FRAME)
    memory = MemoryStore()
    blobs = Blobs(Remote(Away(memory, left)))  # type: ignore[arg-type]
    with pytest.raises(StoreUnavailable, match=r"^the store of objects: cannot be reached$"):
        await blobs.take(Given(b"x" * 5 * FRAME), most=5 * FRAME)


async def test_what_cannot_be_removed_is_left_to_the_sweep() -> None:
    memory = MemoryStore()
    part = stored(Remote(memory), b"one")
    away = Away(memory, 0)
    blobs = Blobs(Remote(away))  # type: ignore[arg-type]
    await blobs.drop([part])
    away.left = 10
    assert await everything(blobs) == {part.name}


def test_a_url_that_names_no_store_is_told_in_one_line() -> None:
    with pytest.raises(UsageError, match=r"^--s3-store s3://: [^\n]*$"):
        remote("s3://")


def test_keys_and_endpoint_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    store = from_url("s3://bucket/prefix", retry_config={"max_retries": 0})
    with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1:1/bucket/prefix/na/name"):
        Remote(store).open("name").read(0, 1)
