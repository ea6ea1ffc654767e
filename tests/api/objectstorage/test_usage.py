"""What buckets hold is counted right, whatever comes and goes; quotas hold; metrics tell it."""

from __future__ import annotations

import pytest

from ionstack.control.contracts import Terms, change
from ionstack.control.operations.status import bucket_families
from ionstack.identity.events import SYSTEM
from ionstack.objectstorage import usage
from ionstack.objectstorage.lifecycle import run as lifecycle
from ionstack.objectstorage.replication import run as replication
from ionstack.store.port import Tx
from ionstack.store.statement import Statement
from tests.api.objectstorage.conftest import People, completion, md5, texts
from tests.api.objectstorage.test_lifecycle import DAYS, rules
from tests.api.objectstorage.test_replication import VERSIONED, replicate

pytestmark = pytest.mark.api
LARGE = b"x" * 20_000
ROWS = Statement("rows", {"": """
    SELECT CAST(COALESCE(SUM(versions), 0) AS BIGINT), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM (
        SELECT CASE WHEN marker THEN 0 ELSE 1 END AS versions, size FROM s3_version WHERE bucket = :bucket
        UNION ALL SELECT 0, p.size FROM s3_part p JOIN s3_upload u ON u.id = p.upload WHERE u.bucket = :bucket
    ) AS held"""})  # fmt: skip


async def held(people: People, name: str = "kept") -> tuple[int, int]:
    """What a bucket holds, which must be what its rows say."""
    bucket = await people.cloud.objects.bucket(name)
    assert bucket is not None

    async def work(tx: Tx) -> tuple[tuple[int, int], tuple[int, ...]]:
        record = await tx.one(ROWS, bucket=bucket.ordinal)
        assert record is not None
        return await usage.of_bucket(tx, bucket.ordinal), tuple(record)

    counted, found = await people.cloud.store.read(work)
    assert counted == found
    return counted


async def limit(people: People, quota: int | None) -> int:
    bucket = await people.cloud.objects.bucket("kept")
    assert bucket is not None
    terms = Terms(settings={"objectStorageQuota": quota})
    await change(people.cloud.store, bucket.contract, terms, people.clock.wall(), SYSTEM)
    return bucket.contract


@pytest.fixture
async def kept(people: People) -> People:
    await people.owner.done("PUT", "/kept")
    return people


async def upload(people: People, *bodies: bytes) -> str:
    id = await people.owner.begin("/kept/parts")
    for number, body in enumerate(bodies, 1):
        await people.owner.done("PUT", f"/kept/parts?partNumber={number}&uploadId={id}", body)
    return id


@pytest.mark.parametrize("versioning", ["", "Enabled", "Suspended"])
async def test_objects(kept: People, versioning: str) -> None:
    owner = kept.owner
    await owner.done("PUT", "/kept/before", b"12345")
    if versioning:
        await owner.done("PUT", "/kept?versioning", VERSIONED.replace("Enabled", versioning))
    for body in (b"1", LARGE, b"123"):
        await owner.done("PUT", "/kept/key", body)
    await owner.done("PUT", "/kept/copy", x_amz_copy_source="/kept/key")
    assert await held(kept) == ((5, 5 + 1 + 20_000 + 3 + 3) if versioning == "Enabled" else (3, 11))
    await owner.done("DELETE", "/kept/key")
    await owner.done("DELETE", "/kept/key")
    await owner.done("DELETE", "/kept/none")
    await held(kept)
    listed = await owner.done("GET", "/kept?versions")
    keys = zip(texts(listed, "Key"), texts(listed, "VersionId"), strict=True)
    each = "".join(f"<Object><Key>{key}</Key><VersionId>{id}</VersionId></Object>" for key, id in keys)
    wanted = f"<Delete>{each}</Delete>".encode()
    await owner.done("POST", "/kept?delete", wanted, content_md5=md5(wanted))
    assert await held(kept) == (0, 0)


async def test_uploads(kept: People) -> None:
    owner = kept.owner
    id = await upload(kept, LARGE, b"2")
    assert await held(kept) == (0, 20_001)
    await owner.done("PUT", f"/kept/parts?partNumber=1&uploadId={id}", b"1")
    assert await held(kept) == (0, 2)
    (etag,) = texts(await owner.done("GET", f"/kept/parts?uploadId={id}&max-parts=1"), "ETag")
    await owner.done("POST", f"/kept/parts?uploadId={id}", completion(etag))
    assert await held(kept) == (1, 1)
    await owner.done("DELETE", f"/kept/parts?uploadId={await upload(kept, LARGE)}")
    assert await held(kept) == (1, 1)


async def test_what_background_work_writes_and_removes(kept: People) -> None:
    owner = kept.owner
    await replicate(kept, "kept", "replica")
    await owner.done("PUT", "/kept/key", LARGE)
    await replication.run(kept.cloud.objects)
    assert await held(kept) == await held(kept, "replica") == (1, 20_000)
    await upload(kept, LARGE)
    await rules(kept, "<Filter/><Expiration><Days>1</Days></Expiration><NoncurrentVersionExpiration><NoncurrentDays>1"
                "</NoncurrentDays></NoncurrentVersionExpiration><AbortIncompleteMultipartUpload><DaysAfterInitiation>1"
                "</DaysAfterInitiation></AbortIncompleteMultipartUpload>")  # fmt: skip
    for _ in range(2):
        kept.clock.advance(3 * DAYS)
        await lifecycle.Lifecycle().run(kept.cloud.objects)
    assert await held(kept) == (0, 0)


async def test_what_is_refused_counts_nothing(kept: People) -> None:
    await kept.owner.done("PUT", "/kept/key", b"1")
    assert await kept.owner.refused("PUT", "/kept/key", b"12", if_none_match="*") == "PreconditionFailed"
    assert await held(kept) == (1, 1)


async def test_a_contract_keeps_no_more_than_its_quota(kept: People) -> None:
    owner = kept.owner
    await owner.done("PUT", "/kept/one", LARGE)
    id = await owner.begin("/kept/parts")
    contract = await limit(kept, 20_010)
    files = len(kept.blobs())
    assert await owner.refused("PUT", "/kept/two", LARGE) == "QuotaExceeded"
    assert await owner.refused("PUT", "/kept/two", x_amz_copy_source="/kept/one") == "QuotaExceeded"
    assert await owner.refused("PUT", f"/kept/parts?partNumber=1&uploadId={id}", LARGE) == "QuotaExceeded"
    assert (len(kept.blobs()), await held(kept)) == (files, (1, 20_000))
    await owner.done("PUT", "/kept/two", b"1234567890")
    assert await owner.refused("PUT", "/kept/three", b"1") == "QuotaExceeded"
    await owner.done("PUT", "/kept/one", b"1")
    await owner.done("PUT", "/kept/three", b"1")
    await kept.stranger.done("PUT", "/other")
    await kept.stranger.done("PUT", "/other/key", LARGE)
    assert await limit(kept, None) == contract
    await owner.done("PUT", "/kept/four", LARGE * 2)


async def test_metrics_tell_what_each_bucket_holds(kept: People) -> None:
    await kept.stranger.done("PUT", "/empty")
    await kept.owner.done("PUT", "/kept/key", b"12345")
    lines = list(bucket_families(await kept.cloud.store.read(usage.of_all)))
    one, two = [await kept.cloud.objects.bucket(name) for name in ("kept", "empty")]
    assert one is not None
    assert two is not None
    assert f'ionstack_objectstorage_bytes{{bucket="kept",contract="{one.contract}"}} 5' in lines
    assert f'ionstack_objectstorage_versions{{bucket="kept",contract="{one.contract}"}} 1' in lines
    assert f'ionstack_objectstorage_bytes{{bucket="empty",contract="{two.contract}"}} 0' in lines
