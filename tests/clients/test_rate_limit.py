"""What the official SDKs do when the rate limit is used up: they wait as long as told and try again."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import ionoscloud
import pytest

from ionstack.engine.clock import Clock
from tests.clients.conftest import ADMIN_TOKEN, Server
from tests.clients.test_node_sdk import node

STORY = Path(__file__).parent / "node" / "limited.mjs"


@pytest.fixture
def limited(server: Server) -> Iterator[Server]:
    """A contract that may make a call a second, and ten at once."""
    admin = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    with httpx.Client(base_url=f"{server.url}/_ionstack", headers=admin) as control:
        made = control.post("/contracts", json={"rateLimit": 60}).raise_for_status().json()
        yield Server(server.url, made["token"])
        control.delete(f"/contracts/{made['contractNumber']}")


def test_the_python_sdk_waits_as_long_as_told(limited: Server) -> None:
    configuration = ionoscloud.Configuration(host=f"{limited.url}/cloudapi/v6", token=limited.token)
    clock = Clock()
    with ionoscloud.ApiClient(configuration) as client:
        api = ionoscloud.DataCentersApi(client)
        began = clock.monotonic()
        statuses = [api.datacenters_get_with_http_info()[1] for _ in range(13)]
        waited = clock.monotonic() - began
    assert set(statuses) == {200}
    assert 2 < waited < 15, "one call a second, after a burst of ten"


def test_the_python_sdk_gives_up_when_it_may_not_try_again(limited: Server) -> None:
    configuration = ionoscloud.Configuration(host=f"{limited.url}/cloudapi/v6", token=limited.token)
    configuration.max_retries = 1
    with ionoscloud.ApiClient(configuration) as client:
        api = ionoscloud.DataCentersApi(client)

        def many() -> None:
            for _ in range(20):
                api.datacenters_get()

        with pytest.raises(ionoscloud.ApiException) as refused:
            many()
    assert refused.value.status == 429
    assert refused.value.headers["Retry-After"] == "1"


def test_the_node_sdk_tries_again(limited: Server) -> None:
    told = subprocess.run(
        [node(), STORY.name],
        cwd=STORY.parent, env=limited.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=50, check=False,
    )  # fmt: skip
    assert (told.returncode, told.stdout) == (0, "the story is told\n"), told.stderr
