"""PublicAccessBlockConfiguration: what keeps a bucket from ever being public."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ionstack.objectstorage import xml
from ionstack.objectstorage.records import Bucket

NAME = "publicAccessBlock"
_ROOT = "PublicAccessBlockConfiguration"
_FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@dataclass(frozen=True, slots=True)
class PublicAccessBlock:
    """Four switches."""

    block_acls: bool = False
    ignore_acls: bool = False
    block_policy: bool = False
    restrict: bool = False


OPEN = PublicAccessBlock()


def read(data: bytes) -> PublicAccessBlock:
    """The document. Raises S3Error."""
    root = xml.read(data, _ROOT)
    values = [(root.get(flag) or "false").strip().lower() for flag in _FLAGS]
    if any(value not in ("true", "false") for value in values):
        raise root.wrong()
    return PublicAccessBlock(*(value == "true" for value in values))


def write(block: PublicAccessBlock) -> bytes:
    """The document."""
    values = (block.block_acls, block.ignore_acls, block.block_policy, block.restrict)
    return xml.write(
        _ROOT, *(xml.tag(n, "true" if v else "false") for n, v in zip(_FLAGS, values, strict=True))
    )


@lru_cache(maxsize=256)
def _parsed(text: str) -> PublicAccessBlock:
    return read(text.encode())


def of(bucket: Bucket) -> PublicAccessBlock:
    """What a bucket has."""
    text = bucket.configs.get(NAME)
    return _parsed(text) if text else OPEN
