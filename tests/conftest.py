"""What all tests share: layers, and the one seed of everything random.

Every test carries its layer, the name of its folder, as a marker, and the layers run from quick to slow.
A test marked `soak` runs a short while with a fixed seed in `make test`, and long with a random one in
`make soak`; it asks the fixtures `soak` and `seed` for which.
"""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

LAYERS = ("unit", "api", "clients", "chaos")
SEED = 4667


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("ionstack")
    group.addoption("--soak", action="store_true", help="run soak tests long, with a random seed")
    group.addoption("--seed", type=int, help="the seed of everything random in a test")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.option.seed is None:  # set here, before workers start, so that all of them share it
        config.option.seed = secrets.randbelow(2**32) if config.option.soak else SEED


def pytest_report_header(config: pytest.Config) -> str:
    return f"seed: {config.option.seed} (run it again with --seed {config.option.seed})"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(_layer(item))
        if _layer(item) == "clients":  # a file's tests share one server, so one worker runs them
            item.add_marker(pytest.mark.xdist_group(str(item.path)))
    items.sort(key=lambda item: LAYERS.index(_layer(item)))


def _layer(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).parts[0]


@pytest.fixture(scope="session")
def soak(pytestconfig: pytest.Config) -> bool:
    """Whether to run long."""
    return bool(pytestconfig.option.soak)


@pytest.fixture(scope="session")
def seed(pytestconfig: pytest.Config) -> int:
    """The seed of everything random in a test."""
    return int(pytestconfig.option.seed)
