"""LANs, IP blocks and the addresses in them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Running


@pytest.fixture
async def datacenter(running: Running) -> str:
    answer = await running.api.post("/datacenters", json={"properties": {"location": "de/txl"}})
    return f"/datacenters/{answer.json()['id']}"


async def lan(running: Running, datacenter: str, **properties: Any) -> Any:
    answer = await running.api.post(f"{datacenter}/lans", json={"properties": properties})
    assert answer.status_code == 202, answer.text
    return answer.json()


async def test_lans_are_numbered_and_a_number_never_comes_again(running: Running, datacenter: str) -> None:
    assert [(await lan(running, datacenter))["id"] for _ in range(3)] == ["1", "2", "3"]
    assert (await running.api.delete(f"{datacenter}/lans/3")).status_code == 202
    assert (await lan(running, datacenter))["id"] == "4"
    assert (await running.api.get(f"{datacenter}/lans/3")).status_code == 404


async def test_private_lans_have_an_ipv4_block_of_their_own(running: Running, datacenter: str) -> None:
    blocks = [(await lan(running, datacenter))["properties"]["ipv4CidrBlock"] for _ in range(2)]
    assert len(set(blocks)) == 2
    public = await lan(running, datacenter, public=True)
    assert public["properties"]["ipv4CidrBlock"] is None
    assert public["properties"]["ipFailover"] == []


async def test_ipv6_blocks_lie_in_the_datacenters(running: Running, datacenter: str) -> None:
    space = (await running.api.get(datacenter)).json()["properties"]["ipv6CidrBlock"]
    first = (await lan(running, datacenter, ipv6CidrBlock="AUTO"))["properties"]["ipv6CidrBlock"]
    second = (await lan(running, datacenter, ipv6CidrBlock="AUTO"))["properties"]["ipv6CidrBlock"]
    assert first != second
    assert first.endswith("::/64")
    assert first.split(":")[2] == space.split(":")[2]
    for given in (first, "2001:db9::/64", space, "nonsense"):
        answer = await running.api.post(f"{datacenter}/lans", json={"properties": {"ipv6CidrBlock": given}})
        assert answer.status_code == 422
        assert "[(root).properties.ipv6CidrBlock]" in answer.json()["messages"][0]["message"]


async def test_a_lan_of_another_datacenter_is_not_found(running: Running, datacenter: str) -> None:
    await lan(running, datacenter)
    other = (await running.api.post("/datacenters", json={"properties": {"location": "de/txl"}})).json()["id"]
    assert (await running.api.get(f"/datacenters/{other}/lans/1")).status_code == 404


async def test_addresses_are_distinct_and_given_back(running: Running) -> None:
    limits = "/contracts"
    made = [
        (await running.api.post("/ipblocks", json={"properties": {"location": "de/txl", "size": 4}})).json()
        for _ in range(3)
    ]
    addresses = [ip for block in made for ip in block["properties"]["ips"]]
    assert len(set(addresses)) == 12
    used = (await running.api.get(limits)).json()["items"][0]["properties"]["resourceLimits"]
    assert used["reservedIpsOnContract"] == 12
    for block in made:
        assert (await running.api.delete(f"/ipblocks/{block['id']}")).status_code == 202
    used = (await running.api.get(limits)).json()["items"][0]["properties"]["resourceLimits"]
    assert used["reservedIpsOnContract"] == 0


async def test_a_contract_has_only_so_many_addresses(running: Running) -> None:
    number = running.cloud.owner.contract
    await running.control("PATCH", f"/contracts/{number}", json={"limits": {"reservableIps": 5}})
    body = {"properties": {"location": "de/txl", "size": 3}}
    assert (await running.api.post("/ipblocks", json=body)).status_code == 202
    refused = await running.api.post("/ipblocks", json=body)
    assert refused.status_code == 422
    assert "'reservableIps' is 5: 3 in use, 3 more requested" in refused.json()["messages"][0]["message"]


@pytest.mark.parametrize(("name", "value"), [("size", 9), ("location", "de/fra")])
async def test_a_block_stays_as_large_and_where_it_is(running: Running, name: str, value: object) -> None:
    body = {"properties": {"location": "de/txl", "size": 1}}
    block = (await running.api.post("/ipblocks", json=body)).json()["id"]
    refused = await running.api.patch(f"/ipblocks/{block}", json={name: value})
    assert refused.status_code == 422
    assert f"[(root).{name}]" in refused.json()["messages"][0]["message"]
    renamed = await running.api.patch(f"/ipblocks/{block}", json={"name": "front"})
    assert renamed.json()["properties"]["name"] == "front"


async def test_locations(running: Running) -> None:
    listed = (await running.api.get("/locations?depth=1")).json()["items"]
    assert len(listed) == 11
    assert all(one["properties"]["cpuArchitecture"] for one in listed)
    for path in ("/locations/de/fra%2F2", "/locations/de/fra/2"):
        child = (await running.api.get(path)).json()
        assert (child["id"], child["properties"]["metroRegion"]) == ("de/fra/2", "de/fra")
    region = (await running.api.get("/locations/us")).json()
    assert [one["id"] for one in region["items"]] == ["us/las", "us/ewr", "us/mci"]
    assert (await running.api.get("/locations/xx")).status_code == 404
    assert (await running.api.get("/locations/de/xxx")).status_code == 404


async def test_labels(running: Running, datacenter: str) -> None:
    body = {"properties": {"location": "de/txl", "size": 1}}
    block = f"/ipblocks/{(await running.api.post('/ipblocks', json=body)).json()['id']}"
    for path, kind in ((datacenter, "datacenter"), (block, "ipblock")):
        label = {"properties": {"key": "stage", "value": "test"}}
        assert (await running.api.post(f"{path}/labels", json=label)).status_code == 201
        again = await running.api.post(f"{path}/labels", json=label)
        assert again.status_code == 422
        assert "already in use" in again.json()["messages"][0]["message"]
        label["properties"]["value"] = "live"
        assert (await running.api.put(f"{path}/labels/stage", json=label)).status_code == 200
        read = (await running.api.get(f"{path}/labels/stage")).json()
        assert (read["id"], read["properties"]["value"]) == ("stage", "live")
        urn = f"urn:label:{kind}:{path.split('/')[2]}:stage"
        for spelling in (urn, urn.replace(":", "%3A")):
            found = (await running.api.get(f"/labels/{spelling}")).json()
            assert (found["id"], found["properties"]["resourceType"]) == (urn, kind)
    filtered = (await running.api.get("/labels?depth=1&filter.resourceType=ipblock")).json()["items"]
    assert [one["properties"]["resourceType"] for one in filtered] == ["ipblock"]
    gone = await running.api.delete(f"{datacenter}/labels/stage")
    assert (gone.status_code, gone.content) == (200, b"")
    await running.api.delete(block)
    assert (await running.api.get("/labels")).json()["items"] == []


async def test_nobody_sees_what_is_not_theirs(running: Running, datacenter: str) -> None:
    await lan(running, datacenter)
    made = (await running.control("POST", "/contracts", json={})).json()
    other = {"Authorization": f"Bearer {made['token']}"}
    for method, path in (
        ("GET", datacenter), ("PATCH", datacenter), ("DELETE", datacenter), ("GET", f"{datacenter}/lans"),
        ("POST", f"{datacenter}/lans"), ("GET", f"{datacenter}/lans/1"), ("GET", f"{datacenter}/labels"),
    ):  # fmt: skip
        body: Any = {"POST": {"properties": {}}, "PATCH": {"name": "mine"}}.get(method)
        answer = await running.http.request(method, f"/cloudapi/v6{path}", json=body, headers=other)
        assert (answer.status_code, answer.json()["messages"][0]["errorCode"]) == (404, "309")
    assert (await running.http.get("/cloudapi/v6/datacenters", headers=other)).json()["items"] == []
    assert (await running.http.get("/cloudapi/v6/requests", headers=other)).json()["items"] == []
