"""SIGKILL while objects are written: what was acknowledged is there bit for bit, and nothing is half there."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.objects import PLAIN, REPLICAS, VERSIONED, Author, access, connect, digest
from tests.chaos.process import Process
from tests.chaos.test_kill import SOAK_KILLS, database, durable_server
from tests.wait import until

__all__ = ["database", "durable_server"]

KILLS = 6
AUTHORS = 4


@pytest.mark.soak
@pytest.mark.timeout(0)
async def test_a_killed_server_keeps_its_objects(
    tmp_path: Path, database: str | None, soak: bool, seed: int
) -> None:
    dice = random.Random(seed)
    authors = [Author(number, random.Random(dice.random())) for number in range(AUTHORS)]
    server = Process(tmp_path / "data", database)
    await asyncio.to_thread(server.start)
    try:
        keys = await asyncio.to_thread(prepare, server)
        for _ in range(SOAK_KILLS if soak else KILLS):
            with ThreadPoolExecutor(AUTHORS) as pool:
                written = [pool.submit(author.write, connect(server.s3, keys)) for author in authors]
                await asyncio.sleep(dice.uniform(0.1, 1.0))
                await asyncio.to_thread(server.kill)
            for one in written:
                one.result()
            await asyncio.to_thread(server.start)
            s3 = connect(server.s3, keys)
            held = await asyncio.to_thread(found, s3)
            for author in authors:
                author.settle(held)
            await asyncio.to_thread(_prove_versions, s3, authors)
        await _prove_replicas(s3)
        server.stop()
        assert ", 0 damaged" in server.look("doctor", "--objects")
    finally:
        server.stop()
    assert all(author.answered > KILLS and author.versions for author in authors)


def prepare(server: Process) -> tuple[str, str]:
    """An access key of the owner, and the two buckets."""
    keys = access(server)
    s3 = connect(server.s3, keys)
    for bucket in (PLAIN, VERSIONED, REPLICAS):
        s3.create_bucket(Bucket=bucket)
    for bucket in (VERSIONED, REPLICAS):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rule = {"Status": "Enabled", "Prefix": "", "Destination": {"Bucket": f"arn:aws:s3:::{REPLICAS}"}}
    s3.put_bucket_replication(Bucket=VERSIONED, ReplicationConfiguration={"Role": "", "Rules": [rule]})
    return keys


def found(s3: Any) -> dict[str, str]:
    """What each key holds, read whole; its listing says the same."""
    held = {}
    for listed in s3.list_objects_v2(Bucket=PLAIN).get("Contents", ()):
        got = s3.get_object(Bucket=PLAIN, Key=listed["Key"])
        body = got["Body"].read()
        assert (len(body), got["ETag"]) == (listed["Size"], listed["ETag"])
        held[listed["Key"]] = digest(body)
    return held


def _prove_versions(s3: Any, authors: list[Author]) -> None:
    """Every acknowledged version is there as it was sent, and no more than were asked for."""
    for author in authors:
        pages = s3.get_paginator("list_object_versions").paginate(Bucket=VERSIONED, Prefix=author.keys[0])
        listed = set(_versions(pages))
        assert set(author.versions) <= listed
        assert len(listed) <= author.asked
        for id in list(author.versions)[-20:]:
            got = s3.get_object(Bucket=VERSIONED, Key=author.keys[0], VersionId=id)
            assert digest(got["Body"].read()) == author.versions[id]


def _versions(pages: Iterable[Any]) -> list[str]:
    return [one["VersionId"] for page in pages for one in page.get("Versions", ())]


async def _prove_replicas(s3: Any) -> None:
    """Each version arrives once, in its order, and as it is."""

    async def arrived() -> bool:
        pages = [
            s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
            for bucket in (REPLICAS, VERSIONED)
        ]
        replicas, versions = await asyncio.to_thread(lambda: [_versions(each) for each in pages])
        return replicas == versions

    await until(arrived, "the replicas are not those of the versions")
    for one in s3.list_object_versions(Bucket=REPLICAS, MaxKeys=50)["Versions"]:
        place = {"Key": one["Key"], "VersionId": one["VersionId"]}
        bodies = [
            digest(s3.get_object(Bucket=bucket, **place)["Body"].read()) for bucket in (VERSIONED, REPLICAS)
        ]
        assert bodies[0] == bodies[1]
