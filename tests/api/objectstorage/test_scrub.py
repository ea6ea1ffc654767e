"""The scrub finds what is damaged, and nothing else."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from ionstack.errors import BadRequest
from ionstack.objectstorage import scrub
from ionstack.objectstorage.blobs.bodies import Blobs
from ionstack.store.statement import Statement
from tests.api.objectstorage.conftest import People, completion, md5, texts

pytestmark = pytest.mark.api
LARGE = b"0123456789" * 2_000
LEAST = b"p" * (5 * 1024 * 1024)


async def checked(people: People) -> tuple[int, dict[str, str]]:
    """How many bodies there are, and what is wrong with which key."""
    bodies, found, after = 0, dict[str, str](), scrub.BEGIN
    while after:
        piece = await scrub.scrub(people.cloud.objects, after)
        bodies, after = bodies + piece.bodies, piece.next
        found |= {one.key: one.what for one in piece.damages}
    return bodies, found


def customer() -> dict[str, str]:
    key = b"k" * 32
    prefix = "x_amz_server_side_encryption_customer_"
    return {
        f"{prefix}algorithm": "AES256",
        f"{prefix}key": base64.b64encode(key).decode(),
        f"{prefix}key_md5": md5(key),
    }


async def fill(people: People) -> None:
    owner = people.owner
    await owner.done("PUT", "/kept")
    await owner.done("PUT", "/kept/small", b"12345", x_amz_checksum_algorithm="CRC32")
    await owner.done("PUT", "/kept/empty", b"")
    await owner.done("PUT", "/kept/large", LARGE)
    await owner.done(
        "PUT",
        "/kept/summed",
        LARGE,
        x_amz_checksum_sha256=base64.b64encode(hashlib.sha256(LARGE).digest()).decode(),
    )
    await owner.done("PUT", "/kept/sealed", LARGE, x_amz_server_side_encryption="AES256")
    await owner.done("PUT", "/kept/foreign", LARGE, **customer())
    id = await owner.begin("/kept/parts")
    for number, body in ((1, LEAST), (2, LARGE)):
        await owner.done("PUT", f"/kept/parts?partNumber={number}&uploadId={id}", body)
    etags = texts(await owner.done("GET", f"/kept/parts?uploadId={id}"), "ETag")
    await owner.done("POST", f"/kept/parts?uploadId={id}", completion(*etags))
    await owner.done("PUT", "/kept/copied", x_amz_copy_source="/kept/parts")
    id = await owner.begin("/kept/waiting")
    await owner.done("PUT", f"/kept/waiting?partNumber=1&uploadId={id}", LARGE)


async def test_all_is_well(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrub, "_ROWS", 3)
    monkeypatch.setattr(scrub, "_BYTES", 30_000)
    await fill(people)
    assert await checked(people) == (9, {})


async def test_each_damage_is_told(people: People) -> None:
    await fill(people)
    for path in {path.stat().st_ino: path for path in people.blobs()}.values():
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    _, damaged = await checked(people)
    assert {key: what.partition(":")[0] for key, what in damaged.items()} == {
        "large": "its bytes are not those that its ETag was made of",
        "summed": "its bytes are not those that its SHA256 was made of",
        "sealed": "its body cannot be read",
        "parts": "its bytes are not those that its ETag was made of",
        "copied": "its bytes are not those that its ETag was made of",
        "waiting": "its bytes are not those that its ETag was made of",
    }


async def test_what_is_short_or_missing(people: People) -> None:
    await fill(people)
    for number, path in enumerate(sorted(people.blobs())):
        path.unlink() if number % 2 else path.write_bytes(b"")
    _, damaged = await checked(people)
    assert set(damaged) == {"large", "summed", "sealed", "foreign", "parts", "copied", "waiting"}
    assert {what.partition(":")[0] for what in damaged.values()} <= {
        "its body is missing", "its body cannot be read", "its body has 0 bytes instead of 20000",
    }  # fmt: skip


async def test_a_row_that_is_wrong(people: People) -> None:
    await people.owner.done("PUT", "/kept")
    await people.owner.done("PUT", "/kept/key", b"12345")
    spoil = Statement("spoil", {"": "UPDATE s3_version SET inline = :data"})
    await people.cloud.store.write(lambda tx: tx.run(spoil, data=b"12346"))
    assert (await checked(people))[1] == {"key": "its bytes are not those that its ETag was made of"}


async def test_what_changes_meanwhile_is_no_damage(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    await people.owner.done("PUT", "/kept")
    await people.owner.done("PUT", "/kept/key", LARGE)
    opened = Blobs.open

    async def late(self: Any, *given: Any) -> Any:
        monkeypatch.setattr(Blobs, "open", opened)
        await people.owner.done("PUT", "/kept/key", b"new")
        return await opened(self, *given)

    monkeypatch.setattr(Blobs, "open", late)
    assert await checked(people) == (1, {})


@pytest.mark.parametrize(
    "after", ["x", "version/1/2/3/4", "version/x//0", "version/1/xyz/0", "part/1", "part/a/b"]
)
async def test_a_place_that_is_none(people: People, after: str) -> None:
    with pytest.raises(BadRequest):
        await scrub.scrub(people.cloud.objects, after)
