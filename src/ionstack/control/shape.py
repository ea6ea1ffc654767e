"""The wire shapes of the control API: JSON answers, and the schemas of what is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from ionstack.catalogue.operation import Answer, Parameter, Reply, Schema
from ionstack.engine.profile import PROFILES
from ionstack.errors import NotFound

TEXT: Schema = {"type": "string", "maxLength": 1024}
NAME: Schema = {"type": "string", "maxLength": 255}
PROFILE: Schema = {"type": ["string", "null"], "enum": [*PROFILES, None]}
CONTRACT: Schema = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
FREE: Schema = {"type": "object"}
ANY = Reply(FREE)
EMPTY = Reply()

LONGEST = 365 * 86_400
"""Seconds in a year: the most that anything here may be shifted, delayed or valid for."""


def record(properties: Mapping[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    """The schema of an object that has these properties and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def number(name: str) -> Parameter:
    """A path parameter that is a positive whole number."""
    return Parameter(name, "path", {"type": "integer", "minimum": 1}, required=True)


def read_number(text: str, noun: str) -> int:
    """A number from the path; NotFound if it cannot be that of anything."""
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 19):
        raise NotFound(f"There is no {noun} {text[:40]}")
    return int(text)


def answer(value: object, status: int = 200) -> Answer:
    """A JSON answer."""
    return Answer(status, orjson.dumps(value))


def listed(items: list[dict[str, Any]]) -> Answer:
    """A collection."""
    return answer({"items": items})
