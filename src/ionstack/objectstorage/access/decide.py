"""The one decision: may this caller do this?

A policy's Deny wins; then a policy's Allow; then the ACL. What no ACL can grant, the bucket's owner may do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from ionstack.errors import S3Error
from ionstack.objectstorage.access import acl, policy
from ionstack.objectstorage.access.acl import READ, READ_ACP, WRITE, WRITE_ACP
from ionstack.objectstorage.access.conditions import Facts
from ionstack.objectstorage.call import Call, Caller
from ionstack.objectstorage.documents import ownership, public_access
from ionstack.objectstorage.records import Bucket, Version

OWNER = "owner"
"""Stands for a permission that no ACL grants."""

BUCKET_PERMISSION: Mapping[str, str] = {
    "s3:ListBucket": READ,
    "s3:ListBucketVersions": READ,
    "s3:ListBucketMultipartUploads": READ,
    "s3:GetBucketAcl": READ_ACP,
    "s3:PutBucketAcl": WRITE_ACP,
    "s3:PutObject": WRITE,
    "s3:DeleteObject": WRITE,
    "s3:DeleteObjectVersion": WRITE,
    "s3:AbortMultipartUpload": WRITE,
    "s3:ListMultipartUploadParts": WRITE,
}
OBJECT_PERMISSION: Mapping[str, str] = {
    "s3:GetObject": READ,
    "s3:GetObjectVersion": READ,
    "s3:GetObjectAcl": READ_ACP,
    "s3:GetObjectVersionAcl": READ_ACP,
    "s3:PutObjectAcl": WRITE_ACP,
    "s3:PutObjectVersionAcl": WRITE_ACP,
    "s3:GetObjectTagging": READ,
    "s3:GetObjectVersionTagging": READ,
}
ALWAYS_OWNERS = ("s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:DeleteBucketPolicy")
"""What an owner may do whatever a policy says, or nobody could take back a Deny."""


def names_of(caller: Caller) -> frozenset[str]:
    """What a policy may call a caller."""
    if caller.anonymous:
        return frozenset()
    contract, user, canonical = caller.contract, caller.user, caller.canonical
    names = [
        canonical, user, caller.contract_user, f"arn:aws:iam:::user/{caller.contract_user}",
        f"arn:aws:iam:::user/{canonical}", f"arn:aws:iam:::user/{user}", f"arn:aws:iam::{contract}:user/{user}",
        str(contract), f"arn:aws:iam::{contract}:root", f"arn:aws:iam:::user/{contract}:{user}",
        f"arn:aws:iam::{canonical}:root",
    ]  # fmt: skip
    return frozenset(names)


def allowed(call: Call, action: str, key: str | None = None, version: Version | None = None,
            bucket: Bucket | None = None, *, adds: Mapping[str, str] | None = None) -> bool:  # fmt: skip
    """Whether the caller may do `action` to the bucket, to a key in it, or to a version.

    `adds` are facts for a policy's conditions that the request's headers do not tell.
    """
    place = bucket or call.place
    ids = acl.ids_of(call.caller, place.contract, place.kind)
    block = public_access.of(place)
    text = place.configs.get("policy")
    if text is not None and not (action in ALWAYS_OWNERS and place.owner in ids):
        parsed = policy.parse(text)
        resource = f"{policy.ARN}{place.name}" + (f"/{key}" if key is not None else "")
        effect = parsed.effect(names_of(call.caller), action, resource, _facts(call, version, adds or {}))
        if effect == policy.DENY:
            return False
        if effect == policy.ALLOW and not (
            block.restrict and parsed.public and call.caller.contract != place.contract
        ):
            return True
    return _by_acl(action, place, ids, version, public=not block.ignore_acls)


def _by_acl(
    action: str, place: Bucket, ids: frozenset[str], version: Version | None, *, public: bool
) -> bool:
    enforced = ownership.enforced(place)
    if version is not None:
        permission = OBJECT_PERMISSION.get(action)
        if permission is None or enforced:
            return place.owner in ids or (not enforced and permission is None and version.owner in ids)
        return acl.allows(version.acl, version.owner, ids, permission, public=public)
    permission = BUCKET_PERMISSION.get(action, OWNER)
    if permission == OWNER or enforced:
        return place.owner in ids
    return acl.allows(place.acl, place.owner, ids, permission, public=public)


def require(call: Call, action: str, key: str | None = None, version: Version | None = None,
            bucket: Bucket | None = None, *, adds: Mapping[str, str] | None = None) -> None:  # fmt: skip
    """Raises S3Error (AccessDenied) for what the caller may not do."""
    if not allowed(call, action, key, version, bucket, adds=adds):
        raise S3Error("AccessDenied")


def missing(
    call: Call, key: str, action: str, bucket: Bucket | None = None, code: str = "NoSuchKey"
) -> S3Error:
    """The error for an object that does not exist: who may not list must not learn even that."""
    if allowed(call, "s3:ListBucket", bucket=bucket, adds={"s3:prefix": key}):
        return S3Error(code, Key=key)
    return S3Error("AccessDenied")


def _facts(call: Call, version: Version | None, adds: Mapping[str, str]) -> Facts:
    """What conditions may ask of a request."""

    def fact(key: str) -> Sequence[str] | None:
        found = _fact(call, version, adds, key)
        return None if found is None else [found]

    return fact


_PARAMETERS = {"s3:prefix": "prefix", "s3:delimiter": "delimiter", "s3:max-keys": "max-keys",
               "s3:versionid": "versionId"}  # fmt: skip


def _fact(call: Call, version: Version | None, adds: Mapping[str, str], key: str) -> str | None:
    if key in adds:
        return adds[key]
    if key.startswith("s3:x-amz-"):
        return call.headers.get(key[3:])
    if key in _PARAMETERS:
        return call.query.get(_PARAMETERS[key])
    if key.startswith("s3:existingobjecttag/"):
        return _tag(version.tags if version else "", key)
    if key.startswith("s3:requestobjecttag/"):
        return _tag(adds.get("request tags", ""), key)
    match key:
        case "aws:sourceip":
            return call.address
        case "aws:securetransport":
            return "true" if call.secure else "false"
        case "aws:useragent" | "aws:referer":
            return call.headers.get({"aws:useragent": "user-agent", "aws:referer": "referer"}[key])
        case "aws:currenttime" | "aws:epochtime":
            return str(call.now / 1_000_000)
        case "aws:userid":
            return call.caller.user or None
        case "aws:principaltype":
            return "Anonymous" if call.caller.anonymous else "User"
        case "s3:signatureversion":
            return None if call.caller.anonymous else "AWS4-HMAC-SHA256"
        case _:
            return None


def _tag(stored: str, key: str) -> str | None:
    name = key.partition("/")[2]
    pairs: dict[str, str] = orjson.loads(stored) if stored else {}
    return next((value for tag, value in pairs.items() if tag.lower() == name), None)
