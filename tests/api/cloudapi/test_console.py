"""The tokens that name a server to its console."""

from __future__ import annotations

import jwt
import pytest

from tests.api.cloudapi.calls import datacenter, gone, made, read
from tests.api.conftest import Running


@pytest.fixture
def running(alone: Running) -> Running:
    """Rules do not depend on the store; the stories of `test_workflows` are told on both."""
    return alone


async def test_the_token_names_the_server_and_opens_nothing_else(running: Running) -> None:
    place = await datacenter(running)
    server = await made(running, f"{place}/servers", {"properties": {"name": "web", "cores": 1, "ram": 1024}})
    path = f"{place}/servers/{server['id']}"
    token = (await read(running, f"{path}/token"))["token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["server"] == {"uuid": server["id"], "name": "web"}
    assert await running.cloud.identity.keys.verify(token)
    refused = await running.http.get("/cloudapi/v6/datacenters", headers={"Authorization": f"Bearer {token}"})
    assert refused.status_code == 401

    url = (await read(running, f"{path}/remoteconsole"))["url"]
    assert url.startswith("http://localhost:4667/noVNC?token=ey")


async def test_no_server_has_no_console(running: Running) -> None:
    place = await datacenter(running)
    for word in ("token", "remoteconsole"):
        await gone(running, f"{place}/servers/00000000-0000-4000-8000-000000000000/{word}")
