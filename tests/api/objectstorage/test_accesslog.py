"""Access logs are written: each call once, into a bucket of the same owner."""

from __future__ import annotations

import asyncio
import re

import pytest

from ionstack.objectstorage import accesslog
from tests.api.objectstorage.conftest import People, broken, texts

pytestmark = pytest.mark.api


async def follow(people: People, prefix: str = "logs/", target: str = "target", form: str = "") -> None:
    body = (
        f"<BucketLoggingStatus><LoggingEnabled><TargetBucket>{target}</TargetBucket>"
        f"<TargetPrefix>{prefix}</TargetPrefix>{form}</LoggingEnabled></BucketLoggingStatus>"
    )
    await people.owner.done("PUT", "/source?logging", body)


async def logged(people: People) -> list[str]:
    """The lines of all logs, in order."""
    lines: list[str] = []
    for key in texts(await people.owner.done("GET", "/target?list-type=2"), "Key"):
        lines += (await people.owner.done("GET", f"/target/{key}")).text.splitlines()
    return lines


@pytest.fixture
async def logging(people: People) -> People:
    for bucket in ("source", "target"):
        await people.owner.done("PUT", f"/{bucket}")
    await follow(people)
    return people


async def test_a_line_tells_who_did_what_and_how_it_ended(logging: People) -> None:
    owner, storage = logging.owner, logging.cloud.objects
    await owner.done("PUT", "/source/a%20key", b"hello", user_agent='a "client"')
    await owner.done("GET", "/source/a%20key?response-content-type=x%2Fy")
    await owner.refused("GET", "/source/none")
    await logging.nobody.refused("DELETE", "/source/a%20key")
    await owner.done("GET", "/source?list-type=2")
    assert await accesslog.write(storage) == 1
    (key,) = texts(await owner.done("GET", "/target?list-type=2"), "Key")
    assert key.startswith("logs/20")
    lines = [line for line in await logged(logging) if "LOGGING" not in line]
    assert [line.split()[7] for line in lines] == [
        "REST.PUT.OBJECT", "REST.GET.OBJECT", "REST.GET.OBJECT", "REST.DELETE.OBJECT", "REST.GET.BUCKET",
    ]  # fmt: skip
    assert all(line.split()[:2] == [owner.id, "source"] for line in lines)
    assert 'a%20key "PUT /source/a%20key HTTP/1.1" 200 - - 5 ' in lines[0]
    assert lines[0].count('"a %22client%22"') == 1
    assert '"GET /source/a%20key?response-content-type=x%2Fy HTTP/1.1" 200 - 5 5 ' in lines[1]
    assert '"GET /source/none HTTP/1.1" 404 NoSuchKey ' in lines[2]
    assert '"DELETE /source/a%20key HTTP/1.1" 403 AccessDenied ' in lines[3]
    assert (lines[3].split()[5], lines[0].split()[5]) == ("-", owner.id)


async def test_each_line_is_written_once_by_however_many(logging: People) -> None:
    for number in range(20):
        await logging.owner.done("PUT", f"/source/{number:02}", b"x")
    await asyncio.gather(*(accesslog.write(logging.cloud.objects) for _ in range(3)))
    assert await accesslog.write(logging.cloud.objects) == 0
    keys = [line.split()[8] for line in await logged(logging) if "PUT.OBJECT" in line]
    assert sorted(keys) == [f"{number:02}" for number in range(20)]


async def test_a_bundle_that_fails_is_written_later(logging: People, monkeypatch: pytest.MonkeyPatch) -> None:
    await logging.owner.done("PUT", "/source/key", b"x")

    with monkeypatch.context() as patched:
        patched.setattr("ionstack.objectstorage.objects.put", broken)
        with pytest.raises(RuntimeError):
            await accesslog.write(logging.cloud.objects)
    assert await accesslog.write(logging.cloud.objects) == 1
    assert len([line for line in await logged(logging) if "PUT.OBJECT" in line]) == 1


async def test_logs_of_an_encrypted_bucket_are_encrypted(logging: People) -> None:
    rule = "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>"
    body = f"<ServerSideEncryptionConfiguration>{rule}</ServerSideEncryptionConfiguration>"
    await logging.owner.done("PUT", "/target?encryption", body)
    await logging.owner.done("PUT", "/source/key", b"x")
    await accesslog.write(logging.cloud.objects)
    (key,) = texts(await logging.owner.done("GET", "/target?list-type=2"), "Key")
    answer = await logging.owner.done("GET", f"/target/{key}")
    assert answer.headers["x-amz-server-side-encryption"] == "AES256"
    assert "REST.PUT.OBJECT" in answer.text


async def test_the_target_is_a_bucket_of_the_same_owner(logging: People) -> None:
    await logging.stranger.done("PUT", "/foreign")
    for target in ("foreign", "nowhere"):
        body = (
            f"<BucketLoggingStatus><LoggingEnabled><TargetBucket>{target}</TargetBucket>"
            "<TargetPrefix/></LoggingEnabled></BucketLoggingStatus>"
        )
        assert await logging.owner.refused("PUT", "/source?logging", body) == "InvalidTargetBucketForLogging"


async def test_lines_for_a_target_that_went_are_dropped(logging: People) -> None:
    await logging.owner.done("PUT", "/source/key", b"x")
    await logging.owner.done("DELETE", "/target")
    assert await accesslog.write(logging.cloud.objects) == 0
    await logging.owner.done("PUT", "/target")
    assert await accesslog.write(logging.cloud.objects) == 0


async def test_nothing_is_written_once_logging_is_off(logging: People) -> None:
    await logging.owner.done("PUT", "/source?logging", "<BucketLoggingStatus/>")
    await accesslog.write(logging.cloud.objects)
    before = await logged(logging)
    await logging.owner.done("PUT", "/source/key", b"x")
    assert await accesslog.write(logging.cloud.objects) == 0
    assert await logged(logging) == before


def partitioned(source: str) -> str:
    prefix = f"<PartitionedPrefix><PartitionDateSource>{source}</PartitionDateSource></PartitionedPrefix>"
    return f"<TargetObjectKeyFormat>{prefix}</TargetObjectKeyFormat>"


@pytest.mark.parametrize(
    ("form", "names"),
    [
        (partitioned("EventTime"), [r"2026/01/01/2026-01-01-00-00-00-\w{16}", r"2026/01/02/2026-01-02-00-00-00-\w{16}"]),
        (partitioned("DeliveryTime"), [r"2026/01/02/2026-01-02-01-00-00-\w{16}"]),
    ],
)  # fmt: skip
async def test_names_are_partitioned_by_the_day_that_is_wished(
    logging: People, form: str, names: list[str]
) -> None:
    await accesslog.write(logging.cloud.objects)
    await follow(logging, "parted/", form=form)
    bucket = await logging.cloud.objects.bucket("source")
    assert bucket is not None
    await logging.owner.done("PUT", "/source/one", b"x")
    logging.clock.advance(25 * 3600)
    await logging.owner.done("PUT", "/source/two", b"x")
    await accesslog.write(logging.cloud.objects)
    listed = await logging.owner.done("GET", "/target?list-type=2&prefix=parted%2F")
    keys = texts(listed, "Key")
    assert len(keys) == len(names)
    for key, name in zip(keys, names, strict=True):
        assert re.fullmatch(f"parted/{bucket.contract}/de/source/{name}", key)
    lines = await logged(logging)
    assert [len([line for line in lines if f" {key} " in line]) for key in ("one", "two")] == [1, 1]


async def test_a_simple_format_is_the_usual_one_and_others_are_refused(logging: People) -> None:
    await follow(logging, form="<TargetObjectKeyFormat><SimplePrefix/></TargetObjectKeyFormat>")
    await logging.owner.done("PUT", "/source/key", b"x")
    await accesslog.write(logging.cloud.objects)
    keys = texts(await logging.owner.done("GET", "/target?list-type=2"), "Key")
    assert all(re.fullmatch(r"logs/2026-01-01-00-00-00-[0-9A-F]{16}", key) for key in keys)
    for form in (
        "<TargetObjectKeyFormat/>", partitioned("Sometimes"),
        "<TargetObjectKeyFormat><SimplePrefix/><PartitionedPrefix/></TargetObjectKeyFormat>",
    ):  # fmt: skip
        body = (
            "<BucketLoggingStatus><LoggingEnabled><TargetBucket>target</TargetBucket><TargetPrefix/>"
            f"{form}</LoggingEnabled></BucketLoggingStatus>"
        )
        assert await logging.owner.refused("PUT", "/source?logging", body) == "MalformedXML"
