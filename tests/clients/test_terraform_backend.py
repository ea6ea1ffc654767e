"""The calls of Terraform's backend "s3" with `use_lockfile`: state in one object, the lock in another beside it."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.clients.conftest import Server
from tests.clients.test_boto3 import client, keys, refused

__all__ = ["keys"]

pytestmark = pytest.mark.clients
BUCKET, STATE = "terraform", "network/terraform.tfstate"


class Backend:
    """What the backend asks for, in its order, for one workspace."""

    def __init__(self, s3: Any, workspace: str = "default") -> None:
        self._s3 = s3
        self.key = STATE if workspace == "default" else f"env:/{workspace}/{STATE}"
        self.place = {"Bucket": BUCKET, "Key": self.key}
        self.lock_place = {"Bucket": BUCKET, "Key": f"{self.key}.tflock"}

    def lock(self, id: str) -> bool:
        """Write the lock if nobody else did."""
        info = json.dumps(
            {"ID": id, "Operation": "OperationTypeApply", "Path": f"{BUCKET}/{self.key}"}
        ).encode()
        try:
            self._s3.put_object(
                **self.lock_place, Body=info, ContentType="application/json", IfNoneMatch="*", ChecksumAlgorithm="SHA256"
            )  # fmt: skip
        except ClientError as failed:
            response: Any = failed.response
            assert response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict")
            return False
        return True

    def holder(self) -> str:
        """Who holds the lock."""
        return str(json.loads(self._s3.get_object(**self.lock_place)["Body"].read())["ID"])

    def unlock(self, id: str) -> None:
        """Remove a lock of one's own."""
        assert self.holder() == id
        self._s3.delete_object(**self.lock_place)

    def read(self) -> bytes | None:
        """The state, None if there is none yet."""
        try:
            self._s3.head_object(**self.place)
        except ClientError as failed:
            response: Any = failed.response
            assert response["ResponseMetadata"]["HTTPStatusCode"] == 404
            return None
        body: bytes = self._s3.get_object(**self.place)["Body"].read()
        return body

    def write(self, state: bytes, **more: str) -> None:
        """Write the state, with its MD5 and a checksum."""
        digest = b64encode(hashlib.md5(state).digest()).decode()
        self._s3.put_object(
            **self.place, Body=state, ContentType="application/json", ContentMD5=digest, ChecksumAlgorithm="SHA256",
            ServerSideEncryption="AES256", **more,
        )  # fmt: skip


@pytest.fixture(scope="module")
def s3(server: Server, keys: tuple[str, str]) -> Any:
    """A client of the backend, which addresses by path as endpoints of one's own are."""
    made = client(server, keys, "de", s3={"addressing_style": "path"})
    made.create_bucket(Bucket=BUCKET)
    made.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return made


def test_a_run_locks_writes_and_unlocks(s3: Any) -> None:
    s3.head_bucket(Bucket=BUCKET)
    backend = Backend(s3)
    assert backend.read() is None
    assert backend.lock("one")
    assert not backend.lock("two")
    assert backend.holder() == "one"
    for serial in range(3):
        backend.write(json.dumps({"version": 4, "serial": serial}).encode())
    assert json.loads(backend.read() or b"")["serial"] == 2
    assert s3.head_object(**backend.place)["ServerSideEncryption"] == "AES256"
    backend.unlock("one")
    assert backend.lock("two")
    backend.unlock("two")
    listed = s3.list_object_versions(Bucket=BUCKET, Prefix=STATE)["Versions"]
    assert len([one for one in listed if one["Key"] == STATE]) == 3


def test_of_many_runs_one_gets_the_lock(s3: Any, server: Server, keys: tuple[str, str]) -> None:
    runs = [Backend(client(server, keys, "de", s3={"addressing_style": "path"}), "race") for _ in range(8)]
    for turn in range(5):
        with ThreadPoolExecutor(len(runs)) as pool:
            won = list(pool.map(lambda number: runs[number].lock(f"{turn}/{number}"), range(len(runs))))  # noqa: B023
        assert won.count(True) == 1
        holder = f"{turn}/{won.index(True)}"
        assert runs[0].holder() == holder
        runs[0].unlock(holder)


def test_workspaces_lie_beside_each_other(s3: Any) -> None:
    for workspace in ("prod", "test"):
        Backend(s3, workspace).write(workspace.encode())
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="env:/", MaxKeys=1000)["Contents"]
    names = {one["Key"].split("/")[1] for one in listed if one["Key"].endswith(STATE)}
    assert names == {"prod", "test"}
    assert Backend(s3, "prod").read() == b"prod"
    s3.delete_object(**Backend(s3, "prod").place)
    assert Backend(s3, "prod").read() is None


def test_what_the_backend_is_told_when_it_cannot_be_served(s3: Any) -> None:
    code, status = refused(
        s3.put_object, **Backend(s3).place, Body=b"{}", ServerSideEncryption="aws:kms", SSEKMSKeyId="alias/key"
    )  # fmt: skip
    assert (code, status) == ("InvalidArgument", 400)
    wrong = b64encode(hashlib.md5(b"other").digest()).decode()
    assert refused(s3.put_object, **Backend(s3).place, Body=b"{}", ContentMD5=wrong) == ("BadDigest", 400)
    assert refused(s3.head_bucket, Bucket="no-such-state") == ("404", 404)
