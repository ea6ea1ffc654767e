"""ETags: 32 hexadecimal digits, unlike for each row and version, and readable back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ionstack.engine.row import Row, etag_parts

numbers = st.integers(1, 2**62)


def row(ordinal: int, version: int) -> Row:
    return Row(
        ordinal, 1, "id", "kind", "", "id", "", "", 1, 1, 0, version, "AVAILABLE", 0, False,
        0, "", "", 0, "", "", "{}", "{}", "{}",
    )  # fmt: skip


@given(numbers, numbers)
def test_an_etag_is_hexadecimal_and_tells_its_parts(ordinal: int, version: int) -> None:
    etag = row(ordinal, version).etag
    assert len(etag) == 32
    assert etag_parts(etag) == (ordinal, version)


def test_what_is_no_etag_has_no_parts() -> None:
    assert etag_parts("zebra") is None
    assert etag_parts("") is None
