"""Who gets gzip, by the weights of Accept-Encoding."""

from __future__ import annotations

import gzip

import pytest

from ionstack.gateway import compress


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", True), ("GZIP;q=0.5", True), ("br, gzip", True), ("*", True), ("deflate, *;q=0.1", True),
        ("gzip; q=1.0, identity;q=0", True), ("", False), ("identity", False), ("gzip;q=0", False), ("gzip;q=0.000", False),
        ("*;q=0", False), ("gzip;q=0, *", False), ("gzip;q=x", True), ("gzip;q=...", False), ("gzipped", False),
    ],
)  # fmt: skip
def test_the_weights_decide(header: str, taken: bool) -> None:
    assert compress.accepts(header) is taken


def test_packing_is_undone_by_gzip_and_always_the_same() -> None:
    body = b'{"items":[' + b'{"id":"1"},' * 500 + b"{}]}"
    packed = compress.packed(body)
    assert gzip.decompress(packed) == body
    assert len(packed) < len(body) / 10
    assert compress.packed(body) == packed
