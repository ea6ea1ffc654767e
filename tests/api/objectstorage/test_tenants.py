"""Nobody reaches a bucket of others: every operation of the table, by everyone it does not belong to."""

from __future__ import annotations

import base64
import hashlib

import httpx
import pytest

from ionstack.objectstorage.routes import OBJECT, ROUTES, Route
from tests.api.objectstorage.conftest import People, Person, code, texts
from tests.api.objectstorage.test_replication import VERSIONED

pytestmark = pytest.mark.api
TABLE = [route for route in ROUTES if route.place and route.id != "POSTObject"]
"""What works on a bucket that exists. A form says in its body who sends it: test_post has those of others."""
DELETION = b"<Delete><Object><Key>key</Key></Object></Delete>"
MD5 = base64.b64encode(hashlib.md5(DELETION).digest()).decode()


@pytest.fixture
async def private(people: People) -> tuple[People, str]:
    """A bucket with two versions of an object, and the id of an upload under way; the stranger has one, too."""
    for bucket in ("/private", "/private-contract"):
        region = "eu-central-3" if "contract" in bucket else "de"
        await people.owner("PUT", bucket, region=region)
        await people.owner.done("PUT", f"{bucket}?versioning", VERSIONED)
        for body in (b"one", b"two"):
            await people.owner.done("PUT", f"{bucket}/key", body)
    upload = texts(await people.owner.done("POST", "/private/key?uploads"), "UploadId")[0]
    await people.stranger.done("PUT", "/theirs")
    await people.stranger.done("PUT", "/theirs/key", b"theirs")
    return people, upload


async def ask(person: Person, route: Route, bucket: str, upload: str) -> httpx.Response:
    """Make a call of an operation, as complete as it takes to be refused for nothing but who asks."""
    sub, _, copied = route.sub.partition("+")
    headers = {"x_amz_copy_source": "/theirs/key"} if copied or sub == "copy" else {}
    query = {"list-type": "list-type=2", "uploadId": f"uploadId={upload}&partNumber=1", "copy": ""}.get(
        sub, sub
    )
    path = f"/{bucket}/key" if route.level == OBJECT else f"/{bucket}"
    body = b""
    if route.id == "DeleteObjects":
        body, headers = DELETION, {"content_md5": MD5}
    elif route.id == "PutObjectTagging":  # a policy may ask for the tags
        body = b"<Tagging><TagSet/></Tagging>"
    return await person(route.method, f"{path}?{query}" if query else path, body, **headers)


async def state(people: People, bucket: str) -> list[str]:
    """All that the owner sees of a bucket."""
    shown = [one for one in TABLE if one.method == "GET" and one.sub not in ("uploadId", "attributes")]
    answers = [await ask(people.owner, route, bucket, "") for route in shown]
    return [answer.text.partition("<RequestId>")[0] for answer in answers]


@pytest.mark.parametrize("bucket", ["private", "private-contract"])
async def test_every_operation_is_refused_to_everyone_else(private: tuple[People, str], bucket: str) -> None:
    people, upload = private
    before = await state(people, bucket)
    for who in ("stranger", "nobody", *(["colleague"] if bucket == "private" else [])):
        for route in TABLE:
            answer = await ask(getattr(people, who), route, bucket, upload)
            said = f"{route.id} by {who}: {answer.status_code} {answer.text}"
            assert "<ETag>" not in answer.text, said
            assert "etag" not in answer.headers, said
            if route.id == "DeleteObjects" and answer.status_code == 200:
                assert texts(answer, "Code") == ["AccessDenied"], said
            elif route.method == "HEAD":
                assert answer.status_code == 403, said
            else:
                assert (answer.status_code, code(answer)) == (403, "AccessDenied"), said
    assert await state(people, bucket) == before


async def test_others_copy_nothing_out_of_a_bucket(private: tuple[People, str]) -> None:
    people, _ = private
    upload = texts(await people.stranger.done("POST", "/theirs/new?uploads"), "UploadId")[0]
    for path in ("/theirs/new", f"/theirs/new?partNumber=1&uploadId={upload}"):
        for source in ("/private/key", "/private-contract/key", "/private/none"):
            assert await people.stranger.refused("PUT", path, x_amz_copy_source=source) == "AccessDenied"
    assert texts(await people.stranger.done("GET", "/theirs?list-type=2"), "Key") == ["key"]


async def test_nobody_sees_the_buckets_of_others_in_a_list(private: tuple[People, str]) -> None:
    people, _ = private
    assert texts(await people.stranger.done("GET", "/"), "Name") == ["theirs"]
    assert texts(await people.colleague.done("GET", "/"), "Name") == ["private-contract"]
    assert texts(await people.nobody.done("GET", "/"), "Name") == []
