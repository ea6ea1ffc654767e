"""Who sees what: every operation of the table by everyone whose bucket it is not, and what else keeps people apart."""

from __future__ import annotations

import json

import httpx
import pytest

from ionstack.identity.s3_keys import S3Keys
from ionstack.objectstorage.routes import OBJECT, ROUTES, Route
from tests.api.objectstorage.conftest import People, Person, code, md5, texts
from tests.api.objectstorage.test_replication import VERSIONED

pytestmark = pytest.mark.api
TABLE = [route for route in ROUTES if route.place and route.id != "POSTObject"]
"""What works on a bucket that exists; but for forms, which say in their bodies who sends them."""
DELETION = b"<Delete><Object><Key>key</Key></Object></Delete>"


@pytest.fixture
async def private(people: People) -> tuple[People, str]:
    """A bucket with two versions of an object, and the id of an upload under way; the stranger has one, too."""
    for bucket in ("/private", "/private-contract"):
        region = "eu-central-3" if "contract" in bucket else "de"
        await people.owner("PUT", bucket, region=region)
        await people.owner.done("PUT", f"{bucket}?versioning", VERSIONED)
        for body in (b"one", b"two"):
            await people.owner.done("PUT", f"{bucket}/key", body)
    upload = await people.owner.begin("/private/key")
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
        body, headers = DELETION, {"content_md5": md5(DELETION)}
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
    upload = await people.stranger.begin("/theirs/new")
    for path in ("/theirs/new", f"/theirs/new?partNumber=1&uploadId={upload}"):
        for source in ("/private/key", "/private-contract/key", "/private/none"):
            assert await people.stranger.refused("PUT", path, x_amz_copy_source=source) == "AccessDenied"
    assert texts(await people.stranger.done("GET", "/theirs?list-type=2"), "Key") == ["key"]


async def test_nobody_sees_the_buckets_of_others_in_a_list(private: tuple[People, str]) -> None:
    people, _ = private
    assert texts(await people.stranger.done("GET", "/"), "Name") == ["theirs"]
    assert texts(await people.colleague.done("GET", "/"), "Name") == ["private-contract"]
    assert texts(await people.nobody.done("GET", "/"), "Name") == []


async def test_buckets_of_a_contract_are_seen_by_all_and_managed_by_administrators(people: People) -> None:
    region = "eu-central-3"
    assert code(await people.colleague("PUT", "/shared", region=region)) == "AccessDenied"
    await people.owner("PUT", "/shared", region=region)
    assert texts(await people.colleague.done("GET", "/"), "Name") == ["shared"]
    assert texts(await people.stranger.done("GET", "/"), "Name") == []
    assert await people.colleague.refused("GET", "/shared") == "AccessDenied"
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam:::user/{people.colleague.id}"},
                 "Action": ["s3:PutObject", "s3:GetObject"], "Resource": "arn:aws:s3:::shared/*"}  # fmt: skip
    await people.owner.done(
        "PUT", "/shared?policy", json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    await people.colleague.done("PUT", "/shared/key", "written by a colleague")
    assert (await people.owner.done("GET", "/shared/key")).text == "written by a colleague"
    assert await people.colleague.refused("DELETE", "/shared/key") == "AccessDenied"
    assert await people.stranger.refused("GET", "/shared/key") == "AccessDenied"


async def test_a_name_belongs_to_who_was_first(people: People) -> None:
    await people.owner.done("PUT", "/taken")
    assert await people.stranger.refused("PUT", "/taken") == "BucketAlreadyExists"
    await people.owner.done("DELETE", "/taken")
    await people.stranger.done("PUT", "/taken")


async def test_a_public_object_is_read_by_anybody_and_no_other_is(people: People) -> None:
    await people.owner.done("PUT", "/mixed")
    await people.owner.done("PUT", "/mixed/open", "hello", x_amz_acl="public-read")
    await people.owner.done("PUT", "/mixed/closed", "secret")
    assert (await people.nobody.done("GET", "/mixed/open")).text == "hello"
    assert await people.nobody.refused("GET", "/mixed/closed") == "AccessDenied"
    assert await people.nobody.refused("PUT", "/mixed/open", "bye") == "AccessDenied"
    block = "<PublicAccessBlockConfiguration><IgnorePublicAcls>true</IgnorePublicAcls></PublicAccessBlockConfiguration>"
    await people.owner.done("PUT", "/mixed?publicAccessBlock", block)
    assert await people.nobody.refused("GET", "/mixed/open") == "AccessDenied"


async def test_a_contract_takes_its_buckets_with_it(people: People) -> None:
    contract = await people.cloud.identity.create_contract(
        "short@lived.example", "a good password", temporary=True
    )
    key = await people.cloud.store.write(
        lambda tx: S3Keys(tx, people.cloud.vault, contract.number, contract.user_id).add()
    )
    short = Person(people.cloud, people.owner.http, "de", "", key.id, key.secret)
    await short.done("PUT", "/short-lived")
    await short.done("PUT", "/short-lived/key", "x")
    await people.cloud.identity.drop_contract(contract.number)
    assert await short.refused("GET", "/short-lived/key") == "InvalidAccessKeyId"
    assert await people.owner.refused("GET", "/short-lived") == "NoSuchBucket"
