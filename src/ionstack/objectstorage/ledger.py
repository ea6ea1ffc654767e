"""What Object Storage serves, by the names and paths of the vendor's documents."""

from __future__ import annotations

from collections.abc import Mapping

from ionstack.objectstorage.routes import ROUTES, SERVICE, Route

_LEVEL = {"service": "/", "bucket": "/{Bucket}", "object": "/{Bucket}/{Key}"}
_SPELT = {
    "list-type": "list-type=2",
    "copy": "x-amz-copy-source",
    "uploadId+copy": "x-amz-copy-source&partNumber&uploadId",
}
_OUR_OWN = (
    "GetBucketAcl", "PutBucketAcl", "GetObjectAcl", "PutObjectAcl", "GetObjectAttributes", "PutBucketReplication",
    "DeleteBucketReplication", "GetBucketOwnershipControls", "PutBucketOwnershipControls",
    "DeleteBucketOwnershipControls",
)  # fmt: skip
"""S3's, but not in the vendor's documents."""

_USER_OWNED = ("GetBucketLogging", "PutBucketLogging")
"""In the document of user-owned buckets alone."""

PREFLIGHT = {("/{Bucket}", "OPTIONS"): "oPTIONSObject"}


def served(api: str) -> Mapping[tuple[str, str], str]:
    """Operation ids by path and method of `objectstorage` or `userobjectstorage`."""
    left_out = _OUR_OWN if api == "userobjectstorage" else (*_OUR_OWN, *_USER_OWNED)
    return {
        _place(one): one.id[0].lower() + one.id[1:] for one in ROUTES if one.id not in left_out
    } | PREFLIGHT


def _place(route: Route) -> tuple[str, str]:
    """Path and method in the vendor's documents, which put the form's POST below a key."""
    level = "object" if route.id == "POSTObject" else route.level
    path = _LEVEL[level] if level != SERVICE else "/"
    return (f"{path}?{_SPELT.get(route.sub, route.sub)}" if route.sub else path), route.method
