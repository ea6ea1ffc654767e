"""Replication is carried out: each version arrives once, as it is, in order, where its rule sends it."""

from __future__ import annotations

import asyncio

import pytest

from ionstack.objectstorage.replication import run as replication
from tests.api.objectstorage.conftest import People, broken, completion, texts

pytestmark = pytest.mark.api
VERSIONED = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
STATUS = "x-amz-replication-status"


def rule(content: str = "<Prefix/>", target: str = "target") -> str:
    return (
        f"<Rule><Status>Enabled</Status>{content}"
        f"<Destination><Bucket>arn:aws:s3:::{target}</Bucket></Destination></Rule>"
    )


def configuration(*rules: str) -> str:
    return f"<ReplicationConfiguration><Role>role</Role>{''.join(rules)}</ReplicationConfiguration>"


async def replicate(people: People, source: str = "source", target: str = "target") -> None:
    """Make two buckets; all versions of the one go to the other."""
    for bucket in (source, target):
        await people.owner.done("PUT", f"/{bucket}")
        await people.owner.done("PUT", f"/{bucket}?versioning", VERSIONED)
    await people.owner.done("PUT", f"/{source}?replication", configuration(rule(target=target)))


@pytest.fixture
async def pair(people: People) -> People:
    """A bucket `source` whose versions all go to `target`."""
    await replicate(people)
    return people


async def versions(people: People, bucket: str) -> list[str]:
    return texts(await people.owner.done("GET", f"/{bucket}?versions"), "VersionId")


@pytest.mark.parametrize("body", [b"", b"small", b"x" * 100_000])
async def test_a_version_arrives_as_it_is(pair: People, body: bytes) -> None:
    owner, storage = pair.owner, pair.cloud.objects
    made = await owner.done(
        "PUT", "/source/a%20key", body, x_amz_meta_colour="blue", x_amz_tagging="a=b", content_type="x/y"
    )
    assert (await owner.done("HEAD", "/source/a%20key")).headers[STATUS] == "PENDING"
    assert await replication.run(storage) == 1
    assert (await owner.done("HEAD", "/source/a%20key")).headers[STATUS] == "COMPLETED"
    pair.clock.advance(100)
    there = await owner.done("GET", "/target/a%20key")
    assert there.content == body
    for name in ("etag", "x-amz-version-id"):
        assert there.headers[name] == made.headers[name]
    assert (there.headers[STATUS], there.headers["x-amz-meta-colour"]) == ("REPLICA", "blue")
    assert there.headers["content-type"] == "x/y"
    assert "<Key>a</Key>" in (await owner.done("GET", "/target/a%20key?tagging")).text
    await owner.done("DELETE", f"/source/a%20key?versionId={made.headers['x-amz-version-id']}")
    assert (await owner.done("GET", "/target/a%20key")).content == body
    assert await replication.run(storage) == 0


async def test_parts_and_copies_arrive_and_versions_keep_their_order(pair: People) -> None:
    owner = pair.owner
    upload = await owner.begin("/source/key")
    part = await owner.done("PUT", f"/source/key?partNumber=1&uploadId={upload}", b"p" * 30_000)
    await owner.done("POST", f"/source/key?uploadId={upload}", completion(part.headers["etag"]))
    await owner.done("PUT", "/source/key", b"second")
    await owner.done("PUT", "/source/copy", x_amz_copy_source="/source/key")
    await owner.done("DELETE", "/source/key")
    assert await replication.run(pair.cloud.objects) == 4
    assert await versions(pair, "target") == await versions(pair, "source")
    first = (await versions(pair, "target"))[-1]
    assert (await owner.done("GET", f"/target/key?versionId={first}")).content == b"p" * 30_000


async def test_rules_choose_by_prefix_tag_and_priority(pair: People) -> None:
    owner = pair.owner
    await owner.done("PUT", "/other")
    await owner.done("PUT", "/other?versioning", VERSIONED)
    tagged = "<Filter><And><Prefix>a</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter><Priority>9</Priority>"
    rules = configuration(
        rule("<Filter><Prefix>a</Prefix></Filter><Priority>1</Priority>"), rule(tagged, "other")
    )
    await owner.done("PUT", "/source?replication", rules)
    await owner.done("PUT", "/source/a1", b"x", x_amz_tagging="k=v")
    await owner.done("PUT", "/source/a2", b"x")
    plain = await owner.done("PUT", "/source/b", b"x")
    await owner.done("DELETE", "/source/a2")
    await replication.run(pair.cloud.objects)
    assert texts(await owner.done("GET", "/other?list-type=2"), "Key") == ["a1"]
    assert texts(await owner.done("GET", "/target?list-type=2"), "Key") == ["a2"]
    assert STATUS not in plain.headers
    assert STATUS not in (await owner.done("HEAD", "/source/b")).headers


async def test_each_version_arrives_once_by_however_many(pair: People) -> None:
    for number in range(12):
        await pair.owner.done("PUT", f"/source/{number % 3}", b"%d" % number * 20_000)
    await asyncio.gather(*(replication.run(pair.cloud.objects) for _ in range(3)))
    await replication.run(pair.cloud.objects)
    assert await versions(pair, "target") == await versions(pair, "source")
    assert len(pair.blobs()) == 24


async def test_what_breaks_on_the_way_arrives_later_and_leaves_nothing(
    pair: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pair.owner.done("PUT", "/source/key", b"x" * 20_000)

    with monkeypatch.context() as patched:
        patched.setattr("ionstack.objectstorage.objects.adopt", broken)
        with pytest.raises(RuntimeError):
            await replication.run(pair.cloud.objects)
    assert len(pair.blobs()) == 1
    assert await replication.run(pair.cloud.objects) == 1
    assert (await pair.owner.done("GET", "/target/key")).content == b"x" * 20_000


async def test_what_is_encrypted_stays_so(pair: People) -> None:
    await pair.owner.done("PUT", "/source/key", b"x" * 70_000, x_amz_server_side_encryption="AES256")
    assert await replication.run(pair.cloud.objects) == 1
    there = await pair.owner.done("GET", "/target/key")
    assert there.content == b"x" * 70_000
    assert there.headers["x-amz-server-side-encryption"] == "AES256"


async def test_a_target_that_went_is_a_failure_and_said(pair: People) -> None:
    await pair.owner.done("DELETE", "/target")
    await pair.owner.done("PUT", "/source/key", b"x")
    assert await replication.run(pair.cloud.objects) == 0
    assert (await pair.owner.done("HEAD", "/source/key")).headers[STATUS] == "FAILED"


async def test_a_configuration_needs_versions_and_buckets_of_ones_own(pair: People) -> None:
    owner = pair.owner
    await pair.stranger.done("PUT", "/foreign")
    await pair.stranger.done("PUT", "/foreign?versioning", VERSIONED)
    await owner.done("PUT", "/plain")
    for target in ("foreign", "plain", "nowhere", "source"):
        document = configuration(rule(target=target))
        assert await owner.refused("PUT", "/source?replication", document) == "InvalidRequest", target
    assert await owner.refused("PUT", "/plain?replication", configuration(rule())) == "InvalidRequest"
