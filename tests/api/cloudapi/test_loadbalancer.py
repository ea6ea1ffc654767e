"""Interfaces attached elsewhere: to classic load balancers, and moved to other LANs."""

from __future__ import annotations

import pytest

from tests.api.cloudapi.calls import changed, datacenter, gone, made, read, refused, unchanged_by_itself
from tests.api.conftest import Running


@pytest.fixture
def running(alone: Running) -> Running:
    """Rules do not depend on the store; the stories of `test_workflows` are told on both."""
    return alone


async def interface(running: Running, place: str) -> str:
    """The path of a network interface in LAN 1."""
    server = await made(running, f"{place}/servers", {"properties": {"cores": 1, "ram": 1024}})
    nics = f"{place}/servers/{server['id']}/nics"
    return f"{nics}/{(await made(running, nics, {'properties': {'lan': 1}}))['id']}"


async def test_a_balancer_and_its_interfaces(running: Running) -> None:
    place = await datacenter(running)
    nic = await interface(running, place)
    id = nic.rsplit("/", 1)[1]
    body = {"properties": {"name": "old"}, "entities": {"balancednics": {"items": [{"id": id}]}}}
    created = await made(running, f"{place}/loadbalancers", body)
    path = f"{place}/loadbalancers/{created['id']}"
    whole = await read(running, f"{path}?depth=2")
    assert (whole["type"], whole["properties"]) == ("loadbalancer", {"name": "old", "ip": None, "dhcp": True})
    (shown,) = whole["entities"]["balancednics"]["items"]
    assert shown["href"].endswith(nic)
    assert "balancer" not in shown["properties"]
    await unchanged_by_itself(running, path)
    assert (await refused(running, "PATCH", path, {"ip": "here"})).startswith("[(root).ip]")

    other = await made(running, f"{place}/loadbalancers", {"properties": {}})
    message = await refused(
        running, "POST", f"{place}/loadbalancers/{other['id']}/balancednics", {"id": id}, "200"
    )
    assert "another load balancer" in message
    assert (await read(running, f"{path}/balancednics/{id}"))["id"] == id
    await changed(running, "DELETE", f"{path}/balancednics/{id}")
    await gone(running, f"{path}/balancednics/{id}")
    assert (await read(running, nic))["id"] == id
    await made(running, f"{path}/balancednics", {"id": id})
    assert len((await read(running, f"{path}/balancednics?depth=1&filter.name=nothing"))["items"]) == 0
    assert len((await read(running, f"{path}/balancednics?depth=1"))["items"]) == 1
    message = await refused(running, "POST", f"{path}/balancednics", {"properties": {"lan": 1}})
    assert message.startswith("[(root).id]")

    await changed(running, "DELETE", path)
    await gone(running, path)
    assert (await read(running, nic))["metadata"]["state"] == "AVAILABLE"
    far = await interface(running, await datacenter(running))
    path = f"{place}/loadbalancers/{other['id']}/balancednics"
    message = await refused(running, "POST", path, {"id": far.rsplit("/", 1)[1]}, "200")
    assert "same data center" in message


async def test_an_interface_moves_to_another_lan(running: Running) -> None:
    place = await datacenter(running)
    nic = await interface(running, place)
    id = nic.rsplit("/", 1)[1]
    await made(running, f"{place}/lans", {"properties": {"name": "other"}})
    assert [one["id"] for one in (await read(running, f"{place}/lans/1/nics"))["items"]] == [id]
    moved = await made(running, f"{place}/lans/2/nics", {"id": id})
    assert moved["properties"]["lan"] == 2
    assert moved["properties"]["ips"][0].startswith("10.0.1.")
    assert (await read(running, f"{place}/lans/1/nics"))["items"] == []
    assert (await read(running, f"{place}/lans/2/nics/{id}?depth=1"))["properties"]["lan"] == 2
    await gone(running, f"{place}/lans/1/nics/{id}")
    await changed(running, "DELETE", f"{place}/lans/1")
    body = {"properties": {}, "entities": {"nics": {"items": [{"id": id}]}}}
    created = await made(running, f"{place}/lans", body)
    assert (await read(running, nic))["properties"]["lan"] == int(created["id"])
    far = await interface(running, await datacenter(running))
    await refused(running, "POST", f"{place}/lans/2/nics", {"id": far.rsplit("/", 1)[1]}, "200")
