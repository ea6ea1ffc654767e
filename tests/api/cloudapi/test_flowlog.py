"""Flow logs of network interfaces, gateways and balancers."""

from __future__ import annotations

import pytest

from tests.api.cloudapi.calls import changed, datacenter, gone, made, read, refused, unchanged_by_itself
from tests.api.conftest import Running


@pytest.fixture
def running(alone: Running) -> Running:
    """Rules do not depend on the store; the stories of `test_workflows` are told on both."""
    return alone


LOG = {"name": "log", "action": "ALL", "direction": "BIDIRECTIONAL", "bucket": "logs/web"}


async def watched(running: Running, place: str, kind: str) -> str:
    """The path of something that flow logs watch."""
    if kind == "nics":
        server = await made(running, f"{place}/servers", {"properties": {"cores": 1, "ram": 1024}})
        nics = f"{place}/servers/{server['id']}/nics"
        return f"{nics}/{(await made(running, nics, {'properties': {'lan': 1}}))['id']}"
    properties: dict[str, object] = {"name": "x", "listenerLan": 1, "targetLan": 1}
    if kind == "natgateways":
        block = await made(running, "/ipblocks", {"properties": {"location": "de/txl", "size": 1}})
        properties = {"name": "x", "publicIps": block["properties"]["ips"]}
    return f"{place}/{kind}/{(await made(running, f'{place}/{kind}', {'properties': properties}))['id']}"


@pytest.mark.parametrize("kind", ["nics", "natgateways", "networkloadbalancers", "applicationloadbalancers"])
async def test_a_flow_log_lives_and_goes(running: Running, kind: str) -> None:
    place = await datacenter(running)
    await made(running, f"{place}/lans", {"properties": {}})
    above = await watched(running, place, kind)
    created = await made(running, f"{above}/flowlogs", {"properties": LOG})
    path = f"{above}/flowlogs/{created['id']}"
    assert created["href"].endswith(path)
    assert (await read(running, path))["type"] == "flow-log"
    assert (await read(running, path))["properties"] == LOG
    await unchanged_by_itself(running, path)
    await changed(running, "PATCH", path, {"name": "other"})
    (item,) = (await read(running, f"{above}/flowlogs?depth=1"))["items"]
    assert item["properties"] == {**LOG, "name": "other"}
    entities = (await read(running, f"{above}?depth=1"))["entities"]
    shown = entities.get("flowlogs", {}).get("items", [])
    assert [one["id"] for one in shown] == ([] if kind.startswith("app") else [created["id"]])
    for name, value in (("action", "SOME"), ("direction", "UP"), ("bucket", ""), ("name", None)):
        message = await refused(running, "POST", f"{above}/flowlogs", {"properties": {**LOG, name: value}})
        assert message.startswith(f"[(root).properties.{name}]")
    await changed(running, "DELETE", path)
    await gone(running, path)
