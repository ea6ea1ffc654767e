"""Object Storage in process: callers who sign, on both stores and a clock that stands still."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from ionstack.app import Cloud, build_cloud, s3_application
from ionstack.engine.clock import SECOND, FrozenClock
from ionstack.identity.privileges import USER
from ionstack.identity.s3_keys import S3Keys
from ionstack.objectstorage.blobs import shelves
from ionstack.objectstorage.people import canonical_id
from ionstack.store.port import Tx
from tests.api.conftest import settings

ROOT = "http://localhost:4668"


@dataclass(frozen=True)
class Person:
    """A user with an access key; without one they sign nothing. `id` is canonical."""

    cloud: Cloud
    http: httpx.AsyncClient
    region: str
    id: str = ""
    key: str = ""
    secret: str = ""

    async def __call__(
        self, method: str, path: str, body: bytes | str = b"", region: str = "", **headers: str
    ) -> httpx.Response:
        """Call, signed by botocore; header names have `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body.encode() if isinstance(body, str) else body
        request = AWSRequest(method, f"{ROOT}{path}", data=data, headers=named)
        if self.key:
            now = datetime.fromtimestamp(self.cloud.clock.wall() / SECOND, UTC).replace(tzinfo=None)
            signer = auth.S3SigV4Auth(Credentials(self.key, self.secret), "s3", region or self.region)
            with mock.patch.object(auth, "get_current_datetime", return_value=now):
                signer.add_auth(request)
        return await self.http.request(method, path, content=data, headers=dict(request.headers.items()))

    async def done(self, method: str, path: str, body: bytes | str = b"", **headers: str) -> httpx.Response:
        """Call, and it must be done."""
        answer = await self(method, path, body, **headers)
        assert answer.status_code < 300, answer.text
        return answer

    async def begin(self, path: str) -> str:
        """Begin an upload in parts; its id."""
        return texts(await self.done("POST", f"{path}?uploads"), "UploadId")[0]

    async def refused(self, method: str, path: str, body: bytes | str = b"", **headers: str) -> str:
        """Call, and it must be refused; the code."""
        answer = await self(method, path, body, **headers)
        assert 400 <= answer.status_code < 600, answer.text
        return code(answer)


def code(answer: httpx.Response) -> str:
    """The code of an error."""
    found = re.search(r"<Code>(\w+)</Code>", answer.text)
    assert found, answer.text
    return found[1]


def texts(answer: httpx.Response, name: str) -> list[str]:
    """The texts of all elements of a name."""
    return re.findall(rf"<{name}>([^<]*)</{name}>", answer.text)


def completion(*etags: str) -> str:
    """The body that makes an object of its first parts."""
    parts = (
        f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
        for number, etag in enumerate(etags, 1)
    )
    return f"<CompleteMultipartUpload>{''.join(parts)}</CompleteMultipartUpload>"


def md5(body: bytes) -> str:
    """The header Content-MD5 of a body."""
    return base64.b64encode(hashlib.md5(body).digest()).decode()


async def broken(*_: Any) -> Any:
    """Stands for a step that a process does not come to."""
    raise RuntimeError("on the way")


@dataclass(frozen=True)
class People:
    """`owner` and `colleague` are of one contract, the one administers it; `stranger` owns another."""

    cloud: Cloud
    clock: FrozenClock
    owner: Person
    colleague: Person
    stranger: Person
    nobody: Person

    def blobs(self) -> list[Path]:
        """The files of bodies that are stored."""
        directory = self.cloud.settings.data_dir / "objects"
        return [path for path in directory.glob("??/*") if path.is_file()]


@pytest.fixture
async def people(
    database: str | None, tmp_path: Path, migrated_file: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[People]:
    """An empty cloud, which no other server shares, and its callers, who sign for a region of user-owned buckets."""
    monkeypatch.setattr(shelves, "PATIENCE", 0.0)
    shutil.copy(migrated_file, tmp_path)
    clock = FrozenClock()
    cloud = await build_cloud(settings(tmp_path, database), clock)
    transport = httpx.ASGITransport(s3_application(cloud), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url=ROOT) as http:

        async def person(user: str, contract: int) -> Person:
            async def work(tx: Tx) -> tuple[str, str]:
                made = await S3Keys(tx, cloud.vault, contract, user).add()
                return made.id, made.secret

            key, secret = await cloud.store.write(work)
            return Person(cloud, http, "de", canonical_id(user, contract), key, secret)

        one = await cloud.identity.create_contract("owner@one.example", "a good password")
        two = await cloud.identity.create_contract("owner@two.example", "a good password")
        member = await cloud.identity.users.create(
            one.number, "colleague@one.example", "a good password", USER
        )
        yield People(
            cloud, clock, await person(one.user_id, one.number), await person(member.id, one.number),
            await person(two.user_id, two.number), Person(cloud, http, "de"),
        )  # fmt: skip
    cloud.identity.close()
    await cloud.store.close()
