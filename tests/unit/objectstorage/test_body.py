"""Bodies: decoded from aws-chunked, and held to what was promised about them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionstack.errors import S3Error
from ionstack.objectstorage.body import SIGNED_STREAMS, UNSIGNED_STREAM, Body
from ionstack.objectstorage.sign.scheme import Signature

pytestmark = pytest.mark.unit
KEY, SEED = b"the signing key", "00" * 32
STAMP, SCOPE = "20260102T030405Z", "20260102/de/s3/aws4_request"
EMPTY = hashlib.sha256(b"").hexdigest()


def body(data: bytes, headers: Mapping[str, str], payload: str = "UNSIGNED-PAYLOAD", step: int = 7) -> Body:
    """A body that comes in pieces of `step` bytes."""
    pieces = [data[at : at + step] for at in range(0, len(data), step)] or [b""]
    messages = iter([{"type": "http.request", "body": one, "more_body": True} for one in pieces])

    async def receive() -> dict[str, Any]:
        return next(messages, {"type": "http.request", "body": b"", "more_body": False})

    signature = Signature("key", "20260102", "de", "s3", ("host",), SEED, STAMP, payload, False)
    return Body(receive, headers, signature, KEY)


async def refused(one: Body) -> str:
    """The code with which a body is refused."""
    with pytest.raises(S3Error) as failed:
        await one.whole()
    return failed.value.code


def signed(chunks: Sequence[bytes], trailer: str = "") -> bytes:
    """Chunks as a client signs them, by the words of the specification."""
    previous, sent = SEED, b""
    for chunk in (*chunks, b""):
        digest = hashlib.sha256(chunk).hexdigest()
        text = f"AWS4-HMAC-SHA256-PAYLOAD\n{STAMP}\n{SCOPE}\n{previous}\n{EMPTY}\n{digest}"
        previous = hmac.digest(KEY, text.encode(), "sha256").hex()
        sent += (
            f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + chunk + (b"\r\n" if chunk else b"")
        )
    if not trailer:
        return sent + b"\r\n"
    digest = hashlib.sha256(f"{trailer}\n".encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256-TRAILER\n{STAMP}\n{SCOPE}\n{previous}\n{digest}"
    mark = hmac.digest(KEY, text.encode(), "sha256").hex()
    return sent + f"{trailer}\r\nx-amz-trailer-signature:{mark}\r\n\r\n".encode()


chunks = st.lists(st.binary(min_size=1, max_size=40), max_size=4)


@given(chunks=chunks, step=st.integers(1, 60))
async def test_signed_chunks_give_their_data(chunks: list[bytes], step: int) -> None:
    data = b"".join(chunks)
    headers = {"x-amz-decoded-content-length": str(len(data))}
    assert await body(signed(chunks), headers, SIGNED_STREAMS[0], step).whole() == data


@given(chunks=chunks.filter(bool), at=st.integers(0, 10_000), step=st.integers(1, 60))
async def test_no_byte_of_signed_chunks_can_be_another(chunks: list[bytes], at: int, step: int) -> None:
    data, sent = b"".join(chunks), bytearray(signed(chunks))
    sent[at % (len(sent) - 4)] ^= 1
    headers = {"x-amz-decoded-content-length": str(len(data))}
    with pytest.raises(S3Error):
        await body(bytes(sent), headers, SIGNED_STREAMS[0], step).whole()


async def test_a_signed_trailer_is_proven() -> None:
    digest = base64.b64encode(hashlib.sha256(b"hello").digest()).decode()
    headers = {"x-amz-decoded-content-length": "5", "x-amz-trailer": "x-amz-checksum-sha256"}
    sent = signed([b"hello"], f"x-amz-checksum-sha256:{digest}")
    one = body(sent, headers, SIGNED_STREAMS[1])
    assert (await one.whole(), one.checksum) == (b"hello", digest)
    other = sent.replace(b"trailer-signature:", b"trailer-signature:0", 1)
    assert await refused(body(other, headers, SIGNED_STREAMS[1])) == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("sent", "headers", "code"),
    [
        (b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", {"x-amz-trailer": "x-amz-checksum-crc32"}, ""),
        (b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhw==\r\n\r\n", {"x-amz-trailer": "x-amz-checksum-crc32"}, "BadDigest"),
        (b"5\r\nhello\r\n0\r\n\r\n", {"x-amz-trailer": "x-amz-checksum-crc32"}, "MalformedTrailerError"),
        (b"5\r\nhello\r\n0\r\n\r\n", {}, ""),
        (b"5\r\nhello\r\n", {}, "IncompleteBody"),
        (b"5\r\nhell", {}, "IncompleteBody"),
        (b"4\r\nhell\r\n0\r\n\r\n", {}, "IncompleteBody"),
        (b"5\r\nhello world\r\n0\r\n\r\n", {}, "InvalidRequest"),
        (b"no number\r\nhello\r\n0\r\n\r\n", {}, "InvalidRequest"),
        (b"-5\r\nhello\r\n0\r\n\r\n", {}, "InvalidRequest"),
    ],
)  # fmt: skip
async def test_unsigned_chunks(sent: bytes, headers: dict[str, str], code: str) -> None:
    one = body(sent, {"x-amz-decoded-content-length": "5", **headers}, UNSIGNED_STREAM)
    if code:
        assert await refused(one) == code
    else:
        assert await one.whole() == b"hello"


@pytest.mark.parametrize(
    ("headers", "payload", "code"),
    [
        ({"content-length": "6"}, "UNSIGNED-PAYLOAD", "IncompleteBody"),
        ({"content-md5": "AAAAAAAAAAAAAAAAAAAAAA=="}, "UNSIGNED-PAYLOAD", "BadDigest"),
        ({}, EMPTY, "XAmzContentSHA256Mismatch"),
        ({}, "11" * 32, "XAmzContentSHA256Mismatch"),
        ({"x-amz-checksum-crc32": "AAAAAA=="}, "UNSIGNED-PAYLOAD", "BadDigest"),
    ],
)
async def test_a_broken_promise_is_told(headers: dict[str, str], payload: str, code: str) -> None:
    assert await refused(body(b"hello", headers, payload)) == code


async def test_kept_promises() -> None:
    headers = {
        "content-length": "5",
        "content-md5": base64.b64encode(hashlib.md5(b"hello").digest()).decode(),
        "x-amz-checksum-crc32": "NhCmhg==",
    }
    one = body(b"hello", headers, hashlib.sha256(b"hello").hexdigest())
    assert await one.whole() == b"hello"
    assert (one.md5, one.size, one.checksum) == (hashlib.md5(b"hello").hexdigest(), 5, "NhCmhg==")


@pytest.mark.parametrize("text", ["", "nonsense", "YWJyYWNhZGFicmE="])
def test_what_is_no_md5_is_refused(text: str) -> None:
    with pytest.raises(S3Error, match="InvalidDigest"):
        body(b"", {"content-md5": text})


async def test_a_document_may_not_be_endless() -> None:
    with pytest.raises(S3Error, match="MaxMessageLengthExceeded"):
        await body(b"x" * 100, {}).whole(99)
