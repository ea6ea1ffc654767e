"""Which key a body is encrypted with: what the headers ask for, what the bucket wants, what a version says."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any

from ionstack.errors import S3Error
from ionstack.identity.vault import Vault
from ionstack.objectstorage.encryption.cipher import Cipher
from ionstack.objectstorage.records import Bucket, Head

SSE = "x-amz-server-side-encryption"
CUSTOMER = "x-amz-server-side-encryption-customer-"
KMS_KEY = "x-amz-server-side-encryption-aws-kms-key-id"
COPY_SOURCE = "x-amz-copy-source-server-side-encryption-customer-"
CONFIG = "encryption"
_PURPOSE = "s3 data key"
_NAMES = {
    prefix: [prefix + name for name in ("algorithm", "key", "key-md5")] for prefix in (CUSTOMER, COPY_SOURCE)
}


def customer_key(headers: Mapping[str, str], prefix: str = CUSTOMER) -> bytes | None:
    """The key that a client brings, or None. Raises S3Error for one that does not fit its MD5."""
    algorithm, text, digest = [headers.get(name) for name in _NAMES[prefix]]
    if algorithm is None and text is None and digest is None:
        return None
    if algorithm != "AES256":
        raise S3Error("InvalidArgument" if algorithm is None else "InvalidEncryptionAlgorithmError",
                      "Requests specifying Server Side Encryption with Customer provided keys must provide "
                      "the algorithm AES256.")  # fmt: skip
    if not text or not digest:
        raise S3Error("InvalidArgument", "The customer's key and its MD5 must come with the algorithm.")
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise S3Error("InvalidArgument", "The secret key was invalid for the specified algorithm.")
    if base64.b64encode(hashlib.md5(key, usedforsecurity=False).digest()).decode() != digest:
        raise S3Error(
            "InvalidArgument", "The calculated MD5 hash of the key did not match the hash that was provided."
        )
    return key


def for_writing(
    headers: Mapping[str, str], bucket: Bucket, vault: Vault, *, secure: bool = True
) -> tuple[Cipher | None, dict[str, Any]]:
    """The cipher of a new body and what is kept of it beside the object. Raises S3Error."""
    asked = headers.get(SSE)
    key = customer_key(headers)
    if key is not None:
        if asked is not None:
            raise S3Error("InvalidArgument", "Server Side Encryption with Customer provided key is incompatible "
                                             "with the encryption method specified")  # fmt: skip
        salt = secrets.token_bytes(16)
        digest = base64.b64encode(hashlib.md5(key, usedforsecurity=False).digest()).decode()
        kept = {"kind": "customer", "salt": salt.hex(), "md5": digest, "check": _check(key, salt)}
        return Cipher(_derived(key, salt)), {"sse": kept}
    if KMS_KEY in headers:
        raise S3Error("InvalidArgument", "There is no key management service; use AES256 or keys of your own")
    if asked is None and CONFIG not in bucket.configs:
        return None, {}
    if asked is not None:
        prove_algorithm(asked)
    data_key = secrets.token_bytes(32)
    sealed = vault.encrypt(_PURPOSE, data_key)
    return Cipher(data_key), {"sse": {"kind": "AES256", "key": sealed.hex()}}


def prove_algorithm(name: str) -> None:
    """Raises S3Error for an algorithm that is not AES256."""
    if name != "AES256":
        raise S3Error("InvalidArgument", "The encryption method specified is not supported")


def for_reading(
    head: Head, headers: Mapping[str, str], vault: Vault, prefix: str = CUSTOMER
) -> Cipher | None:
    """The cipher of a stored body, or None of a plain one. Raises S3Error without the customer's key."""
    kept = head.extra.get("sse")
    key = customer_key(headers, prefix)
    if kept is None or kept["kind"] == "AES256":
        if key is not None:
            raise S3Error("InvalidRequest", "The encryption parameters are not applicable to this object.")
        return None if kept is None else Cipher(vault.decrypt(_PURPOSE, bytes.fromhex(kept["key"])))
    if key is None:
        raise S3Error("InvalidRequest", "The object was stored using a form of Server Side Encryption. "
                                        "The correct parameters must be provided to retrieve the object.")  # fmt: skip
    salt = bytes.fromhex(kept["salt"])
    if not hmac.compare_digest(_check(key, salt), kept["check"]):
        raise S3Error("InvalidRequest", "The key is not the one that the object was stored with.")
    return Cipher(_derived(key, salt))


def same_for_parts(head: Head, headers: Mapping[str, str], vault: Vault) -> Cipher | None:
    """The cipher of a part, which must be that of its upload. Raises S3Error."""
    kept = head.extra.get("sse")
    key = customer_key(headers)
    if key is not None and kept is None:
        raise S3Error("InvalidRequest", "The multipart upload initiate requested no encryption.")
    if kept is not None and kept["kind"] == "customer" and key is None:
        raise S3Error(
            "InvalidRequest", "The multipart upload initiate requested encryption with a customer's key."
        )
    return for_reading(head, headers, vault)


def _derived(key: bytes, salt: bytes) -> bytes:
    return hmac.digest(key, b"ionstack object" + salt, "sha256")


def _check(key: bytes, salt: bytes) -> str:
    return hmac.digest(key, b"ionstack check" + salt, "sha256").hex()
