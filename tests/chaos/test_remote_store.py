"""Bodies in an object store elsewhere, which is another Ionstack here: shared by servers, killed, away and back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests import postgres
from tests.chaos.objects import MIB, Author, access, connect
from tests.chaos.process import Process
from tests.chaos.test_kill_objects import found, prepare
from tests.stores import postgres_server

__all__ = ["postgres_server"]

pytestmark = pytest.mark.xdist_group(__file__)
BODIES = "bodies"
KILLS = 3
LARGE = random.Random(1).randbytes(25 * MIB)  # more than one blob over there
SMALL = b"in the row"


@dataclass(frozen=True)
class Scene:
    """A server whose bucket takes the bodies (`depot`), and two that send them there; clients of each."""

    depot: Process
    nodes: tuple[Process, Process]
    store: Any
    keys: tuple[str, str]

    @property
    def clients(self) -> tuple[Any, Any]:
        """A client of each node."""
        return connect(self.nodes[0].s3, self.keys), connect(self.nodes[1].s3, self.keys)

    def blobs(self) -> int:
        """How many blobs lie in the depot."""
        return int(self.store.list_objects_v2(Bucket=BODIES)["KeyCount"])


def variables(depot: Process, keys: tuple[str, str], bucket: str = BODIES) -> dict[str, str]:
    """What tells a server where bodies go."""
    return {
        "IONSTACK_S3_STORE": f"s3://{bucket}/of-a-test", "AWS_ENDPOINT_URL": depot.s3, "AWS_REGION": "de",
        "AWS_ALLOW_HTTP": "true", "AWS_ACCESS_KEY_ID": keys[0], "AWS_SECRET_ACCESS_KEY": keys[1],
    }  # fmt: skip


@contextmanager
def running(*servers: Process) -> Iterator[None]:
    """Start servers, and end them afterwards."""
    try:
        with ThreadPoolExecutor() as threads:
            list(threads.map(Process.start, servers))
        yield
    finally:
        for server in servers:
            server.stop()


@pytest.fixture
def depot(tmp_path: Path) -> Iterator[Process]:
    server = Process(tmp_path / "depot", None, port=postgres.free_port())
    with running(server):
        yield server


@pytest.fixture
async def scene(tmp_path: Path, depot: Process, postgres_server: postgres.Server) -> AsyncIterator[Scene]:
    keys = access(depot)
    store = connect(depot.s3, keys)
    store.create_bucket(Bucket=BODIES)
    database = await postgres_server.database()
    one, two = (
        Process(tmp_path / name, database, variables=variables(depot, keys)) for name in ("one", "two")
    )
    with running(one, two):
        yield Scene(depot, (one, two), store, prepare(one))
    await postgres_server.drop(database)


def status(call: Any, **arguments: Any) -> int:
    """The status with which a call is refused."""
    with pytest.raises(ClientError) as failed:
        call(**arguments)
    told: Any = failed.value.response
    return int(told["ResponseMetadata"]["HTTPStatusCode"])


def test_servers_without_a_directory_in_common_share_bodies(scene: Scene) -> None:
    one, two = scene.clients
    place = {"Bucket": "plain", "Key": "large"}
    one.put_object(**place, Body=LARGE, ServerSideEncryption="AES256")
    assert scene.blobs() == 4
    assert two.get_object(**place)["Body"].read() == LARGE
    ranged = two.get_object(**place, Range=f"bytes={8 * MIB - 5}-{8 * MIB + 4}")["Body"].read()
    assert ranged == LARGE[8 * MIB - 5 : 8 * MIB + 5]

    upload = two.create_multipart_upload(Bucket="plain", Key="parts")["UploadId"]
    named = {"Bucket": "plain", "Key": "parts", "UploadId": upload}
    etags = [
        client.upload_part(**named, PartNumber=number, Body=body)["ETag"]
        for number, (client, body) in enumerate(((one, LARGE), (two, b"the end")), 1)
    ]
    parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
    one.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})
    one.copy_object(Bucket="plain", Key="copy", CopySource="plain/parts")
    one.delete_object(Bucket="plain", Key="parts")
    assert two.get_object(Bucket="plain", Key="copy")["Body"].read() == LARGE + b"the end"

    reading = two.get_object(**place)["Body"]
    assert reading.read(MIB) == LARGE[:MIB]
    one.delete_object(**place)
    assert reading.read() == LARGE[MIB:]
    assert not any(path.is_file() for node in scene.nodes for path in node.directory.glob("objects/**/*"))


def test_a_store_that_is_away_stops_large_bodies_alone(scene: Scene) -> None:
    one, two = scene.clients
    one.put_object(Bucket="plain", Key="small", Body=SMALL)
    one.put_object(Bucket="plain", Key="large", Body=LARGE)
    scene.depot.kill()
    assert status(one.put_object, Bucket="plain", Key="large", Body=LARGE[::-1]) == 503
    assert status(two.get_object, Bucket="plain", Key="large") == 503
    assert two.get_object(Bucket="plain", Key="small")["Body"].read() == SMALL
    two.put_object(Bucket="plain", Key="other", Body=SMALL)
    one.delete_object(Bucket="plain", Key="other")
    scene.depot.start()
    assert two.get_object(Bucket="plain", Key="large")["Body"].read() == LARGE
    one.put_object(Bucket="plain", Key="large", Body=LARGE[::-1])
    assert two.get_object(Bucket="plain", Key="large")["Body"].read() == LARGE[::-1]


async def test_what_was_acknowledged_survives_kills(scene: Scene, seed: int) -> None:
    dice = random.Random(seed)
    authors = [Author(number, random.Random(dice.random())) for number in range(2)]
    for _ in range(KILLS):
        with ThreadPoolExecutor(len(authors)) as pool:
            written = [
                pool.submit(author.write, client)
                for author, client in zip(authors, scene.clients, strict=True)
            ]
            await asyncio.sleep(dice.uniform(0.5, 1.0))
            for node in scene.nodes:
                await asyncio.to_thread(node.kill)
        for one in written:
            one.result()
        for node in scene.nodes:
            await asyncio.to_thread(node.start)
        holds = await asyncio.to_thread(found, scene.clients[0])
        for author in authors:
            author.settle(holds)
    assert "0 damaged" in await asyncio.to_thread(scene.nodes[0].look, "doctor", "--objects")
    assert all(author.answered for author in authors)


def test_a_store_that_is_not_there_is_told_in_one_line(tmp_path: Path, depot: Process) -> None:
    server = Process(tmp_path / "data", None, variables=variables(depot, access(depot), "no-such-bucket"))
    try:
        with pytest.raises(
            AssertionError, match="--s3-store s3://no-such-bucket/of-a-test cannot be written"
        ):
            server.start()
    finally:
        server.stop()
    assert server.log.count("\n") == 1
