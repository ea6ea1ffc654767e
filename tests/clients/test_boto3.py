"""boto3 against a real server: what its users do, in both addressing styles and both kinds of region."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.clients.conftest import Server

pytestmark = pytest.mark.clients
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def keys(server: Server) -> Iterator[tuple[str, str]]:
    """An access key of the owner, made by the Cloud API."""
    with httpx.Client(
        base_url=f"{server.url}/cloudapi/v6", headers={"Authorization": f"Bearer {server.token}"}
    ) as api:
        user = api.get("/um/users").raise_for_status().json()["items"][0]["id"]
        made = api.post(f"/um/users/{user}/s3keys").raise_for_status().json()
        yield made["id"], made["properties"]["secretKey"]


@pytest.fixture(scope="module")
def s3(server: Server, keys: tuple[str, str]) -> Any:
    """A client of the default region."""
    return client(server, keys)


def client(server: Server, keys: tuple[str, str], region: str = "eu-central-3", **options: Any) -> Any:
    """A client that never asks twice."""
    config = Config(signature_version="s3v4", retries={"max_attempts": 1}, **options)
    return boto3.client(
        "s3", endpoint_url=server.s3, region_name=region, aws_access_key_id=keys[0], aws_secret_access_key=keys[1],
        config=config,
    )  # fmt: skip


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, int]:
    """The code and status with which a call is refused."""
    with pytest.raises(ClientError) as failed:
        call(**arguments)
    response: Any = failed.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize("region", ["eu-central-3", "de", "us-east-1"])
def test_a_round_trip(server: Server, keys: tuple[str, str], region: str) -> None:
    s3 = client(server, keys, region)
    bucket = f"round-trip-{region}"
    s3.create_bucket(Bucket=bucket)
    body = os.urandom(100_000)
    s3.put_object(Bucket=bucket, Key="a/b c+ü.bin", Body=body, Metadata={"colour": "blue"}, ContentType="x/y")
    got = s3.get_object(Bucket=bucket, Key="a/b c+ü.bin")
    assert got["Body"].read() == body
    assert (got["Metadata"], got["ContentType"]) == ({"colour": "blue"}, "x/y")
    assert got["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["a/b c+ü.bin"]
    ranged = s3.get_object(Bucket=bucket, Key="a/b c+ü.bin", Range="bytes=65530-65545")
    assert (ranged["Body"].read(), ranged["ContentRange"]) == (body[65530:65546], "bytes 65530-65545/100000")
    assert refused(s3.delete_bucket, Bucket=bucket) == ("BucketNotEmpty", 409)
    s3.delete_object(Bucket=bucket, Key="a/b c+ü.bin")
    assert refused(s3.get_object, Bucket=bucket, Key="a/b c+ü.bin") == ("NoSuchKey", 404)
    s3.delete_bucket(Bucket=bucket)
    assert refused(s3.list_objects_v2, Bucket=bucket) == ("NoSuchBucket", 404)


def test_a_bucket_before_the_host(server: Server, keys: tuple[str, str], s3: Any) -> None:
    s3.create_bucket(Bucket="before-the-host")
    port = server.s3.rpartition(":")[2]
    named = Server(server.url, server.token, f"http://localhost:{port}")
    virtual = client(named, keys, s3={"addressing_style": "virtual"})
    s3.put_object(Bucket="before-the-host", Key="key", Body=b"x")
    url = virtual.generate_presigned_url("get_object", Params={"Bucket": "before-the-host", "Key": "key"})
    host = f"before-the-host.localhost:{port}"
    assert url.startswith(f"http://{host}/key?")
    assert httpx.get(url.replace(f"http://{host}", server.s3), headers={"Host": host}).text == "x"


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_checksums_are_proven_and_told(s3: Any, algorithm: str) -> None:
    s3.create_bucket(Bucket="checksums")
    put = s3.put_object(Bucket="checksums", Key=algorithm, Body=b"some bytes", ChecksumAlgorithm=algorithm)
    head = s3.head_object(Bucket="checksums", Key=algorithm, ChecksumMode="ENABLED")
    assert head[f"Checksum{algorithm}"] == put[f"Checksum{algorithm}"]
    wrong = {f"Checksum{algorithm}": put[f"Checksum{algorithm}"]}
    assert (
        refused(s3.put_object, Bucket="checksums", Key="wrong", Body=b"other bytes", **wrong)[0]
        == "BadDigest"
    )
    assert refused(s3.head_object, Bucket="checksums", Key="wrong")[1] == 404


def test_a_presigned_url_opens_one_thing_alone(s3: Any) -> None:
    s3.create_bucket(Bucket="presigned")
    s3.put_object(Bucket="presigned", Key="key", Body=b"hello")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "presigned", "Key": "key"}, ExpiresIn=60)
    assert httpx.get(url).text == "hello"
    assert httpx.get(url.replace("/key?", "/other?")).status_code == 403
    assert httpx.get(url.partition("?")[0]).status_code == 403


@pytest.mark.parametrize("key", [
    ".", "..", "../up", "a/../b", "/lead", "//two", "a//b", "trail/", "%2e%2e/%00", "new\nline", "\x7f\x01", "a b+c&d=e?f#g",
    "ü" * 512, "\U0001f600/\u202e", "COM1", "~", "*'()!", "a\\b",
])  # fmt: skip
def test_a_key_is_a_text_and_no_path(s3: Any, key: str) -> None:
    bucket = "keys-are-texts"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=key, Body=b"x" * 20_000)
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"x" * 20_000
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": key})
    for one in (key, "copy"):
        s3.delete_object(Bucket=bucket, Key=one)
    s3.delete_bucket(Bucket=bucket)


def test_a_multipart_upload(s3: Any) -> None:
    s3.create_bucket(Bucket="multipart")
    begun = s3.create_multipart_upload(Bucket="multipart", Key="big", ChecksumAlgorithm="CRC32C")
    bodies = [os.urandom(5 * MIB), os.urandom(5 * MIB), b"the end"]
    at = {"Bucket": "multipart", "Key": "big", "UploadId": begun["UploadId"]}
    parts = []
    for number, body in enumerate(bodies, 1):
        put = s3.upload_part(**at, PartNumber=number, Body=body, ChecksumAlgorithm="CRC32C")
        parts.append({"PartNumber": number, "ETag": put["ETag"], "ChecksumCRC32C": put["ChecksumCRC32C"]})
    assert [one["Size"] for one in s3.list_parts(**at)["Parts"]] == [len(body) for body in bodies]
    made = s3.complete_multipart_upload(**at, MultipartUpload={"Parts": parts})
    assert made["ETag"].endswith('-3"')
    assert made["ChecksumCRC32C"].endswith("-3")
    whole = b"".join(bodies)
    assert s3.get_object(Bucket="multipart", Key="big")["Body"].read() == whole
    assert (
        s3.get_object(Bucket="multipart", Key="big", Range="bytes=5242870-5242889")["Body"].read()
        == whole[5242870:5242890]
    )
    assert s3.get_object(Bucket="multipart", Key="big", PartNumber=3)["Body"].read() == b"the end"
    copied = s3.copy_object(Bucket="multipart", Key="copy", CopySource={"Bucket": "multipart", "Key": "big"})
    assert copied["CopyObjectResult"]["ETag"] == made["ETag"]
    s3.delete_object(Bucket="multipart", Key="big")
    assert s3.get_object(Bucket="multipart", Key="copy")["Body"].read() == whole


def test_versions_and_their_markers(s3: Any) -> None:
    s3.create_bucket(Bucket="versions")
    s3.put_object(Bucket="versions", Key="key", Body=b"zero")
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    one, two = (s3.put_object(Bucket="versions", Key="key", Body=b)["VersionId"] for b in (b"one", b"two"))
    marker = s3.delete_object(Bucket="versions", Key="key")
    assert marker["DeleteMarker"]
    assert refused(s3.get_object, Bucket="versions", Key="key") == ("NoSuchKey", 404)
    listed = s3.list_object_versions(Bucket="versions")
    assert [(v["VersionId"], v["IsLatest"]) for v in listed["Versions"]] == [
        (two, False),
        (one, False),
        ("null", False),
    ]
    s3.delete_object(Bucket="versions", Key="key", VersionId=marker["VersionId"])
    assert s3.get_object(Bucket="versions", Key="key")["Body"].read() == b"two"
    assert s3.get_object(Bucket="versions", Key="key", VersionId="null")["Body"].read() == b"zero"


def test_a_write_that_must_be_the_first(s3: Any) -> None:
    s3.create_bucket(Bucket="conditions")
    made = s3.put_object(Bucket="conditions", Key="lock", Body=b"mine", IfNoneMatch="*")
    assert refused(s3.put_object, Bucket="conditions", Key="lock", Body=b"yours", IfNoneMatch="*") == (
        "PreconditionFailed",
        412,
    )
    s3.put_object(Bucket="conditions", Key="lock", Body=b"again", IfMatch=made["ETag"])
    assert refused(s3.put_object, Bucket="conditions", Key="lock", Body=b"late", IfMatch=made["ETag"]) == (
        "PreconditionFailed",
        412,
    )


@pytest.mark.parametrize("size", [10, 70_000, 2 * MIB + 17])
def test_encryption_with_a_key_of_ones_own(s3: Any, size: int) -> None:
    s3.create_bucket(Bucket="encryption")
    key, body = os.urandom(32), os.urandom(size)
    own = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": key}
    s3.put_object(Bucket="encryption", Key="sealed", Body=body, **own)
    assert s3.get_object(Bucket="encryption", Key="sealed", **own)["Body"].read() == body
    end = s3.get_object(Bucket="encryption", Key="sealed", Range=f"bytes={size - 5}-{size}", **own)[
        "Body"
    ].read()
    assert end == body[-5:]
    assert refused(s3.get_object, Bucket="encryption", Key="sealed") == ("InvalidRequest", 400)
    other = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": os.urandom(32)}
    assert refused(s3.get_object, Bucket="encryption", Key="sealed", **other) == ("InvalidRequest", 400)


def test_a_key_that_was_revoked_opens_nothing_at_once(server: Server, s3: Any) -> None:
    s3.create_bucket(Bucket="revoked")
    with httpx.Client(
        base_url=f"{server.url}/cloudapi/v6", headers={"Authorization": f"Bearer {server.token}"}
    ) as api:
        user = api.get("/um/users").raise_for_status().json()["items"][0]["id"]
        made = api.post(f"/um/users/{user}/s3keys").raise_for_status().json()
        own = client(server, (made["id"], made["properties"]["secretKey"]))
        own.put_object(Bucket="revoked", Key="key", Body=b"x")
        api.delete(f"/um/users/{user}/s3keys/{made['id']}").raise_for_status()
    assert refused(own.get_object, Bucket="revoked", Key="key") == ("InvalidAccessKeyId", 403)


def test_what_is_wrong_with_a_signature_is_said(server: Server, keys: tuple[str, str]) -> None:
    wrong = client(server, (keys[0], "another secret"))
    assert refused(wrong.list_buckets) == ("SignatureDoesNotMatch", 403)
    unknown = client(server, ("unknown", "secret"))
    assert refused(unknown.list_buckets) == ("InvalidAccessKeyId", 403)
