"""The one table of operations: what a method on a service, bucket or object with a sub-resource means."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ionstack.errors import S3Error
from ionstack.objectstorage.call import Answer, Call, Query
from ionstack.objectstorage.operations import (
    acl,
    bucket,
    completion,
    configs,
    copy,
    delete,
    get,
    listing,
    lock,
    multipart,
    post,
    put,
    tagging,
    uploads,
)
from ionstack.objectstorage.storage import Storage

SERVICE, BUCKET, OBJECT = "service", "bucket", "object"
Handler = Callable[[Storage, Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """An operation: its id in the vendor's documents; `sub` is the query parameter that names it, or empty.

    With an `action` the bucket's policy and ACL are asked before the handler runs; without one the handler asks.
    `place` tells whether the bucket must exist.
    """

    id: str
    method: str
    level: str
    sub: str
    handler: Handler
    action: str = ""
    place: bool = True


ROUTES: tuple[Route, ...] = (
    Route("ListBuckets", "GET", SERVICE, "", bucket.list_buckets, place=False),
    Route("CreateBucket", "PUT", BUCKET, "", bucket.create, place=False),
    Route("HeadBucket", "HEAD", BUCKET, "", bucket.head, "s3:ListBucket"),
    Route("DeleteBucket", "DELETE", BUCKET, "", bucket.delete, "s3:DeleteBucket"),
    Route("GetBucketLocation", "GET", BUCKET, "location", bucket.location, "s3:GetBucketLocation"),
    Route("ListObjects", "GET", BUCKET, "", listing.objects, "s3:ListBucket"),
    Route("ListObjectsV2", "GET", BUCKET, "list-type", listing.objects_v2, "s3:ListBucket"),
    Route("ListObjectVersions", "GET", BUCKET, "versions", listing.versions, "s3:ListBucketVersions"),
    Route("ListMultipartUploads", "GET", BUCKET, "uploads", uploads.list_uploads, "s3:ListBucketMultipartUploads"),
    Route("DeleteObjects", "POST", BUCKET, "delete", delete.delete_many),
    Route("POSTObject", "POST", BUCKET, "", post.post_object),
    Route("GetBucketAcl", "GET", BUCKET, "acl", acl.get_bucket, "s3:GetBucketAcl"),
    Route("PutBucketAcl", "PUT", BUCKET, "acl", acl.put_bucket, "s3:PutBucketAcl"),
    Route("GetBucketVersioning", "GET", BUCKET, "versioning", bucket.get_versioning, "s3:GetBucketVersioning"),
    Route("PutBucketVersioning", "PUT", BUCKET, "versioning", bucket.put_versioning, "s3:PutBucketVersioning"),
    Route("GetBucketPolicy", "GET", BUCKET, "policy", configs.get_policy, "s3:GetBucketPolicy"),
    Route("PutBucketPolicy", "PUT", BUCKET, "policy", configs.put_policy, "s3:PutBucketPolicy"),
    Route("DeleteBucketPolicy", "DELETE", BUCKET, "policy", configs.delete_policy, "s3:DeleteBucketPolicy"),
    Route("GetBucketPolicyStatus", "GET", BUCKET, "policyStatus", configs.policy_status, "s3:GetBucketPolicyStatus"),
    *(
        Route(f"{verb}{config.operation}", method, BUCKET, config.name, getattr(config, handler), config.action(verb))
        for config in configs.CONFIGS
        for verb, method, handler in (("Get", "GET", "get"), ("Put", "PUT", "put"), ("Delete", "DELETE", "delete"))
        if verb != "Delete" or config.removable
    ),
    Route("GetObjectLockConfiguration", "GET", BUCKET, "object-lock", lock.get_configuration,
          "s3:GetBucketObjectLockConfiguration"),
    Route("PutObjectLockConfiguration", "PUT", BUCKET, "object-lock", lock.put_configuration,
          "s3:PutBucketObjectLockConfiguration"),
    Route("GetObject", "GET", OBJECT, "", get.get_object),
    Route("HeadObject", "HEAD", OBJECT, "", get.get_object),
    Route("GetObjectAttributes", "GET", OBJECT, "attributes", get.attributes),
    Route("PutObject", "PUT", OBJECT, "", put.put_object),
    Route("CopyObject", "PUT", OBJECT, "copy", copy.copy_object),
    Route("DeleteObject", "DELETE", OBJECT, "", delete.delete_object),
    Route("GetObjectAcl", "GET", OBJECT, "acl", acl.get_object),
    Route("PutObjectAcl", "PUT", OBJECT, "acl", acl.put_object),
    Route("GetObjectTagging", "GET", OBJECT, "tagging", tagging.get_object),
    Route("PutObjectTagging", "PUT", OBJECT, "tagging", tagging.put_object),
    Route("DeleteObjectTagging", "DELETE", OBJECT, "tagging", tagging.delete_object),
    Route("GetObjectRetention", "GET", OBJECT, "retention", lock.get_retention),
    Route("PutObjectRetention", "PUT", OBJECT, "retention", lock.put_retention),
    Route("GetObjectLegalHold", "GET", OBJECT, "legal-hold", lock.get_hold),
    Route("PutObjectLegalHold", "PUT", OBJECT, "legal-hold", lock.put_hold),
    Route("CreateMultipartUpload", "POST", OBJECT, "uploads", multipart.create),
    Route("UploadPart", "PUT", OBJECT, "uploadId", multipart.upload_part),
    Route("UploadPartCopy", "PUT", OBJECT, "uploadId+copy", copy.copy_part),
    Route("ListParts", "GET", OBJECT, "uploadId", uploads.list_parts),
    Route("CompleteMultipartUpload", "POST", OBJECT, "uploadId", completion.complete),
    Route("AbortMultipartUpload", "DELETE", OBJECT, "uploadId", multipart.abort),
)  # fmt: skip

_TABLE: Mapping[tuple[str, str, str], Route] = {(one.method, one.level, one.sub): one for one in ROUTES}
_SUBS = frozenset(one.sub for one in ROUTES if one.sub)
_NOT_OFFERED = frozenset(
    ("accelerate", "analytics", "inventory", "intelligent-tiering", "metrics", "notification",
     "select", "restore", "requestPayment", "append")
)  # fmt: skip


def find(method: str, level: str, query: Query, headers: Mapping[str, str]) -> Route:
    """The operation that is asked for. Raises S3Error."""
    return _find(method, level, query, "x-amz-copy-source" in headers)


@lru_cache(maxsize=1024)
def _find(method: str, level: str, query: Query, copying: bool) -> Route:
    named = [name for name, _ in query.pairs if name in _SUBS]
    if len(named) > 1 and "policy" in named:
        named.remove("policy")  # a client of the vendor's sends it beside the one that it means
    sub = named[0] if named else ""
    if method == "PUT" and level == OBJECT and copying and sub in ("", "uploadId"):
        sub = f"{sub}+copy" if sub else "copy"
    route = _TABLE.get((method, level, sub))
    if route is None and method == "HEAD" and level == OBJECT:
        route = _TABLE[method, level, ""]
    if route is None or (not sub and any(name in _NOT_OFFERED for name, _ in query.pairs)):
        known = method in ("GET", "PUT", "POST", "DELETE") and sub
        raise S3Error("NotImplemented" if route or known else "MethodNotAllowed")
    return route
