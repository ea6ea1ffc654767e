"""What a caller sends to prove who they are: the Authorization header and the contract number."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from ionstack.errors import BadRequest, Unauthorized

LONGEST_HEADER = 8192
"""Characters of an Authorization header; a longer one counts for nothing."""

_MOST_NUMBER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Basic:
    """User name and password."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token."""

    token: str = field(repr=False)


def parse(authorization: str) -> Basic | Bearer:
    """An Authorization header. Raises Unauthorized for what is neither Basic nor Bearer."""
    scheme, _, rest = authorization.strip().partition(" ")
    rest = rest.strip()
    if len(authorization) > LONGEST_HEADER or not rest.isascii():
        raise Unauthorized
    match scheme.lower():
        case "bearer" if rest:
            return Bearer(rest)
        case "basic" if rest:
            return _basic(rest)
    raise Unauthorized


def contract_number(header: str | None) -> int | None:
    """The contract that X-Contract-Number names; None if it is missing or empty. Raises BadRequest."""
    text = (header or "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 10 and 0 < int(text) <= _MOST_NUMBER:
        return int(text)
    raise BadRequest("The header 'X-Contract-Number' must be a contract number")


def _basic(encoded: str) -> Basic:
    try:
        user, colon, password = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Unauthorized from error
    if not colon or not user:
        raise Unauthorized
    return Basic(user, password)
