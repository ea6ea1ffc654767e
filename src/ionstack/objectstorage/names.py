"""What buckets and keys may be called, and which region a bucket lies in."""

from __future__ import annotations

import re

from ionstack.errors import S3Error
from ionstack.objectstorage.endpoints import REGIONS
from ionstack.objectstorage.records import CONTRACT, USER

CONTRACT_REGIONS = ("eu-central-3", "eu-central-4", "us-central-1")
DEFAULT_REGION = "de"
"""Where buckets lie for clients that sign for a region of somebody else, as us-east-1."""

ALIASES = {"eu-central-1": "de"}
LONGEST_KEY = 1024
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{1,61})[a-z0-9]")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")


def prove_bucket(name: str, kind: str) -> None:
    """Raises S3Error (InvalidBucketName) for what no bucket may be called."""
    if (
        not _NAME.fullmatch(name)
        or ".." in name
        or ".-" in name
        or "-." in name
        or _ADDRESS.fullmatch(name)
        or (kind == CONTRACT and "_" in name)
        or name.startswith("xn--")
        or name.endswith("-s3alias")
    ):
        raise S3Error("InvalidBucketName", BucketName=name)


def bare(name: str) -> str:
    """A bucket's name without a tenant before a colon, which gateways with tenants know: names are unique here."""
    return name.rpartition(":")[2]


def prove_key(key: str) -> None:
    """Raises S3Error for a key that is too long."""
    if len(key.encode()) > LONGEST_KEY:
        raise S3Error("KeyTooLongError")


def region_of(given: str) -> str:
    """The region that a host's or signature's word means."""
    region = ALIASES.get(given, given)
    return region if region in REGIONS else DEFAULT_REGION


def region_for(constraint: str, endpoint: str) -> str:
    """The region of a new bucket: what the body asks for, else the endpoint's. Raises S3Error."""
    if not constraint:
        return region_of(endpoint)
    region = ALIASES.get(constraint, constraint)
    if region not in REGIONS:
        raise S3Error("InvalidLocationConstraint")
    return region


def kind_of(region: str) -> str:
    """Who owns the buckets of a region: a contract or a user."""
    return CONTRACT if region in CONTRACT_REGIONS else USER
