"""A client of Object Storage that knows what each of its keys may hold, whatever happened to its last call."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from typing import Any

import boto3
import httpx
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.chaos.process import PASSWORD, USERNAME, Process

MIB = 1024 * 1024
PLAIN, VERSIONED, REPLICAS = "plain", "versioned", "replicas"
KEYS = 5


def access(server: Process) -> tuple[str, str]:
    """An access key of the owner."""
    with httpx.Client(base_url=server.api, auth=(USERNAME, PASSWORD)) as http:
        user = http.get("/cloudapi/v6/um/users").raise_for_status().json()["items"][0]["id"]
        made = http.post(f"/cloudapi/v6/um/users/{user}/s3keys").raise_for_status().json()
    return made["id"], made["properties"]["secretKey"]


def connect(endpoint: str, keys: tuple[str, str]) -> Any:
    """A client that asks once and does not wait for long."""
    config = Config(
        signature_version="s3v4",
        retries={"total_max_attempts": 1},
        connect_timeout=5,
        read_timeout=30,
        s3={"addressing_style": "path"},
    )
    return boto3.client(
        "s3", endpoint_url=endpoint, region_name="de", aws_access_key_id=keys[0], aws_secret_access_key=keys[1],
        config=config,
    )  # fmt: skip


def digest(body: bytes) -> str:
    """What a body is known by."""
    return hashlib.sha256(body).hexdigest()


class Author:
    """Writes keys of its own, in a bucket with versions and in one without, one call at a time.

    `holds` has what was acknowledged, by key: the digest of a body, or None for nothing. `unsure` has what the
    call may have left that was not answered. `versions` has the digests of acknowledged versions by their id,
    `asked` how many were asked for.
    """

    def __init__(self, number: int, dice: random.Random) -> None:
        self._dice = dice
        self.keys = [f"{number}/{index} ü" for index in range(KEYS)]
        self.holds: dict[str, str | None] = dict.fromkeys(self.keys)
        self.unsure: dict[str, str | None] = {}
        self.versions: dict[str, str] = {}
        self.asked = self.answered = 0

    def write(self, s3: Any) -> None:
        """Write until a call is not answered. A refusal is an error of the test."""
        acts = (
            self._small,
            self._large,
            self._parts,
            self._copy,
            self._delete,
            self._delete_two,
            self._version,
        )
        weights = (6, 4, 1, 3, 2, 1, 4)
        while True:
            try:
                self._dice.choices(acts, weights)[0](s3)
            except ClientError as refused:
                if refused.response["ResponseMetadata"]["HTTPStatusCode"] == 503:
                    return
                raise
            except BotoCoreError:
                return
            self.answered += 1
            self.holds |= self.unsure
            self.unsure = {}

    def settle(self, found: Mapping[str, str]) -> None:
        """Hold what is found to what was acknowledged; it is known from now on."""
        for key in self.keys:
            may = {self.holds[key], self.unsure.get(key, self.holds[key])}
            assert found.get(key) in may, f"{key} holds neither what it held nor what it was to hold"
            self.holds[key] = found.get(key)
        self.unsure = {}

    def _body(self, least: int, most: int) -> bytes:
        return self._dice.randbytes(self._dice.randint(least, most))

    def _small(self, s3: Any) -> None:
        self._put(s3, self._body(0, 16_000))

    def _large(self, s3: Any) -> None:
        self._put(s3, self._body(17_000, 300_000))

    def _put(self, s3: Any, body: bytes) -> None:
        key = self._dice.choice(self.keys)
        self.unsure = {key: digest(body)}
        s3.put_object(Bucket=PLAIN, Key=key, Body=body)

    def _parts(self, s3: Any) -> None:
        key, bodies = self._dice.choice(self.keys), (self._body(5 * MIB, 5 * MIB), self._body(1, 20_000))
        place = {"Bucket": PLAIN, "Key": key}
        upload = s3.create_multipart_upload(**place)["UploadId"]
        parts = [
            {"PartNumber": number, "ETag": s3.upload_part(**place, UploadId=upload, PartNumber=number, Body=body)["ETag"]}
            for number, body in enumerate(bodies, 1)
        ]  # fmt: skip
        self.unsure = {key: digest(b"".join(bodies))}
        s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": parts})

    def _copy(self, s3: Any) -> None:
        there = [key for key in self.keys if self.holds[key] is not None]
        if there:
            source, key = self._dice.choice(there), self._dice.choice(self.keys)
            if source != key:
                self.unsure = {key: self.holds[source]}
                s3.copy_object(Bucket=PLAIN, Key=key, CopySource={"Bucket": PLAIN, "Key": source})

    def _delete(self, s3: Any) -> None:
        key = self._dice.choice(self.keys)
        self.unsure = {key: None}
        s3.delete_object(Bucket=PLAIN, Key=key)

    def _delete_two(self, s3: Any) -> None:
        two = self._dice.sample(self.keys, 2)
        self.unsure = dict.fromkeys(two)
        answer = s3.delete_objects(Bucket=PLAIN, Delete={"Objects": [{"Key": key} for key in two]})
        assert "Errors" not in answer, answer

    def _version(self, s3: Any) -> None:
        body = self._body(0, 40_000)
        self.asked += 1
        answer = s3.put_object(Bucket=VERSIONED, Key=self.keys[0], Body=body)
        self.versions[answer["VersionId"]] = digest(body)
