"""IP failover: one address on several interfaces of a LAN."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.cloudapi.calls import changed, datacenter, made, read, refused
from tests.api.conftest import Running


@pytest.fixture
async def place(running: Running) -> str:
    path = await datacenter(running)
    await made(running, f"{path}/lans", {"properties": {"public": True}})
    return path


async def block(running: Running, size: int = 2) -> list[str]:
    body = {"properties": {"location": "de/txl", "size": size}}
    ips: list[str] = (await made(running, "/ipblocks", body))["properties"]["ips"]
    return ips


async def nic(running: Running, place: str, *ips: str, lan: int = 1) -> str:
    """The path of an interface on a server of its own."""
    server = await made(running, f"{place}/servers", {"properties": {"cores": 1, "ram": 1024}})
    path = f"{place}/servers/{server['id']}/nics"
    body = {"properties": {"lan": lan, "ips": list(ips)}}
    return f"{path}/{(await made(running, path, body))['id']}"


def group(ip: str, nic: str) -> dict[str, Any]:
    return {"ipFailover": [{"ip": ip, "nicUuid": nic.rpartition("/")[2]}]}


async def test_a_failover_address_is_on_its_master_and_on_others(running: Running, place: str) -> None:
    ip, own = await block(running)
    master = await nic(running, place, ip)
    await changed(running, "PATCH", f"{place}/lans/1", group(ip, master))
    assert (await read(running, f"{place}/lans/1"))["properties"]["ipFailover"] == group(ip, master)[
        "ipFailover"
    ]
    slave = await nic(running, place, own, ip)
    assert (await read(running, slave))["properties"]["ips"] == [own, ip]
    consumers = (await read(running, "/ipblocks?depth=1"))["items"][0]["properties"]["ipConsumers"]
    assert {one["ip"]: one["nicId"] for one in consumers} == {
        ip: master.rpartition("/")[2],
        own: slave.rpartition("/")[2],
    }


async def test_without_failover_an_address_is_on_one_interface(running: Running, place: str) -> None:
    ip, _ = await block(running)
    await nic(running, place, ip)
    server = await made(running, f"{place}/servers", {"properties": {"cores": 1, "ram": 1024}})
    body = {"properties": {"lan": 1, "ips": [ip]}}
    message = await refused(running, "POST", f"{place}/servers/{server['id']}/nics", body)
    assert "is in use by another network interface" in message


async def test_what_is_shared_cannot_be_ended(running: Running, place: str) -> None:
    ip, own = await block(running)
    master = await nic(running, place, ip)
    lan = f"{place}/lans/1"
    await changed(running, "PATCH", lan, group(ip, master))
    slave = await nic(running, place, own, ip)
    message = await refused(running, "PATCH", lan, {"ipFailover": []}, code="184")
    id = slave.rpartition("/")[2]
    assert message.endswith(
        f"Failover IP '{ip}' found in Slave NIC '{id}'. IP failover settings cannot be deleted."
    )
    await changed(running, "PATCH", slave, {"ips": [own]})
    await changed(running, "PATCH", lan, {"ipFailover": []})
    assert (await read(running, lan))["properties"]["ipFailover"] == []


@pytest.mark.parametrize("wrong", ["nic", "ip", "twice", "automatic"])
async def test_what_no_failover_group_can_be(running: Running, place: str, wrong: str) -> None:
    ip, own = await block(running)
    lan, master = f"{place}/lans/1", await nic(running, place, ip)
    elsewhere = await nic(running, place, lan=2)
    automatic = await nic(running, place)
    given = (await read(running, automatic))["properties"]["ips"][0]
    body, message = {
        "nic": (group(ip, elsewhere), "is not in this LAN"),
        "ip": (group(own, master), f"has no address {own}"),
        "twice": ({"ipFailover": group(ip, master)["ipFailover"] * 2}, "has another master already"),
        "automatic": (group(given, automatic), "is not reserved in an IP block"),
    }[wrong]
    assert message in await refused(running, "PATCH", lan, body)
    assert (await read(running, lan))["properties"]["ipFailover"] == []


async def test_a_master_keeps_its_address_and_its_lan(running: Running, place: str) -> None:
    ip, own = await block(running)
    master = await nic(running, place, ip)
    await changed(running, "PATCH", f"{place}/lans/1", group(ip, master))
    for body in ({"ips": [own]}, {"lan": 2}):
        assert "is a failover address of the LAN" in await refused(running, "PATCH", master, body)
    await changed(running, "PATCH", master, {"ips": [ip, own]})


async def test_a_slave_takes_the_place_of_a_master_that_goes(running: Running, place: str) -> None:
    ip, own = await block(running)
    master, lan = await nic(running, place, ip), f"{place}/lans/1"
    await changed(running, "PATCH", lan, group(ip, master))
    slave = await nic(running, place, own, ip)
    await changed(running, "DELETE", master.partition("/nics/")[0])
    assert (await read(running, lan))["properties"]["ipFailover"] == group(ip, slave)["ipFailover"]
    await changed(running, "DELETE", slave)
    assert (await read(running, lan))["properties"]["ipFailover"] == []
    assert (await read(running, await nic(running, place, ip)))["properties"]["ips"] == [ip]


async def test_in_a_private_lan_any_address_fails_over(running: Running, place: str) -> None:
    master = await nic(running, place, "10.0.2.50", lan=3)
    await changed(running, "PATCH", f"{place}/lans/3", group("10.0.2.50", master))
    slave = await nic(running, place, "10.0.2.51", "10.0.2.50", lan=3)
    assert (await read(running, slave))["properties"]["ips"] == ["10.0.2.51", "10.0.2.50"]


async def test_an_address_in_a_private_lan_is_not_the_blocks(running: Running, place: str) -> None:
    ip, _ = await block(running)
    await nic(running, place, ip, lan=4)
    consumers = (await read(running, "/ipblocks?depth=1"))["items"][0]["properties"]["ipConsumers"]
    assert consumers == []
    outside = await nic(running, place, ip)
    consumers = (await read(running, "/ipblocks?depth=1"))["items"][0]["properties"]["ipConsumers"]
    assert [one["nicId"] for one in consumers] == [outside.rpartition("/")[2]]
