"""Target groups: made, changed, refused, and held in place by who forwards to them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.cloudapi.calls import changed, gone, made, read, refused, unchanged_by_itself
from tests.api.conftest import Running


@pytest.fixture
def running(alone: Running) -> Running:
    """Rules do not depend on the store; the stories of `test_workflows` are told on both."""
    return alone


TARGET = {"ip": "10.0.0.2", "port": 80, "weight": 1}
GROUP = {"name": "web", "algorithm": "ROUND_ROBIN", "protocol": "HTTP"}


async def test_a_target_group_lives_and_goes(running: Running) -> None:
    check = {"path": "/up", "matchType": "STATUS_CODE", "response": "200"}
    body = {
        "properties": {**GROUP, "targets": [TARGET], "httpHealthCheck": check, "healthCheck": {"retries": 5}}
    }
    created = await made(running, "/targetgroups", body)
    path = f"/targetgroups/{created['id']}"
    assert (created["type"], created["metadata"]["state"]) == ("target-group", "BUSY")
    properties = (await read(running, path))["properties"]
    assert properties["targets"] == [
        {**TARGET, "proxyProtocol": "none", "healthCheckEnabled": True, "maintenanceEnabled": False}
    ]
    assert properties["healthCheck"] == {"checkTimeout": 500, "checkInterval": 2000, "retries": 5}
    assert properties["httpHealthCheck"] == {**check, "method": "GET", "regex": False, "negate": False}
    await unchanged_by_itself(running, path)
    await changed(running, "PATCH", path, {"name": "other"})
    assert len((await read(running, path))["properties"]["targets"]) == 1
    await changed(running, "PUT", path, {"properties": GROUP})
    properties = (await read(running, path))["properties"]
    assert (properties["targets"], "healthCheck" in properties) == ([], False)
    assert [one["id"] for one in (await read(running, "/targetgroups"))["items"]] == [created["id"]]
    await changed(running, "DELETE", path)
    await gone(running, path)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"name": None}, "name"),
        ({"algorithm": "ALPHABETICAL"}, "algorithm"),
        ({"protocol": "TCP"}, "protocol"),
        ({"location": "de/xxx"}, "location"),
        ({"targets": [{**TARGET, "port": 0}]}, "targets.[0].port"),
        ({"targets": [{**TARGET, "weight": 257}]}, "targets.[0].weight"),
        ({"targets": [{**TARGET, "ip": "web"}]}, "targets.[0].ip"),
        ({"httpHealthCheck": {"matchType": "STATUS_CODE"}}, "httpHealthCheck.response"),
    ],
)
async def test_a_target_group_that_cannot_be(alone: Running, change: Any, place: str) -> None:
    message = await refused(alone, "POST", "/targetgroups", {"properties": {**GROUP, **change}})
    assert message.startswith(f"[(root).properties.{place}]")
