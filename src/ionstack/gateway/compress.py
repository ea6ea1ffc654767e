"""gzip for answers that are worth it, where the client takes it."""

from __future__ import annotations

import gzip
import re
from functools import lru_cache

LEAST = 1024
"""Bytes from which a body is worth compressing."""

_LEVEL = 1  # three quarters of the gain of level 6 at a fifth of its time


@lru_cache(maxsize=256)
def accepts(header: str) -> bool:
    """Whether an Accept-Encoding header takes gzip."""
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        coding, _, parameters = part.partition(";")
        weight = re.search(r"q\s*=\s*([0-9.]+)", parameters)
        try:
            weights[coding.strip()] = float(weight[1]) if weight else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def packed(body: bytes) -> bytes:
    """A body compressed; the same for the same bytes."""
    return gzip.compress(body, _LEVEL, mtime=0)
