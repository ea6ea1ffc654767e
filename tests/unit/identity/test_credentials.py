from __future__ import annotations

import base64
import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ionstack.errors import BadRequest, Unauthorized
from ionstack.identity.credentials import LONGEST_HEADER, Basic, Bearer, contract_number, parse


def encoded(text: bytes) -> str:
    return base64.b64encode(text).decode()


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", " bAsIc  "])
def test_basic_in_any_case(scheme: str) -> None:
    assert parse(f"{scheme} {encoded(b'a@b.c:x:y')}") == Basic("a@b.c", "x:y")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_bearer_in_any_case(scheme: str) -> None:
    assert parse(f"{scheme} a.b.c") == Bearer("a.b.c")


def test_passwords_are_utf8_and_may_be_empty() -> None:
    assert parse("Basic " + encoded("jürgen@b.c:pässword".encode())) == Basic("jürgen@b.c", "pässword")
    assert parse("Basic " + encoded(b"a@b.c:")) == Basic("a@b.c", "")


@pytest.mark.parametrize(
    "header",
    [
        "", " ", "Basic", "Bearer", "Bearer ", "Basic ", "Basic !!!!", "Basic YTpi=YTpi", "a.b.c", "Digest x=y",
        "Negotiate abc", "Basic " + encoded(b"nocolon"), "Basic " + encoded(b":password"),
        "Basic " + encoded(b"\xff\xfe:x"), "Bearer té", "Bearer " + "x" * LONGEST_HEADER,
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_unauthorized(header: str) -> None:
    with pytest.raises(Unauthorized):
        parse(header)


@given(st.one_of(st.text(), st.builds("{} {}".format, st.sampled_from(["Basic", "Bearer"]), st.text())))
@example("Basic \ud800")
def test_no_header_breaks_the_parser(header: str) -> None:
    with contextlib.suppress(Unauthorized):
        assert isinstance(parse(header), Basic | Bearer)


def test_what_is_secret_is_not_shown() -> None:
    assert "hidden" not in repr(Basic("a@b.c", "hidden")) + repr(Bearer("hidden"))


@pytest.mark.parametrize(
    ("header", "number"), [(None, None), ("", None), ("  ", None), ("1", 1), (" 31700001 ", 31700001)]
)
def test_a_contract_number(header: str | None, number: int | None) -> None:
    assert contract_number(header) == number


@pytest.mark.parametrize(
    "header", ["x", "-1", "0", "1.0", "1e3", "2147483648", "9" * 5000, "١٢٣", "1 2", "\x00"]
)
def test_what_is_no_contract_number(header: str) -> None:
    with pytest.raises(BadRequest, match="X-Contract-Number"):
        contract_number(header)
