"""Who sees what: users, contracts and strangers, by every way in."""

from __future__ import annotations

import json

import pytest

from tests.api.objectstorage.conftest import People, Person, code, texts

pytestmark = pytest.mark.api

KEY_CALLS = [
    ("GET", "/private/key", ""),
    ("HEAD", "/private/key", ""),
    ("PUT", "/private/key", "other"),
    ("DELETE", "/private/key", ""),
    ("GET", "/private/key?acl", ""),
    ("GET", "/private/key?tagging", ""),
    ("DELETE", "/private/key?tagging", ""),
    ("GET", "/private/missing", ""),
    ("POST", "/private/key?uploads", ""),
    ("GET", "/private/key?attributes", ""),
]
BUCKET_CALLS = [
    ("GET", "/private", ""),
    ("HEAD", "/private", ""),
    ("DELETE", "/private", ""),
    ("GET", "/private?list-type=2", ""),
    ("GET", "/private?versions", ""),
    ("GET", "/private?uploads", ""),
    *(
        (method, f"/private?{sub}", "")
        for sub in ("acl", "cors", "policy", "lifecycle", "tagging", "website", "encryption", "logging", "versioning",
                    "replication", "object-lock", "publicAccessBlock", "ownershipControls", "location", "policyStatus")
        for method in ("GET",)
    ),
    ("PUT", "/private?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
    ("DELETE", "/private?policy", ""),
    ("DELETE", "/private?cors", ""),
]  # fmt: skip


async def refuses(person: Person, method: str, path: str, body: str) -> None:
    """A call that must be refused without a word of what is there."""
    answer = await person(method, path, body, x_amz_object_attributes="ETag")
    assert answer.status_code == 403, (method, path, answer.status_code, answer.text)
    assert method == "HEAD" or code(answer) == "AccessDenied"


async def test_a_bucket_of_one_user_is_closed_to_all_others(people: People) -> None:
    await people.owner.done("PUT", "/private")
    await people.owner.done("PUT", "/private/key", "mine", x_amz_tagging="a=b")
    for person in (people.stranger, people.colleague, people.nobody):
        for call in (*KEY_CALLS, *BUCKET_CALLS):
            await refuses(person, *call)
        copied = {"x_amz_copy_source": "/private/key"}
        if person.key:
            own = f"/own-{person.id[-8:]}"
            await person.done("PUT", own)
            assert await person.refused("PUT", f"{own}/copy", **copied) == "AccessDenied"
            assert texts(await person.done("GET", "/"), "Name") == [own[1:]]
        deleted = await person("POST", "/private?delete", "<Delete><Object><Key>key</Key></Object></Delete>")
        assert texts(deleted, "Code") == ["AccessDenied"]
    assert (await people.owner.done("GET", "/private/key")).text == "mine"


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
    from ionstack.identity.s3_keys import S3Keys

    key = await people.cloud.store.write(
        lambda tx: S3Keys(tx, people.cloud.vault, contract.number, contract.user_id).add()
    )
    short = Person(people.cloud, people.owner.http, "de", "", key.id, key.secret)
    await short.done("PUT", "/short-lived")
    await short.done("PUT", "/short-lived/key", "x")
    await people.cloud.identity.drop_contract(contract.number)
    assert await short.refused("GET", "/short-lived/key") == "InvalidAccessKeyId"
    assert await people.owner.refused("GET", "/short-lived") == "NoSuchBucket"
