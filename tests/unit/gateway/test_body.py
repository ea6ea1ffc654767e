"""What can be sent as a JSON body and what is refused, and that a reason is given."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionstack.errors import BadRequest, UnsupportedMediaType
from ionstack.gateway.body import MOST_NESTED, parse, prove_media_type


def _nested(levels: int, opening: str = "[", closing: str = "]") -> bytes:
    return ('{"a":' + opening * (levels - 1) + "1" + closing * (levels - 1) + "}").encode()


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "is empty"),
        (b" \r\n\t", "is empty"),
        (b"{", "not valid JSON.*line 1, column 2"),
        (b'{"a": 1,\n "b" 2}', "not valid JSON.*line 2, column 6"),
        (b'{"a": 1} x', "not valid JSON.*line 1, column 10"),
        (b"{'a': 1}", "not valid JSON"),
        (b'{"a": NaN}', "not valid JSON"),
        (b'{"a": Infinity}', "not valid JSON"),
        (b'{"a": -Infinity}', "not valid JSON"),
        (b'{"a": 1e999}', "not valid JSON: number is infinity"),
        (b'{"a": 01}', "not valid JSON"),
        (b'{"a": "\xff"}', "not valid JSON.*UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "not valid JSON.*UTF-8"),
        (b'{"a": "\\ud800"}', "not valid JSON"),
        (b'{"a": "\x01"}', "not valid JSON"),
        (b"\xef\xbb\xbf{}", "not valid JSON.*BOM"),
        (b"[1]", "must be a JSON object"),
        (b'"text"', "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'{"a": 1, "a": 2}', "name 'a' more than once"),
        (b'{"a": {"b": [{"c": 1, "c": 1}]}}', "name 'c' more than once"),
        (b'{"a": 1, "\\u0061": 2}', "name 'a' more than once"),
        (b'{"\\\\": 1, "\\\\": 2}', "more than once"),
        (b'{"\\"": "\\"", "\\"": "x"}', "more than once"),
        (b'{"a": 9223372036854775808}', "9223372036854775808 .* does not fit"),
        (b'{"a": -9223372036854775809}', "does not fit"),
        (b'{"a": [1, 18446744073709551616]}', "does not fit"),
        (b'{"a": ' + b"1" * 300 + b"}", "does not fit"),
        (b'{"a": "\\u0000"}', r"U\+0000"),
        (b'{"a\\u0000": 1}', r"U\+0000"),
        (b'{"a": "\\ufdd0"}', r"U\+FDD0"),
        (b'{"a": "\xef\xb7\x90"}', r"U\+FDD0"),
        (_nested(MOST_NESTED + 1), "nested more than 64"),
        (_nested(MOST_NESTED + 1, '{"b":', "}"), "nested more than 64"),
        (_nested(5000), "nested more than 64"),
        (b"[" * 100_000, "nested more than 64"),
    ],
)
def test_what_cannot_be_read_is_a_400_that_says_why(raw: bytes, why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        parse(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        b' {"a": 1}\n',
        b'{"a": 9223372036854775807, "b": -9223372036854775808}',
        b'{"a": 1.1234567890123456789, "b": 1e10}',
        b'{"a": "1234567890123456789012345"}',
        b'{"a": "\\\\u0000", "b": "\\\\", "c": "\\"", "d": "\\\\\\""}',
        b'{"a": {"a": {"a": "a"}}, "b": ["a", "a"]}',
        b'{"a": "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}',
        b'{"a": "\\"[{\\\\", "b": "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}',
        b'{"a": [' + b"[]," * 200 + b"{}]}",
        _nested(MOST_NESTED),
        _nested(MOST_NESTED, '{"b":', "}"),
        '{"grün": "\U0001f600"}'.encode(),
        b'{"a": "\\ud83d\\ude00 \\u0022 \\u005c"}',
    ],
)
def test_what_can_be_read_is_read_as_it_is(raw: bytes) -> None:
    assert parse(raw) == json.loads(raw)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufdd0")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufdd0"), max_size=8), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(derandomize=True, deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "b\\", '"']), values), st.booleans())
def test_every_good_body_passes(body: dict[str, Any], escaped: bool) -> None:
    raw = json.dumps(body).encode() if escaped else orjson.dumps(body)
    assert parse(raw) == body


@settings(derandomize=True, deadline=None)
@given(st.dictionaries(st.text('ab\\"{[,:', max_size=3), values, min_size=1), st.data())
def test_a_name_given_twice_is_always_found(body: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(body)))
    raw = json.dumps({"outer": body})[:-2] + f", {json.dumps(name)}: {json.dumps(data.draw(values))}}}}}"
    with pytest.raises(BadRequest, match="more than once"):
        parse(raw.encode())


@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=60) | st.text('{}[]",:\\u0123eE+-.naftrl ', max_size=60).map(str.encode))
def test_nothing_but_a_bad_request_comes_of_anything(raw: bytes) -> None:
    with suppress(BadRequest):
        assert parse(raw) == json.loads(raw)


@pytest.mark.parametrize(
    "header",
    [
        None, "", "application/json", "APPLICATION/JSON", "text/json", "application/merge-patch+json",
        "application/vnd.ionos.v1+json; charset=utf-8", 'application/json;charset="UTF-8"', "application/json; v=1",
    ],
)  # fmt: skip
def test_json_in_utf8_is_taken(header: str | None) -> None:
    prove_media_type(header)


@pytest.mark.parametrize(
    "header",
    [
        "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "application/xml", "json",
        "application/jsonx", "application/json; charset=utf-16", "application/json, text/html", "image/x+json", ";",
    ],
)  # fmt: skip
def test_anything_else_is_a_415(header: str) -> None:
    with pytest.raises(UnsupportedMediaType, match="application/json"):
        prove_media_type(header)
