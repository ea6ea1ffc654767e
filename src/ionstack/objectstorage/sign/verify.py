"""Whether a signature is that of the request."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from functools import lru_cache

from ionstack.errors import S3Error
from ionstack.objectstorage.call import Query
from ionstack.objectstorage.sign import canonical, elder
from ionstack.objectstorage.sign.scheme import Signature


@lru_cache(maxsize=4096)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The key of a day, region and service."""
    key = hmac.digest(f"AWS4{secret}".encode(), date.encode(), "sha256")
    for part in (region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def key_of(signature: Signature, secret: str) -> bytes:
    """The key that a signature must have been made with."""
    return signing_key(secret, signature.date, signature.region, signature.service)


def sign(key: bytes, text: str) -> str:
    """A signature, in hexadecimal digits."""
    return hmac.digest(key, text.encode("latin-1"), "sha256").hex()


def prove(
    signature: Signature, secret: str, method: str, raw_path: bytes, query: Query, headers: Mapping[str, str],
    bucket: str = "",
) -> None:  # fmt: skip
    """Raises S3Error (SignatureDoesNotMatch) for a signature that is another's. `bucket` is what the host names."""
    if signature.elder:
        texts = elder.texts_to_sign(signature, method, raw_path, query, headers, bucket)
        right = (elder.sign(secret, text).encode() for text in texts)
        if not any(hmac.compare_digest(one, signature.value.encode()) for one in right):
            raise S3Error("SignatureDoesNotMatch", AWSAccessKeyId=signature.access_key, StringToSign=texts[0])
        return
    values = tuple([headers.get(name, "") for name in signature.headers])
    if signature.presigned:
        _prove_link(signature, secret, method, raw_path, query, values)
    else:
        _prove(signature, secret, method, raw_path, query.pairs, values)


@lru_cache(maxsize=2048)
def _prove_link(
    signature: Signature, secret: str, method: str, raw_path: bytes, query: Query, values: tuple[str, ...]
) -> None:
    """Prove a link, which others may follow again: what was right once is, as long as all of this is the same."""
    pairs = [pair for pair in query.pairs if pair[0] != "X-Amz-Signature"]
    _prove(signature, secret, method, raw_path, pairs, values)


def _prove(
    signature: Signature, secret: str, method: str, raw_path: bytes, pairs: Sequence[tuple[str, str]],
    values: Sequence[str],
) -> None:  # fmt: skip
    asked = canonical.request(method, raw_path, pairs, values, signature)
    text = canonical.string_to_sign(signature, asked)
    if not hmac.compare_digest(sign(key_of(signature, secret), text), signature.value):
        raise S3Error(
            "SignatureDoesNotMatch", AWSAccessKeyId=signature.access_key, StringToSign=text,
            SignatureProvided=signature.value, CanonicalRequest=asked,
        )  # fmt: skip
