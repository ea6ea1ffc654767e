"""What all tests share: every test carries the name of its layer as a marker, and runs in that order."""

from __future__ import annotations

from pathlib import Path

import pytest

LAYERS = ("unit", "api", "clients", "chaos")
"""The folders of tests, from the quickest to the slowest; each is a marker too."""


def _layer(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).parts[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        layer = _layer(item)
        item.add_marker(layer)
        if layer == "clients":  # a file's tests share one server, so one worker runs them
            item.add_marker(pytest.mark.xdist_group(str(item.path)))
    items.sort(key=lambda item: LAYERS.index(_layer(item)))
