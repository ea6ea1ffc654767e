"""The files of bodies: links that are not taken for orphans, and a disk that is full."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from ionstack.engine.clock import SECOND, Clock
from ionstack.errors import S3Error
from ionstack.objectstorage.blobs import Blobs, new_name
from ionstack.objectstorage.records import Blob


def stored(blobs: Blobs, body: bytes) -> Blob:
    name = new_name()
    with blobs.create(name) as file:
        file.write(body)
        blobs.settle(name, file)
    return Blob(name, len(body))


async def test_a_link_to_an_old_file_is_no_old_file(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    old, other = stored(blobs, b"old"), stored(blobs, b"other")
    for one in (old, other):
        os.utime(blobs.path(one.name), (0, 0))
    (linked,) = await blobs.link([old])
    assert blobs.path(linked.name).read_bytes() == b"old"
    assert set(blobs.older(Clock().wall() - 3600 * SECOND)) == {other.name}


async def test_a_copy_to_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = Blobs(tmp_path)
    parts = [stored(blobs, b"one"), stored(blobs, b"two")]
    link = os.link

    def full(source: str, target: str, **options: bool) -> None:
        if str(source).endswith(parts[1].name):
            raise OSError(errno.ENOSPC, "No space left on device")
        link(source, target, **options)

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(S3Error) as refused:
        await blobs.link(parts)
    assert refused.value.code == "InsufficientStorage"
    assert set(blobs.older(Clock().wall() + SECOND)) == {one.name for one in parts}
    assert blobs.path(parts[0].name).read_bytes() == b"one"


async def test_what_is_being_read_goes_after_its_last_reader(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    parts = [stored(blobs, b"one"), stored(blobs, b"two")]
    readers = [await blobs.open(None, parts, 0, 6, None) for _ in range(2)]
    await blobs.drop(parts)
    for left, reader in zip((2, 0), readers, strict=True):
        assert not isinstance(reader, bytes)
        assert b"".join([piece async for piece in reader]) == b"onetwo"
        assert len(blobs.older(Clock().wall() + SECOND)) == left
    with pytest.raises(FileNotFoundError):
        await blobs.open(None, parts, 0, 6, None)


async def test_a_reader_that_goes_away_holds_nothing(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    parts = [stored(blobs, b"one"), stored(blobs, b"two")]
    reader = await blobs.open(None, parts, 0, 6, None)
    assert not isinstance(reader, bytes)
    async for _ in reader:
        break
    await reader.aclose()  # type: ignore[attr-defined]
    await blobs.drop(parts)
    assert blobs.older(Clock().wall() + SECOND) == {}
