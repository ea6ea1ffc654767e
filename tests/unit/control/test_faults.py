"""Which calls a fault is meant for."""

from __future__ import annotations

import pytest

from ionstack.control.faults import Waiting


def _fault(method: str = "", path: str = "", effect: str = '{"status": 503}') -> Waiting:
    return Waiting(1, 1, method, path, 0, 1, effect)


@pytest.mark.parametrize(
    ("path", "hit", "missed"),
    [
        ("", "/anything", None),
        ("/a/b", "/a/b", "/a/b/c"),
        ("/a/*", "/a/b", "/a/b/c"),
        ("/a/*", "/a/", "/a"),
        ("/a/**", "/a/b/c", "/ab"),
        ("/a/*/c", "/a/b/c", "/a/b/b/c"),
        ("**", "/a/b", None),
        ("/a.b", "/a.b", "/aXb"),
        ("/[a]+", "/[a]+", "/a"),
    ],
)
def test_paths(path: str, hit: str, missed: str | None) -> None:
    assert _fault(path=path).matches("GET", hit)
    assert missed is None or not _fault(path=path).matches("GET", missed)


def test_methods() -> None:
    assert _fault(method="POST").matches("POST", "/x")
    assert not _fault(method="POST").matches("PATCH", "/x")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_is_not_provisioned(method: str) -> None:
    failing = _fault(effect='{"provisioning": "FAILED"}')
    assert not failing.matches(method, "/x")
    assert failing.matches("DELETE", "/x")
