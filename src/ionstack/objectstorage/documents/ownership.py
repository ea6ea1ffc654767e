"""OwnershipControls: whose the objects of a bucket are, and whether ACLs count."""

from __future__ import annotations

from ionstack.objectstorage import xml
from ionstack.objectstorage.records import Bucket

NAME = "ownershipControls"
ENFORCED, PREFERRED, WRITER = "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"


def read(data: bytes) -> str:
    """The rule of the document. Raises S3Error."""
    root = xml.read(data, "OwnershipControls")
    rule = root.one("Rule").one("ObjectOwnership").text
    if rule not in (ENFORCED, PREFERRED, WRITER):
        raise root.wrong("There is no such ObjectOwnership")
    return rule


def write(rule: str) -> bytes:
    """The document."""
    return xml.write("OwnershipControls", xml.around("Rule", xml.tag("ObjectOwnership", rule)))


def rule(bucket: Bucket) -> str:
    """What a bucket has; empty for the default."""
    return bucket.configs.get(NAME, "")


def enforced(bucket: Bucket) -> bool:
    """Whether the bucket's owner owns everything and ACLs do not count."""
    return rule(bucket) == ENFORCED
