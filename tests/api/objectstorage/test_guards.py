"""Background work looks again before it acts, keeps nothing waiting for what fails, and dates by the right clock."""

from __future__ import annotations

from typing import Any

import pytest

from ionstack.engine.clock import World
from ionstack.objectstorage import accesslog
from ionstack.objectstorage.blobs.bodies import Blobs
from ionstack.objectstorage.lifecycle import run as lifecycle
from ionstack.objectstorage.lifecycle.rules import DAY
from ionstack.objectstorage.replication import run as replication
from tests.api.objectstorage.conftest import People, texts
from tests.api.objectstorage.test_accesslog import follow
from tests.api.objectstorage.test_lifecycle import DAYS, keys, rules, versions
from tests.api.objectstorage.test_replication import STATUS, VERSIONED, configuration, replicate, rule

pytestmark = pytest.mark.api
TAGGED = (
    "<Filter><Tag><Key>stage</Key><Value>test</Value></Tag></Filter><Expiration><Days>1</Days></Expiration>"
)


@pytest.fixture
async def kept(people: People) -> People:
    await people.owner.done("PUT", "/kept")
    return people


async def move(people: People, days: int) -> None:
    """Move the clock of the owner's contract, as the control API does."""
    contracts = people.cloud.identity.contracts
    bucket = await people.cloud.objects.bucket("kept")
    assert bucket is not None
    world: World = (await contracts.get(bucket.contract)).world
    await contracts.set_world(bucket.contract, world.moved(people.clock.wall(), by=days * DAY))


def meanwhile(monkeypatch: pytest.MonkeyPatch, *steps: Any) -> None:
    """Do the steps once, after a page was read and before anything of it is removed."""
    rows, left = lifecycle._Run._rows, list(steps)

    async def then(self: Any, start: bytes, place: int) -> Any:
        found = await rows(self, start, place)
        while left:
            await left.pop(0)()
        return found

    monkeypatch.setattr(lifecycle._Run, "_rows", then)


async def test_what_is_written_between_two_moves_of_the_clock_is_as_old_as_it_is(kept: People) -> None:
    await rules(kept, "<Filter/><Expiration><Days>30</Days></Expiration>")
    for name in ("first", "second", "third"):
        await kept.owner.done("PUT", f"/kept/{name}", b"x")
        kept.clock.advance(1)
        await move(kept, 20)
        kept.clock.advance(1)
        await lifecycle.Lifecycle().run(kept.cloud.objects)
    assert await keys(kept) == ["third"]
    await move(kept, 0)
    assert await lifecycle.Lifecycle().run(kept.cloud.objects) == 0
    assert await keys(kept) == ["third"]
    await move(kept, 20)
    assert await lifecycle.Lifecycle().run(kept.cloud.objects) == 1


async def test_tags_that_changed_meanwhile_keep_an_object(
    kept: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rules(kept, TAGGED)
    await kept.owner.done("PUT", "/kept/key", b"x", x_amz_tagging="stage=test")
    kept.clock.advance(3 * DAYS)
    meanwhile(monkeypatch, lambda: kept.owner.done("DELETE", "/kept/key?tagging"))
    assert await lifecycle.Lifecycle().run(kept.cloud.objects) == 0
    assert await keys(kept) == ["key"]


async def test_rules_that_went_meanwhile_remove_nothing(
    kept: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rules(kept, "<Filter/><Expiration><Days>1</Days></Expiration>"
                "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation>"
                "</AbortIncompleteMultipartUpload>")  # fmt: skip
    await kept.owner.done("PUT", "/kept/key", b"x")
    await kept.owner.done("POST", "/kept/key?uploads")
    kept.clock.advance(3 * DAYS)
    meanwhile(monkeypatch, lambda: kept.owner.done("DELETE", "/kept?lifecycle"))
    assert await lifecycle.Lifecycle().run(kept.cloud.objects) == 0
    assert await keys(kept) == ["key"]
    assert len(texts(await kept.owner.done("GET", "/kept?uploads"), "UploadId")) == 1


async def test_as_many_newer_versions_stay_as_a_rule_says(
    kept: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kept.owner.done("PUT", "/kept?versioning", VERSIONED)
    await rules(kept, "<Filter/><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays>"
                "<NewerNoncurrentVersions>1</NewerNoncurrentVersions></NoncurrentVersionExpiration>")  # fmt: skip
    for body in (b"1", b"2", b"3"):
        await kept.owner.done("PUT", "/kept/key", body)
    middle = (await versions(kept))[1]
    kept.clock.advance(3 * DAYS)
    meanwhile(monkeypatch, lambda: kept.owner.done("DELETE", f"/kept/key?versionId={middle}"))
    assert await lifecycle.Lifecycle().run(kept.cloud.objects) == 0
    assert len(await versions(kept)) == 2


async def test_a_bucket_whose_rules_fail_does_not_hold_up_the_next(
    kept: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kept.owner.done("PUT", "/next")
    for bucket in ("kept", "next"):
        await rules(kept, "<Filter/><Expiration><Days>1</Days></Expiration>", bucket=bucket)
        await kept.owner.done("PUT", f"/{bucket}/key", b"x")
    kept.clock.advance(3 * DAYS)
    all_of = lifecycle._Run.all

    async def broken(self: Any) -> int:
        if self._bucket.name == "kept":
            raise RuntimeError("on the way")
        return await all_of(self)

    again = lifecycle.Lifecycle()
    with monkeypatch.context() as patched:
        patched.setattr(lifecycle._Run, "all", broken)
        with pytest.raises(RuntimeError):
            await again.run(kept.cloud.objects)
    assert await keys(kept, "next") == []
    assert await again.run(kept.cloud.objects) == 1
    assert await keys(kept) == []


@pytest.fixture
async def pair(people: People) -> People:
    await replicate(people)
    return people


async def test_a_version_that_cannot_be_read_does_not_hold_up_the_others(
    pair: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("bad", "good"):
        await pair.owner.done("PUT", f"/source/{key}", key.encode() * 20_000)
    linked, calls = Blobs.link, list[int]()

    async def damaged(self: Any, parts: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("shorter than its row says")
        return await linked(self, parts)

    with monkeypatch.context() as patched:
        patched.setattr(Blobs, "link", damaged)
        with pytest.raises(OSError, match="shorter"):
            await replication.run(pair.cloud.objects)
    assert texts(await pair.owner.done("GET", "/target?list-type=2"), "Key") == ["good"]
    assert (await pair.owner.done("HEAD", "/source/bad")).headers[STATUS] == "PENDING"
    assert await replication.run(pair.cloud.objects) == 1


async def test_what_replication_wrote_and_what_lifecycle_deleted_goes_no_further(pair: People) -> None:
    await pair.owner.done("PUT", "/last")
    await pair.owner.done("PUT", "/last?versioning", VERSIONED)
    await pair.owner.done("PUT", "/target?replication", configuration(rule(target="last")))
    await rules(pair, "<Filter/><Expiration><Days>1</Days></Expiration>", bucket="source")
    await pair.owner.done("PUT", "/source/key", b"x")
    assert await replication.run(pair.cloud.objects) == 1
    assert await replication.run(pair.cloud.objects) == 0
    assert await keys(pair, "last") == []
    pair.clock.advance(3 * DAYS)
    assert await lifecycle.Lifecycle().run(pair.cloud.objects) == 1
    assert await keys(pair, "source") == []
    assert await replication.run(pair.cloud.objects) == 0
    assert await keys(pair, "target") == ["key"]


async def test_lines_of_a_bucket_that_went_are_written_all_the_same(people: People) -> None:
    for bucket in ("source", "target"):
        await people.owner.done("PUT", f"/{bucket}")
    await follow(people)
    await people.owner.done("PUT", "/source/key", b"x")
    await people.owner.done("DELETE", "/source/key")
    await people.owner.done("DELETE", "/source")
    assert await accesslog.write(people.cloud.objects) == 1
    (key,) = texts(await people.owner.done("GET", "/target?list-type=2"), "Key")
    text = (await people.owner.done("GET", f"/target/{key}")).text
    assert [line.split()[7] for line in text.splitlines()][-3:] == [
        "REST.PUT.OBJECT", "REST.DELETE.OBJECT", "REST.DELETE.BUCKET",
    ]  # fmt: skip


async def test_a_log_that_cannot_be_written_does_not_hold_up_the_others(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bucket in ("source", "target", "other"):
        await people.owner.done("PUT", f"/{bucket}")
    await follow(people, "bad/")
    await people.owner.done("PUT", "/source/key", b"x")
    await follow(people, "good/")
    await people.owner.done("PUT", "/source/key", b"x")
    bundle = accesslog._bundle

    async def broken(storage: Any, group: Any) -> bool:
        if "bad/" in tuple(group):
            raise RuntimeError("on the way")
        return await bundle(storage, group)

    with monkeypatch.context() as patched:
        patched.setattr(accesslog, "_bundle", broken)
        with pytest.raises(RuntimeError):
            await accesslog.write(people.cloud.objects)
    names = texts(await people.owner.done("GET", "/target?list-type=2"), "Key")
    assert [name.partition("/")[0] for name in names] == ["good"]
    assert await accesslog.write(people.cloud.objects) == 1
