"""Uploads in parts: their bounds, their order, what is wrong with a completion, and what is left of those given up."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from tests.api.objectstorage.conftest import People, completion, texts

pytestmark = pytest.mark.api
LEAST = 5 * 1024 * 1024
FIRST, SECOND, LAST = b"1" * LEAST, b"2" * LEAST, b"the end"


@pytest.fixture
async def upload(people: People) -> str:
    """The path of an upload under way."""
    await people.owner.done("PUT", "/kept")
    return f"/kept/parts?uploadId={await people.owner.begin('/kept/parts')}"


async def put(people: People, upload: str, number: int, body: bytes) -> str:
    """Upload a part; its ETag."""
    answer = await people.owner.done("PUT", f"{upload}&partNumber={number}", body)
    return answer.headers["etag"]


async def test_parts_make_an_object_in_the_order_of_their_numbers(people: People, upload: str) -> None:
    owner = people.owner
    etags = [await put(people, upload, number, body) for number, body in ((3, LAST), (1, FIRST), (2, SECOND))]
    listed = await owner.done("GET", f"{upload}&max-parts=2")
    assert (texts(listed, "PartNumber"), texts(listed, "NextPartNumberMarker")) == (["1", "2"], ["2"])
    assert texts(await owner.done("GET", f"{upload}&part-number-marker=2"), "PartNumber") == ["3"]
    done = completion(etags[1], etags[2], etags[0])
    (etag,) = texts(await owner.done("POST", upload, done), "ETag")
    digests = b"".join(hashlib.md5(body).digest() for body in (FIRST, SECOND, LAST))
    assert (
        etag.strip('"').removeprefix("&quot;").removesuffix("&quot;")
        == f"{hashlib.md5(digests).hexdigest()}-3"
    )
    assert (await owner.done("GET", "/kept/parts")).content == FIRST + SECOND + LAST
    one = await owner("GET", "/kept/parts?partNumber=3")
    assert (one.status_code, one.content, one.headers["x-amz-mp-parts-count"]) == (206, LAST, "3")
    again = await owner.done("POST", upload, done)  # a client that did not hear the answer asks again
    assert texts(again, "ETag") == [etag]
    assert await owner.refused("PUT", f"{upload}&partNumber=4", LAST) == "NoSuchUpload"
    assert len(people.blobs()) == 3


@pytest.mark.parametrize("number", ["0", "10001", "-1", "x", "", "1" * 30])
async def test_numbers_that_no_part_has(people: People, upload: str, number: str) -> None:
    assert await people.owner.refused("PUT", f"{upload}&partNumber={number}", LAST) == "InvalidArgument"


async def test_more_parts_than_there_can_be_are_refused(people: People, upload: str) -> None:
    etag = await put(people, upload, 10_000, LAST)
    assert await people.owner.refused("POST", upload, completion(*[etag] * 10_001)) == "MalformedXML"


async def test_what_is_wrong_with_a_completion_is_said_and_changes_nothing(
    people: People, upload: str
) -> None:
    owner = people.owner
    one, two = await put(people, upload, 1, LAST), await put(people, upload, 2, LAST)
    part = "<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>"
    for parts, code in (
        ([part.format(1, one), part.format(2, two)], "EntityTooSmall"),
        ([part.format(2, two), part.format(1, one)], "InvalidPartOrder"),
        ([part.format(1, '"00"')], "InvalidPart"),
        ([part.format(3, one)], "InvalidPart"),
        ([], "MalformedXML"),
        (["<Part><ETag>x</ETag></Part>"], "MalformedXML"),
    ):
        body = f"<CompleteMultipartUpload>{''.join(parts)}</CompleteMultipartUpload>"
        assert await owner.refused("POST", upload, body) == code
    wrong = {"x_amz_mp_object_size": "8"}
    assert await owner.refused("POST", upload, completion(one), **wrong) == "InvalidRequest"
    assert await owner.refused("POST", f"{upload}x", completion(one)) == "NoSuchUpload"
    assert await owner.refused("GET", "/kept/parts") == "NoSuchKey"
    await owner.done("POST", upload, completion(one))
    assert (await owner.done("GET", "/kept/parts")).content == LAST
    assert len(people.blobs()) == 1  # that of the part which was not listed went


async def test_a_part_takes_the_place_of_the_one_before(people: People, upload: str) -> None:
    await put(people, upload, 1, FIRST)
    etag = await put(people, upload, 1, LAST)
    assert len(people.blobs()) == 1
    await people.owner.done("POST", upload, completion(etag))
    assert (await people.owner.done("GET", "/kept/parts")).content == LAST


async def test_of_many_writers_of_a_part_one_is_kept_whole(people: People, upload: str) -> None:
    bodies = [bytes([65 + number]) * 30_000 for number in range(8)]
    await asyncio.gather(*(put(people, upload, 1, body) for body in bodies))
    (etag,) = texts(await people.owner.done("GET", upload), "ETag")
    await people.owner.done("POST", upload, completion(etag))
    assert (await people.owner.done("GET", "/kept/parts")).content in bodies
    assert len(people.blobs()) == 1


async def test_what_was_given_up_is_gone(people: People, upload: str) -> None:
    etag = await put(people, upload, 1, FIRST)
    await people.owner.done("DELETE", upload)
    assert not people.blobs()
    assert texts(await people.owner.done("GET", "/kept?uploads"), "UploadId") == []
    for method in ("DELETE", "GET"):
        assert await people.owner.refused(method, upload) == "NoSuchUpload"
    assert await people.owner.refused("POST", upload, completion(etag)) == "NoSuchUpload"
