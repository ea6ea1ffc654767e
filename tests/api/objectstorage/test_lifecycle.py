"""Lifecycle rules are carried out: what is due goes, by a second look, and all else stays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ionstack.engine.clock import World
from ionstack.objectstorage.lifecycle import run as lifecycle
from ionstack.objectstorage.lifecycle.rules import DAY
from tests.api.objectstorage.conftest import People, texts

pytestmark = pytest.mark.api
DAYS = DAY / 1_000_000


async def rules(people: People, *each: str, bucket: str = "kept") -> None:
    text = "".join(f"<Rule><Status>Enabled</Status>{one}</Rule>" for one in each)
    body = f"<LifecycleConfiguration>{text}</LifecycleConfiguration>"
    await people.owner.done("PUT", f"/{bucket}?lifecycle", body)


async def keys(people: People, bucket: str = "kept") -> list[str]:
    return texts(await people.owner.done("GET", f"/{bucket}?list-type=2"), "Key")


async def versions(people: People, bucket: str = "kept") -> list[str]:
    """Kinds and version ids, newest first."""
    return texts(await people.owner.done("GET", f"/{bucket}?versions"), "VersionId")


@pytest.fixture
async def kept(people: People) -> People:
    await people.owner.done("PUT", "/kept")
    return people


async def versioned(people: People) -> None:
    body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    await people.owner.done("PUT", "/kept?versioning", body)


async def test_objects_expire_at_the_midnight_after_their_days(kept: People) -> None:
    owner, storage = kept.owner, kept.cloud.objects
    await rules(kept, "<Filter><Prefix>log/</Prefix></Filter><Expiration><Days>2</Days></Expiration>")
    await owner.done("PUT", "/kept/log/a", b"x" * 20_000)
    await owner.done("PUT", "/kept/other", b"x")
    kept.clock.advance(2 * DAYS - 1)
    assert await lifecycle.Lifecycle().run(storage) == 0
    kept.clock.advance(DAYS + 1)
    assert await lifecycle.Lifecycle().run(storage) == 1
    assert await keys(kept) == ["other"]
    assert kept.blobs() == []
    assert await lifecycle.Lifecycle().run(storage) == 0


@pytest.mark.parametrize(
    ("chosen", "gone"),
    [
        ("<Filter><Tag><Key>stage</Key><Value>test</Value></Tag></Filter>", {"tagged"}),
        ("<Filter><ObjectSizeGreaterThan>10</ObjectSizeGreaterThan></Filter>", {"large"}),
        ("<Filter><ObjectSizeLessThan>2</ObjectSizeLessThan></Filter>", {"small", "tagged"}),
        ("<Filter><And><Prefix>t</Prefix><ObjectSizeLessThan>5</ObjectSizeLessThan></And></Filter>", {"tagged"}),
        ("<Prefix>l</Prefix>", {"large"}),
        ("<Filter/>", {"large", "small", "tagged"}),
    ],
)  # fmt: skip
async def test_a_rule_is_for_what_its_filter_names(kept: People, chosen: str, gone: set[str]) -> None:
    await rules(kept, f"{chosen}<Expiration><Days>1</Days></Expiration>")
    await kept.owner.done("PUT", "/kept/large", b"x" * 11)
    await kept.owner.done("PUT", "/kept/small", b"x")
    await kept.owner.done("PUT", "/kept/tagged", b"x", x_amz_tagging="stage=test&a=b")
    kept.clock.advance(3 * DAYS)
    await lifecycle.Lifecycle().run(kept.cloud.objects)
    assert set(await keys(kept)) == {"large", "small", "tagged"} - gone


async def test_current_versions_become_noncurrent_and_those_go_but_for_the_newest(kept: People) -> None:
    owner, storage = kept.owner, kept.cloud.objects
    await versioned(kept)
    await rules(
        kept,
        "<Filter/><Expiration><Days>30</Days></Expiration><NoncurrentVersionExpiration>"
        "<NoncurrentDays>3</NoncurrentDays><NewerNoncurrentVersions>1</NewerNoncurrentVersions>"
        "</NoncurrentVersionExpiration>",
    )
    for body in (b"one", b"two", b"three"):
        await owner.done("PUT", "/kept/key", body)
    first = await versions(kept)
    kept.clock.advance(5 * DAYS)
    assert await lifecycle.Lifecycle().run(storage) == 1
    assert await versions(kept) == first[:2]
    kept.clock.advance(30 * DAYS)
    assert await lifecycle.Lifecycle().run(storage) == 1
    assert await keys(kept) == []
    assert (await versions(kept))[1:] == first[:2]
    assert await lifecycle.Lifecycle().run(storage) == 1
    kept.clock.advance(5 * DAYS)
    assert await lifecycle.Lifecycle().run(storage) == 0
    assert (await versions(kept))[1:] == first[:1]


async def test_a_marker_goes_when_nothing_is_below_it(kept: People) -> None:
    await versioned(kept)
    await rules(
        kept, "<Filter/><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"
    )
    version = (await kept.owner.done("PUT", "/kept/key", b"one")).headers["x-amz-version-id"]
    await kept.owner.done("DELETE", "/kept/key")
    assert await lifecycle.Lifecycle().run(kept.cloud.objects) == 0
    await kept.owner.done("DELETE", f"/kept/key?versionId={version}")
    assert await lifecycle.Lifecycle().run(kept.cloud.objects) == 1
    assert await versions(kept) == []


async def test_what_a_lock_keeps_stays_until_it_ends(people: People) -> None:
    owner = people.owner
    await owner.done("PUT", "/kept", x_amz_bucket_object_lock_enabled="true")
    await rules(people, "<Filter/><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays>"
                "</NoncurrentVersionExpiration>")  # fmt: skip
    until = (people.clock.wall() + 9 * DAY) // 1_000_000
    await owner.done(
        "PUT", "/kept/key", b"one", x_amz_object_lock_mode="GOVERNANCE",
        x_amz_object_lock_retain_until_date=datetime.fromtimestamp(until, UTC).isoformat(),
    )  # fmt: skip
    await owner.done("PUT", "/kept/key", b"two")
    people.clock.advance(5 * DAYS)
    assert await lifecycle.Lifecycle().run(people.cloud.objects) == 0
    people.clock.advance(5 * DAYS)
    assert await lifecycle.Lifecycle().run(people.cloud.objects) == 1


async def test_uploads_that_were_never_completed_go(kept: People) -> None:
    owner = kept.owner
    await rules(kept, "<Filter><Prefix>a</Prefix></Filter><AbortIncompleteMultipartUpload>"
                "<DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>")  # fmt: skip
    for key in ("a", "b"):
        upload = await owner.begin(f"/kept/{key}")
        await owner.done("PUT", f"/kept/{key}?partNumber=1&uploadId={upload}", b"x" * 20_000)
    kept.clock.advance(3 * DAYS)
    assert await lifecycle.Lifecycle().run(kept.cloud.objects) == 1
    assert texts(await owner.done("GET", "/kept?uploads"), "Key") == ["b"]


async def test_days_pass_on_the_clock_of_the_contract(kept: People) -> None:
    await rules(kept, "<Filter/><Expiration><Days>30</Days></Expiration>")
    await kept.owner.done("PUT", "/kept/before", b"x")
    kept.clock.advance(1)
    world = World().moved(kept.clock.wall(), by=32 * DAY)

    again = lifecycle.Lifecycle()
    assert await again.run(kept.cloud.objects) == 0
    bucket = await kept.cloud.objects.bucket("kept")
    assert bucket is not None
    await kept.cloud.identity.contracts.set_world(bucket.contract, world)
    await kept.owner.done("PUT", "/kept/after", b"x")
    assert await again.run(kept.cloud.objects) == 1
    assert await keys(kept) == ["after"]
    assert await again.run(kept.cloud.objects) == 0


async def test_a_version_that_changed_meanwhile_stays(kept: People, monkeypatch: pytest.MonkeyPatch) -> None:
    await rules(kept, "<Filter/><Expiration><Days>1</Days></Expiration>")
    await kept.owner.done("PUT", "/kept/key", b"old")
    kept.clock.advance(3 * DAYS)
    rows = lifecycle._Run._rows

    async def then_written(self: Any, start: bytes, place: int) -> Any:
        found = await rows(self, start, place)
        await kept.owner.done("PUT", "/kept/key", b"new")
        return found

    monkeypatch.setattr(lifecycle._Run, "_rows", then_written)
    assert await lifecycle.Lifecycle().run(kept.cloud.objects) == 0
    assert (await kept.owner.done("GET", "/kept/key")).content == b"new"


async def test_versions_are_the_same_over_pages(kept: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "_PAGE", 2)
    await versioned(kept)
    await rules(kept, "<Filter/><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays>"
                "<NewerNoncurrentVersions>2</NewerNoncurrentVersions></NoncurrentVersionExpiration>")  # fmt: skip
    for key in ("a", "b", "c"):
        for number in range(6):
            await kept.owner.done("PUT", f"/kept/{key}", b"%d" % number)
    before = await versions(kept)
    kept.clock.advance(3 * DAYS)
    assert await lifecycle.Lifecycle().run(kept.cloud.objects) == 9
    assert await versions(kept) == [*before[:3], *before[6:9], *before[12:15]]
