"""Named statements: one text for both databases, or one each."""

from __future__ import annotations

import pytest

from ionstack.store.statement import parse, statements

TEXT = """
-- name: one
SELECT a::text FROM t WHERE a = :a AND b = :b OR a = :a;

-- name: two [sqlite]
SELECT 1

-- name: two [postgresql]
SELECT 2
"""


def test_parameters_become_what_each_driver_takes() -> None:
    one = parse(TEXT)["one"]
    assert one.compiled("sqlite") == ("SELECT a::text FROM t WHERE a = ? AND b = ? OR a = ?", ("a", "b", "a"))
    assert one.compiled("postgresql") == (
        "SELECT a::text FROM t WHERE a = $1 AND b = $2 OR a = $1",
        ("a", "b"),
    )


def test_a_dialect_may_have_a_text_of_its_own() -> None:
    two = parse(TEXT)["two"]
    assert two.compiled("sqlite")[0] == "SELECT 1"
    assert two.compiled("postgresql")[0] == "SELECT 2"


def test_the_files_are_found_and_an_unknown_name_is_told() -> None:
    assert statements("resource").get.name == "get"
    with pytest.raises(AttributeError, match=r"sql/resource\.sql"):
        _ = statements("resource").nothing
