"""Every fault of a body is told, each with its place and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from ionstack.engine.validation import Validator
from ionstack.errors import Invalid

SCHEMA = {
    "type": "object",
    "required": ["location"],
    "properties": {
        "location": {"type": "string"},
        "cores": {"type": "integer", "minimum": 1, "maximum": 8},
        "type": {"type": ["string", "null"], "enum": ["A", "B", None]},
        "items": {"type": "array", "items": {"type": "object", "properties": {"ip": {"type": "string", "format": "ipv4"}}}},
        "name": {"type": "string", "minLength": 1, "maxLength": 3, "pattern": "^[a-z]*$"},
    },
}  # fmt: skip


def faults(body: Any) -> list[str]:
    with pytest.raises(Invalid) as caught:
        Validator(SCHEMA).check(body)
    return [str(problem) for problem in caught.value.problems]


def test_a_good_body_passes() -> None:
    Validator(SCHEMA).check({"location": "de/txl", "cores": 8, "type": None, "unknown": 1})


def test_all_faults_are_listed_with_their_places() -> None:
    found = faults({"cores": "x", "type": "C", "items": [{"ip": "1.2.3.4"}, {"ip": "no"}]})
    assert "[(root).location] Attribute is required" in found
    assert "[(root).cores] Attribute value 'x' must be a whole number" in found
    assert "[(root).type] Attribute value 'C' not allowed. Expected one of [A, B]" in found
    assert "[(root).items.[1].ip] Attribute value 'no' is not a valid ipv4" in found
    assert len(found) == 4


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"cores": 0}, "must be at least 1"),
        ({"cores": 9}, "must be at most 8"),
        ({"name": ""}, "must have at least 1 characters"),
        ({"name": "abcd"}, "must have at most 3 characters"),
        ({"name": "A"}, "must match ^[a-z]*$"),
        ([], "must be an object"),
    ],
)
def test_a_fault_says_what_is_wanted(body: Any, message: str) -> None:
    assert any(
        message in fault for fault in faults({"location": "x", **body} if isinstance(body, dict) else body)
    )


def test_huge_values_are_cut_and_the_list_is_bounded() -> None:
    found = faults({"location": 1, "items": [{"ip": "x" * 5000 + str(n)} for n in range(500)]})
    assert len(found) == 100
    assert max(map(len, found)) < 300
