"""The pytest plugin: a server for a test run, and a contract for each test.

Nothing of Ionstack is imported and no server started before a test asks for one of the fixtures.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ionstack.testing.cloud import Contract, Ionstack

MARK = "ionstack(**terms): what ionstack_contract is made with: profile, limits, rateLimit, ..."


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("ionstack")
    group.addoption(
        "--ionstack-server",
        metavar="URL",
        default=os.environ.get("IONSTACK_SERVER", ""),
        help="use this server in place of one of our own; its admin token comes from IONSTACK_ADMIN_TOKEN",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARK)


@pytest.fixture(scope="session")
def ionstack(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ionstack]:
    """A server: the one that was named, else one of this process's own, which ends with it."""
    named = pytestconfig.getoption("--ionstack-server")
    if named:
        yield _named(named)
        return
    from ionstack.testing.server import running

    with running(tmp_path_factory.mktemp("ionstack")) as server:
        yield server


@pytest.fixture
def ionstack_contract(ionstack: Ionstack, request: pytest.FixtureRequest) -> Iterator[Contract]:
    """A fresh contract with credentials of its own, dropped afterwards; the mark `ionstack` sets its terms."""
    mark = request.node.get_closest_marker("ionstack")
    with ionstack.contract(**(mark.kwargs if mark else {})) as contract:
        yield contract


@pytest.fixture
def ionstack_fault(ionstack_contract: Contract) -> Callable[..., int]:
    """Orders what is to go wrong in the test's contract; see `Contract.fault`."""
    return ionstack_contract.fault


def _named(url: str) -> Ionstack:
    from ionstack.testing.cloud import Ionstack

    token = os.environ.get("IONSTACK_ADMIN_TOKEN", "")
    if not token:
        raise pytest.UsageError(f"the server at {url} needs its admin token: set IONSTACK_ADMIN_TOKEN")
    return Ionstack(url, token)
