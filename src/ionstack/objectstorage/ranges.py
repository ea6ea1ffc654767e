"""The Range header."""

from __future__ import annotations

import re

from ionstack.errors import S3Error

_RANGE = re.compile(r"bytes\s*=\s*(\d{0,19})\s*-\s*(\d{0,19})")


def parse(text: str | None, size: int) -> tuple[int, int] | None:
    """Start and count of the bytes asked for, or None for all of them: so is what cannot be read.

    Raises S3Error (InvalidRange) for a range outside the object.
    """
    found = _RANGE.fullmatch(text.strip()) if text else None
    if found is None or found[0] == "-" or not (found[1] or found[2]):
        return None
    if not found[1]:
        count = min(int(found[2]), size)
        if not count:
            raise S3Error("InvalidRange")
        return size - count, count
    start = int(found[1])
    end = int(found[2]) if found[2] else size - 1
    if found[2] and end < start:
        return None
    if start >= size:
        raise S3Error("InvalidRange")
    return start, min(end, size - 1) - start + 1


def of_copy(text: str, size: int) -> tuple[int, int]:
    """Start and count of `x-amz-copy-source-range`, which must lie inside the object. Raises S3Error."""
    found = re.fullmatch(r"bytes=(\d{1,19})-(\d{1,19})", text)
    if found is None or int(found[2]) < int(found[1]):
        raise S3Error(
            "InvalidArgument", "The x-amz-copy-source-range value must be of the form bytes=first-last"
        )
    start, end = int(found[1]), int(found[2])
    if end >= size:
        raise S3Error("InvalidRange")
    return start, end - start + 1
