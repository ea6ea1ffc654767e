"""Reading a JSON body: whatever cannot be read is a clear 400, before any schema is asked."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from ionstack.engine.documents import refuse_marker
from ionstack.errors import BadRequest, UnsupportedMediaType

MOST_NESTED = 64
_MEDIA = re.compile(r"(application|text)/(json|[\w.+-]+\+json)", re.IGNORECASE)
_OPENING = re.compile(rb"[\[{]")


def prove_media_type(header: str | None) -> None:
    """UnsupportedMediaType unless the content type is JSON in UTF-8, or not given."""
    if not header:
        return
    media, _, parameters = header.partition(";")
    charset = re.search(r"charset\s*=\s*\"?([\w-]+)", parameters, re.IGNORECASE)
    if not _MEDIA.fullmatch(media.strip()) or (charset and charset[1].lower() not in ("utf-8", "us-ascii")):
        raise UnsupportedMediaType(
            f"The content type '{header[:80]}' is not supported; send application/json"
        )


def parse(raw: bytes) -> Any:
    """The JSON value of a body; BadRequest says where and why it cannot be read.

    The root must be an object. Repeated names, numbers beyond 64 bits, NUL characters and deep nesting are
    refused, since they cannot be stored and read back as they were.
    """
    if not raw.strip():
        raise BadRequest("The request body is empty; this operation takes a JSON object")
    if len(_OPENING.findall(raw)) > MOST_NESTED:
        _prove_depth(raw)
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The request body is not valid JSON: {_reason(error)}") from None
    if not isinstance(value, dict):
        raise BadRequest("The request body must be a JSON object")
    text = raw.decode()
    refuse_marker(text)
    if "\\u" in text:
        _prove_escapes(value)
    if raw.count(b":") > 1:
        _prove_names(text)
    return value


def _reason(error: orjson.JSONDecodeError) -> str:
    return f"{error.msg.split(':')[0][:120]} (line {error.lineno}, column {error.colno})"


def _prove_depth(raw: bytes) -> None:
    depth, inside, escaped = 0, False, False
    for byte in raw:
        if inside:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                inside = False
        elif byte == 0x22:
            inside = True
        elif byte in (0x7B, 0x5B):
            depth += 1
            if depth > MOST_NESTED:
                raise BadRequest(f"The request body is nested more than {MOST_NESTED} levels deep")
        elif byte in (0x7D, 0x5D):
            depth -= 1


def _prove_escapes(value: Any) -> None:
    """Escapes may stand for characters that raw text could not hold."""
    text = json.dumps(value, ensure_ascii=False)
    refuse_marker(text)
    if "\\u0000" in text:
        raise BadRequest("The character U+0000 is not allowed")


def _prove_names(text: str) -> None:
    """BadRequest if an object has a name twice: which of the two was meant?"""

    def once(pairs: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs]
        if len(names) != len(set(names)):
            twice = next(name for name in names if names.count(name) > 1)
            raise BadRequest(f"The request body has the name '{twice[:60]}' more than once in an object")

    json.loads(text, object_pairs_hook=once)
