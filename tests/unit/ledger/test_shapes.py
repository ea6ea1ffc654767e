"""The reading of a document finds every kind of difference, and none where two documents say the same."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.ledger.shapes import Ledger, differences

THEIRS: dict[str, Any] = {
    "paths": {
        "/things": {
            "post": {
                "operationId": "thingsPost",
                "parameters": [{"name": "depth", "in": "query", "schema": {"type": "integer", "maximum": 10}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {
                    "202": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Named": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string", "maxLength": 9}},
            },
            "Thing": {
                "allOf": [{"$ref": "#/components/schemas/Named"}],
                "properties": {
                    "id": {"type": "string", "readOnly": True},
                    "vni": {"type": "integer", "x-internal": True},
                    "state": {"type": "string", "x-extensible-enum": ["B", "A"]},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                    "marks": {"type": "object", "additionalProperties": {"type": "string"}},
                },
            },
        }
    },
}  # fmt: skip

Change = Callable[[dict[str, Any], dict[str, Any]], object]
"""What is done to the operation and to the schema of things."""


def _found(change: Change) -> list[str]:
    ours = copy.deepcopy(THEIRS)
    change(ours["paths"]["/things"]["post"], ours["components"]["schemas"]["Thing"]["properties"])
    mine, theirs = Ledger(ours).shapes(), Ledger(THEIRS).shapes()
    return [str(one) for one in differences("thingsPost", mine["thingsPost"], theirs["thingsPost"])]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda _, thing: thing, []),
        (lambda _, thing: thing.pop("vni"), []),
        (lambda _, thing: thing["state"].update({"enum": ["A", "B", None]}), []),
        (lambda _, thing: thing.pop("id"), ["202 id: missing"]),
        (lambda _, thing: thing["id"].pop("readOnly"), ["body id: extra"]),
        (lambda _, thing: thing["id"].update(type="integer"), ["202 id: type, integer for string"]),
        (
            lambda _, thing: thing["state"].update({"enum": ["A"]}),
            ["202 state: enum, ['A'] for ['A', 'B']", "body state: enum, ['A'] for ['A', 'B']"],
        ),
        (
            lambda _, thing: thing["marks"]["additionalProperties"].update(type="integer"),
            ["202 marks.*: type, integer for string", "body marks.*: type, integer for string"],
        ),
        (lambda _, thing: thing.update(parts={}), [
            "202 parts: type, None for array", "202 parts.*: missing",
            "body parts: type, None for array", "body parts.*: missing",
        ]),
        (lambda one, _: one.update(parameters=[]), ["query depth: missing"]),
        (lambda one, _: one["parameters"][0].update(required=True), ["query depth: required, True for None"]),
        (lambda one, _: one["parameters"][0]["schema"].pop("maximum"), ["query depth: maximum, None for 10"]),
        (lambda one, _: one.pop("requestBody"), ["body: missing"]),
        (lambda one, _: one["responses"].update({"404": {}}), ["404: extra"]),
    ],
)  # fmt: skip
def test_a_change_is_found_and_nothing_else(change: Change, found: list[str]) -> None:
    assert sorted(_found(change)) == sorted(f"thingsPost: {text}" for text in found)


def test_what_is_required_and_bounded_counts_in_what_is_sent() -> None:
    shape = Ledger(THEIRS).shapes()["thingsPost"]
    assert shape["body name"] == {"type": "string", "maxLength": 9, "required": True}
    assert shape["202 name"] == {"type": "string"}
