"""What is signed: a request in its one canonical spelling."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes

from ionstack.objectstorage.sign.scheme import ALGORITHM, Signature

_PLAIN_PATH = re.compile(rb"[A-Za-z0-9/_.~-]*")
_SAFE = "-_.~"


def request(method: str, raw_path: bytes, pairs: Sequence[tuple[str, str]], values: Sequence[str],
            signature: Signature) -> str:  # fmt: skip
    """The canonical request. `pairs` are the decoded query without its signature, `values` those of signed headers."""
    named = zip(signature.headers, values, strict=True)
    lines = "".join([f"{name}:{_value(value)}\n" for name, value in named])
    return (
        f"{method}\n{_path(raw_path)}\n{_query(pairs) if pairs else ''}\n{lines}\n"
        f"{';'.join(signature.headers)}\n{signature.payload}"
    )


def string_to_sign(signature: Signature, canonical: str) -> str:
    """What the signing key is applied to."""
    digest = sha256(canonical.encode("latin-1")).hexdigest()
    return f"{ALGORITHM}\n{signature.stamp}\n{signature.scope}\n{digest}"


def _path(raw: bytes) -> str:
    if _PLAIN_PATH.fullmatch(raw):
        return raw.decode("ascii")
    return "/".join([quote_from_bytes(unquote_to_bytes(segment), _SAFE) for segment in raw.split(b"/")])


def _query(pairs: Sequence[tuple[str, str]]) -> str:
    encoded = sorted([(_encoded(name), _encoded(value)) for name, value in pairs])
    return "&".join([f"{name}={value}" for name, value in encoded])


@lru_cache(maxsize=4096)
def _encoded(text: str) -> str:
    return quote(text, _SAFE)


def _value(value: str) -> str:
    return " ".join(value.split()) if "  " in value or value[:1] == " " or value[-1:] == " " else value
