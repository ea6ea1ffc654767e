"""SIGKILL while lifecycle rules are carried out and access logs are written, by two servers where there can be two."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.chaos.objects import access, connect, digest
from tests.chaos.process import ADMIN_TOKEN, PASSWORD, USERNAME, Process
from tests.chaos.test_kill import SOAK_KILLS, database, durable_server
from tests.wait import until

__all__ = ["database", "durable_server"]

KILLS = 5
AUTHORS = 3
BUCKET, LOGS = "watched", "logs"
LAST = 2
"""Lines of one author that a kill may take: that of the answer just sent, and of the one before, which may wait yet."""


class Hasty(Process):
    """A server whose background work does not wait."""

    program = "tests.chaos.hasty"


@dataclass
class Author:
    """Writes what is to stay and what is to go, and remembers the ids of the answers."""

    number: int
    dice: random.Random
    stays: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    unsure: set[str] = field(default_factory=set)

    def write(self, s3: Any) -> None:
        """Write until a call is not answered."""
        while True:
            prefix = self.dice.choice(("keep/", "go/"))
            key, body = (
                f"{prefix}{self.number}/{len(self.told)}",
                self.dice.randbytes(self.dice.choice((100, 20_000))),
            )
            try:
                answer = s3.put_object(Bucket=BUCKET, Key=key, Body=body)
            except (BotoCoreError, ClientError):
                self.unsure.update(self.told[-LAST:])
                return
            self.told.append(answer["ResponseMetadata"]["RequestId"])
            if prefix == "keep/":
                self.stays[key] = digest(body)


@pytest.fixture
def servers(tmp_path: Path, database: str | None) -> Iterator[list[Hasty]]:
    shared = {"IONSTACK_S3_DATA_DIR": str(tmp_path / "bodies")}
    names = ("one", "two") if database else ("one",)
    both = [Hasty(tmp_path / name, database, variables=shared) for name in names]
    for server in both:
        server.start()
    yield both
    for server in both:
        server.stop()


@pytest.mark.soak
@pytest.mark.timeout(0)
async def test_what_dies_at_its_work_does_it_once(servers: list[Hasty], soak: bool, seed: int) -> None:
    dice = random.Random(seed)
    authors = [Author(number, random.Random(dice.random())) for number in range(AUTHORS)]
    keys = await asyncio.to_thread(_prepare, servers[0])
    for _ in range(SOAK_KILLS // 10 if soak else KILLS):
        with ThreadPoolExecutor(AUTHORS) as pool:
            written = [
                pool.submit(author.write, connect(dice.choice(servers).s3, keys)) for author in authors
            ]
            await asyncio.sleep(dice.uniform(0.5, 1.0))
            await asyncio.to_thread(_days_pass, servers[0])
            await asyncio.sleep(dice.uniform(0, 0.3))
            for server in servers:
                await asyncio.to_thread(server.kill)
        for one in written:
            one.result()
        for server in servers:
            await asyncio.to_thread(server.start)
    s3 = connect(servers[0].s3, keys)
    _days_pass(servers[0])
    await until(lambda: asyncio.to_thread(_gone, s3), "not everything went that was to go")
    for author in authors:
        for key, body in author.stays.items():
            assert digest(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()) == body
    wanted = {id for author in authors for id in author.told if id not in author.unsure}
    await until(lambda: asyncio.to_thread(lambda: wanted <= set(_lines(s3))), "not every call was logged")
    assert max(_lines(s3).values()) == 1
    assert ", 0 damaged" in servers[0].look("doctor", "--objects")
    assert all(author.stays and len(author.told) > KILLS for author in authors)


def _prepare(server: Process) -> tuple[str, str]:
    """A bucket whose objects below `go/` last a day, and whose log is kept; an access key."""
    keys = access(server)
    s3 = connect(server.s3, keys)
    for bucket in (BUCKET, LOGS):
        s3.create_bucket(Bucket=bucket)
    rule = {"ID": "days", "Status": "Enabled", "Filter": {"Prefix": "go/"}, "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
    s3.put_bucket_logging(
        Bucket=BUCKET, BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": LOGS, "TargetPrefix": "of/"}}
    )
    return keys


def _days_pass(server: Process) -> None:
    with httpx.Client(base_url=server.api) as http:
        told = http.get("/cloudapi/v6/contracts", auth=(USERNAME, PASSWORD)).raise_for_status().json()
        number = told["items"][0]["properties"]["contractNumber"]
        http.patch(
            f"/_ionstack/contracts/{number}",
            headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
            json={"clock": {"advanceSeconds": 3 * 86_400}},
        ).raise_for_status()


def _gone(s3: Any) -> bool:
    return "Contents" not in s3.list_objects_v2(Bucket=BUCKET, Prefix="go/")


def _lines(s3: Any) -> Counter[str]:
    """How often each request id stands in the logs."""
    found: Counter[str] = Counter()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=LOGS):
        for one in page.get("Contents", ()):
            text = s3.get_object(Bucket=LOGS, Key=one["Key"])["Body"].read().decode()
            found.update(line.split()[6] for line in text.splitlines())
    return found
