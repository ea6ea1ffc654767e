"""Security groups: rules, members, the default group, limits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.cloudapi.calls import changed, datacenter, gone, made, read, refused, unchanged_by_itself
from tests.api.conftest import Running


@pytest.fixture
def running(alone: Running) -> Running:
    """Rules do not depend on the store; the stories of `test_workflows` are told on both."""
    return alone


RULE = {"properties": {"protocol": "TCP", "portRangeStart": 22, "portRangeEnd": 22}}


@pytest.fixture
async def place(running: Running) -> str:
    return await datacenter(running)


async def group(running: Running, place: str, name: str = "web", **entities: Any) -> str:
    body = {"properties": {"name": name}, "entities": entities}
    return str((await made(running, f"{place}/securitygroups", body))["id"])


async def server_with_nic(running: Running, place: str) -> tuple[str, str]:
    """The paths of a server and its network interface."""
    nics = {"items": [{"properties": {"lan": 1}}]}
    body = {"properties": {"cores": 1, "ram": 1024}, "entities": {"nics": nics}}
    path = f"{place}/servers/{(await made(running, f'{place}/servers', body))['id']}"
    (nic,) = (await read(running, f"{path}/nics"))["items"]
    return path, f"{path}/nics/{nic['id']}"


async def test_a_group_lives_and_goes(running: Running, place: str) -> None:
    id = await group(running, place, rules={"items": [RULE]})
    path = f"{place}/securitygroups/{id}"
    whole = await read(running, f"{path}?depth=2")
    assert (whole["type"], whole["properties"]) == ("security-group", {"name": "web"})
    (rule,) = whole["entities"]["rules"]["items"]
    assert rule["type"] == "firewall-rule"
    assert rule["href"].endswith(f"{path}/rules/{rule['id']}")
    await unchanged_by_itself(running, path)
    await changed(running, "PATCH", path, {"description": "all of it"})
    assert (await read(running, path))["properties"] == {"name": "web", "description": "all of it"}
    inside = (await read(running, f"{place}?depth=2"))["entities"]["securitygroups"]["items"]
    assert [one["id"] for one in inside] == [id]
    await changed(running, "DELETE", path)
    await gone(running, path)
    await gone(running, f"{path}/rules/{rule['id']}")


async def test_rules_are_those_of_firewalls(running: Running, place: str) -> None:
    rules = f"{place}/securitygroups/{await group(running, place)}/rules"
    created = await made(running, rules, RULE, status=200)
    path = f"{rules}/{created['id']}"
    assert (await read(running, path))["properties"]["ipVersion"] == "IPv4"
    await unchanged_by_itself(running, path)
    await changed(running, "PATCH", path, {"portRangeEnd": 23})
    assert (await refused(running, "PATCH", path, {"portRangeEnd": 1})).startswith("[(root).portRangeStart]")
    body = {"properties": {"protocol": "ICMP", "portRangeStart": 1, "portRangeEnd": 1}}
    assert (await refused(running, "POST", rules, body)).startswith("[(root).properties.portRangeStart]")
    await changed(running, "DELETE", path)
    await gone(running, path)


async def test_servers_and_interfaces_choose_their_groups(running: Running, place: str) -> None:
    one, two = await group(running, place, "one"), await group(running, place, "two")
    server, nic = await server_with_nic(running, place)
    for member, kind in ((server, "servers"), (nic, "nics")):
        answer = await changed(running, "PUT", f"{member}/securitygroups?depth=1", {"ids": [one, two]}, 200)
        assert answer["type"] == "collection"
        assert [item["properties"]["name"] for item in answer["items"]] == ["one", "two"]
        shown = (await read(running, f"{member}?depth=2"))["entities"]["securitygroups"]["items"]
        assert {item["id"] for item in shown} == {one, two}
        assert "items" not in shown[0]["entities"]["servers"]
        whole = await read(running, f"{place}/securitygroups/{one}?depth=10")
        assert [item["id"] for item in whole["entities"][kind]["items"]] == [member.rsplit("/", 1)[1]]
    await read(running, f"{place}?depth=10")
    assert "in use" in await refused(running, "DELETE", f"{place}/securitygroups/{one}", code="200")
    for member in (server, nic):
        await changed(running, "PUT", f"{member}/securitygroups", {"ids": [two]}, 200)
    await changed(running, "DELETE", f"{place}/securitygroups/{one}")
    await changed(running, "PATCH", nic, {"name": "still"})
    await changed(running, "DELETE", server)
    await changed(running, "DELETE", f"{place}/securitygroups/{two}")


async def test_only_groups_of_the_data_center_are_chosen(running: Running, place: str) -> None:
    elsewhere = await group(running, await datacenter(running))
    server, nic = await server_with_nic(running, place)
    for member in (server, nic):
        for ids in ([elsewhere], ["4bb0a7ba-0000-4000-8000-000000000000"]):
            message = await refused(running, "PUT", f"{member}/securitygroups", {"ids": ids})
            assert message.startswith("[(root).ids]")
        message = await refused(running, "PUT", f"{member}/securitygroups", {"ids": ["web"]})
        assert message.startswith("[(root).ids.[0]]")
        message = await refused(running, "PUT", f"{member}/securitygroups", {})
        assert message.startswith("[(root).ids]")
        assert (await running.api.put(f"{member}0/securitygroups", json={"ids": []})).status_code == 404


async def test_the_default_group_of_a_data_center(running: Running) -> None:
    body = {"properties": {"location": "de/txl", "createDefaultSecurityGroup": True}}
    place = f"/datacenters/{(await made(running, '/datacenters', body))['id']}"
    (first,) = (await read(running, f"{place}/securitygroups"))["items"]
    properties = (await read(running, place))["properties"]
    assert properties["defaultSecurityGroupId"] == first["id"]
    assert "createDefaultSecurityGroup" not in properties
    path = f"{place}/securitygroups/{first['id']}"
    assert "in use" in await refused(running, "DELETE", path, code="200")

    other = await group(running, place)
    await changed(running, "PATCH", place, {"defaultSecurityGroupId": other})
    await changed(running, "DELETE", path)
    both = {"defaultSecurityGroupId": other, "createDefaultSecurityGroup": True}
    assert "createDefaultSecurityGroup" in await refused(running, "PATCH", place, both)
    elsewhere = await group(running, await datacenter(running))
    message = await refused(running, "PATCH", place, {"defaultSecurityGroupId": elsewhere})
    assert message.startswith("[(root).defaultSecurityGroupId]")
    await changed(running, "PATCH", place, {"defaultSecurityGroupId": ""})
    assert "defaultSecurityGroupId" not in (await read(running, place))["properties"]
    await changed(running, "DELETE", f"{place}/securitygroups/{other}")
    await changed(running, "PATCH", place, {"createDefaultSecurityGroup": True})
    assert (await read(running, place))["properties"]["defaultSecurityGroupId"]
    await changed(running, "DELETE", place)
    await gone(running, place)


async def test_limits_of_the_contract(running: Running, place: str) -> None:
    contract = (await read(running, "/contracts"))["items"][0]["properties"]["contractNumber"]
    names = ("securityGroupsPerVdc", "securityGroupsPerResource", "rulesPerSecurityGroup")
    limits = {"limits": dict(zip(names, (2, 1, 1), strict=True))}
    answer = await running.control("PATCH", f"/contracts/{contract}", json=limits)
    assert answer.status_code == 200, answer.text
    ids = [await group(running, place), await group(running, place)]
    body = {"properties": {"name": "x"}}
    assert names[0] in await refused(running, "POST", f"{place}/securitygroups", body, code="200")
    server, _ = await server_with_nic(running, place)
    message = await refused(running, "PUT", f"{server}/securitygroups", {"ids": ids}, code="200")
    assert names[1] in message
    rules = f"{place}/securitygroups/{ids[0]}/rules"
    await made(running, rules, RULE, status=200)
    assert names[2] in await refused(running, "POST", rules, RULE, code="200")


@pytest.mark.parametrize(
    ("change", "at"), [({"name": "x" * 61}, "name"), ({"description": "x" * 301}, "description")]
)
async def test_a_group_that_cannot_be(running: Running, place: str, change: Any, at: str) -> None:
    body = {"properties": {"name": "web", **change}}
    message = await refused(running, "POST", f"{place}/securitygroups", body)
    assert message.startswith(f"[(root).properties.{at}]")
