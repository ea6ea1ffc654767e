"""NAT gateways: reserved addresses outside, addresses of their own in each LAN, and rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.cloudapi.calls import changed, datacenter, gone, made, read, refused, unchanged_by_itself
from tests.api.conftest import Running


@pytest.fixture
def running(alone: Running) -> Running:
    """Rules do not depend on the store; the stories of `test_workflows` are told on both."""
    return alone


RULE = {"name": "out", "sourceSubnet": "10.0.0.0/24"}


@pytest.fixture
async def ips(running: Running) -> list[str]:
    block = await made(running, "/ipblocks", {"properties": {"location": "de/txl", "size": 2}})
    return list(block["properties"]["ips"])


@pytest.fixture
async def place(running: Running) -> str:
    """A data center with a private LAN 1 and a public LAN 2."""
    path = await datacenter(running)
    await made(running, f"{path}/lans", {"properties": {}})
    await made(running, f"{path}/lans", {"properties": {"public": True}})
    return path


async def used(running: Running) -> int:
    limits = (await read(running, "/contracts"))["items"][0]["properties"]["resourceLimits"]
    return int(limits["natGatewayProvisioned"])


async def test_a_gateway_lives_and_goes(running: Running, place: str, ips: list[str]) -> None:
    body = {
        "properties": {"name": "nat", "publicIps": ips[:1], "lans": [{"id": 1}]},
        "entities": {"rules": {"items": [{"properties": {**RULE, "publicIp": ips[0]}}]}},
    }
    created = await made(running, f"{place}/natgateways", body)
    path = f"{place}/natgateways/{created['id']}"
    whole = await read(running, f"{path}?depth=3")
    assert whole["type"] == "natgateway"
    assert whole["properties"]["lans"] == [{"id": 1, "gatewayIps": ["10.0.0.1/24"]}]
    (rule,) = whole["entities"]["rules"]["items"]
    assert (rule["type"], rule["properties"]["type"], rule["properties"]["protocol"]) == (
        "natgateway-rule",
        "SNAT",
        "ALL",
    )
    assert await used(running) == 1
    (block,) = (await read(running, "/ipblocks?depth=1"))["items"]
    assert [one["ip"] for one in block["properties"]["ipConsumers"]] == ips[:1]
    assert "in use" in await refused(running, "DELETE", f"/ipblocks/{block['id']}", code="200")
    inside = (await read(running, f"{place}?depth=3"))["entities"]["natgateways"]["items"]
    assert [one["id"] for one in inside] == [created["id"]]

    await unchanged_by_itself(running, path)
    await changed(running, "PATCH", path, {"lans": [{"id": 1}], "publicIps": ips})
    assert (await read(running, path))["properties"]["lans"] == [{"id": 1, "gatewayIps": ["10.0.0.1/24"]}]
    message = await refused(running, "PATCH", path, {"publicIps": ips[1:]})
    assert message.startswith("[(root).publicIps]")
    assert "lans.id" in await refused(running, "DELETE", f"{place}/lans/1", code="200")

    await changed(running, "DELETE", path)
    await gone(running, path)
    assert await used(running) == 0
    (block,) = (await read(running, "/ipblocks?depth=1"))["items"]
    assert block["properties"]["ipConsumers"] == []
    await changed(running, "DELETE", f"{place}/lans/1")


@pytest.mark.parametrize(
    ("change", "at", "word"),
    [
        ({"publicIps": []}, "publicIps", ""),
        ({"publicIps": ["203.0.113.77"]}, "publicIps.[0]", "not reserved"),
        ({"lans": [{"id": 9}]}, "lans.[0].id", "does not exist"),
        ({"lans": [{"id": 2}]}, "lans.[0].id", "private"),
        ({"lans": [{"id": 1}, {"id": 1}]}, "lans.[1].id", "twice"),
        ({"lans": [{"id": 1, "gatewayIps": ["here"]}]}, "lans.[0].gatewayIps.[0]", "no IPv4"),
        ({"name": None}, "name", ""),
    ],
)
async def test_a_gateway_that_cannot_be(
    running: Running, place: str, ips: list[str], change: Any, at: str, word: str
) -> None:
    body = {"properties": {"name": "nat", "publicIps": ips[:1], **change}}
    message = await refused(running, "POST", f"{place}/natgateways", body)
    assert message.startswith(f"[(root).properties.{at}]")
    assert word in message
    assert (await read(running, f"{place}/natgateways"))["items"] == []


async def test_no_address_is_used_twice(running: Running, place: str, ips: list[str]) -> None:
    lan = [{"id": 1, "gatewayIps": ["10.0.0.11/24"]}]
    await made(
        running, f"{place}/natgateways", {"properties": {"name": "a", "publicIps": ips[:1], "lans": lan}}
    )
    body: dict[str, Any] = {"properties": {"name": "b", "publicIps": ips[:1]}}
    assert "in use" in await refused(running, "POST", f"{place}/natgateways", body)
    body = {"properties": {"name": "b", "publicIps": ips[1:], "lans": lan}}
    assert "in use" in await refused(running, "POST", f"{place}/natgateways", body)
    nic = {"properties": {"lan": 1}}
    server = {"properties": {"cores": 1, "ram": 1024}, "entities": {"nics": {"items": [nic]}}}
    id = (await made(running, f"{place}/servers", server))["id"]
    (nic,) = (await read(running, f"{place}/servers/{id}/nics?depth=1"))["items"]
    assert nic["properties"]["ips"] != ["10.0.0.11"]


async def test_the_rules_of_a_gateway(running: Running, place: str, ips: list[str]) -> None:
    gateway = await made(
        running, f"{place}/natgateways", {"properties": {"name": "nat", "publicIps": ips[:1]}}
    )
    rules = f"{place}/natgateways/{gateway['id']}/rules"
    ports = {"protocol": "TCP", "targetPortRange": {"start": 80, "end": 81}}
    rule = {**RULE, "publicIp": ips[0], **ports, "targetSubnet": "192.0.2.0/24"}
    created = await made(running, rules, {"properties": rule})
    path = f"{rules}/{created['id']}"
    assert (await read(running, path))["properties"] == {**rule, "type": "SNAT"}
    await unchanged_by_itself(running, path)
    for change, at in (
        ({"publicIp": ips[1]}, "publicIp"),
        ({"sourceSubnet": "everything"}, "sourceSubnet"),
        ({"targetSubnet": "10.0.0.0/99"}, "targetSubnet"),
        ({"protocol": "ICMP"}, "targetPortRange"),
        ({"targetPortRange": {"start": 2, "end": 1}}, "targetPortRange"),
        ({"targetPortRange": {"start": 2}}, "targetPortRange"),
        ({"protocol": "GRE"}, "protocol"),
        ({"type": "DNAT"}, "type"),
    ):
        assert (await refused(running, "PATCH", path, change)).startswith(f"[(root).{at}]")
    await changed(running, "PATCH", path, {"protocol": "ICMP", "targetPortRange": None})
    assert "targetPortRange" not in (await read(running, path))["properties"]
    await changed(running, "DELETE", path)
    await gone(running, path)


async def test_a_contract_has_so_many_gateways(running: Running, place: str, ips: list[str]) -> None:
    contract = (await read(running, "/contracts"))["items"][0]["properties"]["contractNumber"]
    answer = await running.control(
        "PATCH", f"/contracts/{contract}", json={"limits": {"natGatewayLimitTotal": 0}}
    )
    assert answer.status_code == 200, answer.text
    body = {"properties": {"name": "nat", "publicIps": ips[:1]}}
    assert "natGatewayLimitTotal" in await refused(running, "POST", f"{place}/natgateways", body, code="200")
