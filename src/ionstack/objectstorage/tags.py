"""Tags of buckets and objects."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote_plus

import orjson

from ionstack.errors import S3Error
from ionstack.objectstorage import xml

MOST_OF_OBJECT, MOST_OF_BUCKET = 10, 50
_TEXT = re.compile(r"[\w\s+\-=._:/@]*", re.UNICODE)


def _stored(pairs: Sequence[tuple[str, str]], most: int) -> str:
    if len(pairs) > most:
        raise S3Error(
            "InvalidTag" if most == MOST_OF_OBJECT else "BadRequest", f"There can be at most {most} tags"
        )
    for key, value in pairs:
        if not key or len(key) > 128:
            raise S3Error("InvalidTag", "The TagKey you have provided is invalid")
        if len(value) > 256:
            raise S3Error("InvalidTag", "The TagValue you have provided is invalid")
    tags = dict(pairs)
    if len(tags) != len(pairs):
        raise S3Error("InvalidTag", "Cannot provide multiple Tags with the same key")
    return orjson.dumps(tags).decode() if tags else ""


def of_header(text: str) -> str:
    """The tags of `x-amz-tagging`, as stored. Raises S3Error."""
    pairs = []
    for part in text.split("&"):
        key, _, value = part.partition("=")
        if part:
            pairs.append((unquote_plus(key), unquote_plus(value)))
    return _stored(pairs, MOST_OF_OBJECT)


def read(data: bytes, most: int) -> str:
    """The tags of a Tagging document, as stored. Raises S3Error."""
    root = xml.read(data, "Tagging")
    listed = root.one("TagSet").all("Tag")
    return _stored([(tag.one("Key").text, tag.one("Value").text) for tag in listed], most)


def write(stored: str) -> bytes:
    """The Tagging document."""
    return xml.write("Tagging", tag_set(stored))


def tag_set(stored: str) -> str:
    """The TagSet element."""
    found = parsed(stored)
    return xml.around(
        "TagSet",
        xml.each(
            sorted(found.items()), lambda one: xml.around("Tag", xml.tags({"Key": one[0], "Value": one[1]}))
        ),
    )


def parsed(stored: str) -> Mapping[str, str]:
    """Tags by key."""
    found: Mapping[str, str] = orjson.loads(stored) if stored else {}
    return found
