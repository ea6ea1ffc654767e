"""Reading a JSON body: whatever cannot be read is a clear 400, before any schema is asked.

All that the parser lets pass and we do not is found by counting in the text, so that a good body costs little
more than its parsing and a huge one cannot hold up the server.
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from ionstack.engine.documents import refuse_marker
from ionstack.errors import BadRequest, UnsupportedMediaType

MOST_NESTED = 64
"""How many objects and lists may lie inside one another."""

LONGEST_TEXT = 256 * 1024
"""Bytes of the longest single text in a body: ample for cloud-init data and chains of certificates."""

_MEDIA = re.compile(
    r"(application|text)/(json|[\w.+-]+\+json)|\*/\*", re.IGNORECASE
)  # */*: the vendor's word
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w-]+)", re.IGNORECASE)
_STRING = re.compile(rb'"[^"]*"')
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * 19  # digits from which a number may not fit into 64 bits
_INT64 = range(-(2**63), 2**63)


def prove_media_type(header: str | None) -> None:
    """UnsupportedMediaType unless the content type is JSON in UTF-8, or not given."""
    if not header:
        return
    media, _, parameters = header.partition(";")
    charset = _CHARSET.search(parameters)
    if not _MEDIA.fullmatch(media.strip()) or (
        charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii")
    ):
        raise UnsupportedMediaType(
            f"The content type '{header[:80]}' is not supported; send application/json"
        )


def parse(raw: bytes) -> dict[str, Any]:
    """The JSON object of a body; BadRequest says where and why it cannot be read.

    Endless texts are refused, and so are repeated names, whole numbers beyond 64 bits, NUL characters and deep
    nesting, since they cannot be stored and read back as they were.
    """
    if not raw or raw.isspace():
        raise BadRequest("The request body is empty; this operation takes a JSON object")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadRequest(_reason(error)) from None
    if not isinstance(value, dict):
        raise BadRequest("The request body must be a JSON object")
    text = _without_escapes(raw)
    if text.count(b"{") + text.count(b"[") > MOST_NESTED:
        _prove_depth(text)
    if len(raw) > LONGEST_TEXT:
        _prove_texts(text)
    again = orjson.dumps(value)
    refuse_marker(again.decode())
    again = _without_escapes(again)
    if b"\\u0000" in again:
        raise BadRequest("The character U+0000 is not allowed")
    if again.count(b'"') != text.count(b'"'):
        _prove_names(raw)
    if _LONG_NUMBER in raw.translate(_DIGITS):
        _prove_numbers(raw)
    return value


def _reason(error: orjson.JSONDecodeError) -> str:
    if "depth" in error.msg:
        return _too_deep()
    where = f"(line {error.lineno}, column {error.colno})"
    return f"The request body is not valid JSON: {error.msg.split(':')[0][:120]} {where}"


def _too_deep() -> str:
    return f"The request body is nested more than {MOST_NESTED} levels deep"


def _without_escapes(text: bytes) -> bytes:
    """Valid JSON without its escaped backslashes and quotes: every quote left opens or closes a string."""
    return text.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in text else text


def _prove_depth(text: bytes) -> None:
    """BadRequest if brackets are left after the innermost pairs were taken away as often as is allowed."""
    brackets = _STRING.sub(b"", text).translate(_BRACKETS, _NO_BRACKETS)
    for _ in range(MOST_NESTED):
        brackets = brackets.replace(b"[]", b"")
        if not brackets:
            return
    raise BadRequest(_too_deep())


def _prove_texts(text: bytes) -> None:
    """BadRequest if a text is longer than any that is meant."""
    if any(len(found[0]) > LONGEST_TEXT + 2 for found in _STRING.finditer(text)):
        raise BadRequest(f"A text in the request body is longer than {LONGEST_TEXT} bytes")


def _prove_names(raw: bytes) -> None:
    """BadRequest if an object has a name twice, as fewer strings out than in tell: which one was meant?"""

    def once(pairs: list[tuple[str, Any]]) -> None:
        names: set[str] = set()
        for name, _ in pairs:
            if name in names:
                raise BadRequest(f"The request body has the name '{name[:60]}' more than once in an object")
            names.add(name)

    json.loads(raw, object_pairs_hook=once)


def _prove_numbers(raw: bytes) -> None:
    """BadRequest if a whole number does not fit into 64 bits, of which the parser makes a rounded one."""

    def fitting(digits: str) -> None:
        if len(digits) > 20 or int(digits) not in _INT64:
            raise BadRequest(f"The number {digits[:40]} in the request body does not fit into 64 bits")

    json.loads(raw, parse_int=fitting)
