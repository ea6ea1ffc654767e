"""Signatures of version 2, for tools of old. They know no region and no body."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence

from ionstack.objectstorage.call import Query
from ionstack.objectstorage.sign.scheme import Signature

_SIGNED = frozenset(
    ("acl", "cors", "defaultObjectAcl", "location", "logging", "partNumber", "policy", "requestPayment", "torrent",
     "versioning", "versionId", "versions", "website", "uploads", "uploadId", "response-content-type",
     "response-content-language", "response-expires", "response-cache-control", "response-content-disposition",
     "response-content-encoding", "delete", "lifecycle", "tagging", "restore", "storageClass", "notification",
     "replication", "analytics", "metrics", "inventory", "select", "select-type", "object-lock",
     # Younger than these signatures: no client signs them, so nobody makes another call of a link by adding one.
     "attributes", "encryption", "legal-hold", "ownershipControls", "policyStatus", "publicAccessBlock",
     "retention")
)  # fmt: skip
"""The parameters that are part of the resource: those that botocore has, and all others that name an operation."""


def sign(secret: str, text: str) -> str:
    """A signature of version 2, in base64."""
    digest = hmac.digest(secret.encode(), text.encode("utf-8", "surrogateescape"), "sha1")
    return b64encode(digest).decode()


def texts_to_sign(
    signature: Signature, method: str, raw_path: bytes, query: Query, headers: Mapping[str, str], bucket: str
) -> Sequence[str]:
    """What a link or request may sign. `bucket` is what the host names; the path does not then.

    Clients end the path of a bucket with a slash as they sign it, whether they call it so or not.
    """
    lines = [method, headers.get("content-md5", ""), headers.get("content-type", ""), signature.stamp]
    lines += [f"{name}:{headers[name].strip()}" for name in sorted(headers) if name.startswith("x-amz-")]
    path = (f"/{bucket}" if bucket else "") + raw_path.decode("latin-1")
    paths = [path, f"{path}/"] if path.count("/") == 1 and path != "/" else [path]
    return ["\n".join([*lines, one + _parameters(query)]) for one in paths]


def _parameters(query: Query) -> str:
    signed = sorted((name, value) for name, value in query.pairs if name in _SIGNED)
    told = "&".join(f"{name}={value}" if value else name for name, value in signed)
    return f"?{told}" if told else ""
