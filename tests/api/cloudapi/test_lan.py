"""LANs: numbers that never come back, address blocks, and what they refer to."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Any

import pytest

from tests.api.conftest import ROOT, Running

NOWHERE = "4bb0a7ba-0000-4000-8000-000000000000"


async def datacenter(running: Running) -> str:
    return str((await running.make("/datacenters", name="One", location="de/txl"))["id"])


async def read(running: Running, path: str) -> dict[str, Any]:
    answer = await running.api.get(path)
    assert answer.status_code == 200, answer.text
    properties: dict[str, Any] = answer.json()["properties"]
    return properties


async def test_numbers_are_strings_that_count_up_in_each_data_center(running: Running) -> None:
    one, other = await datacenter(running), await datacenter(running)
    first = await running.make(f"/datacenters/{one}/lans", name="front")
    assert first["id"] == "1"
    assert first["type"] == "lan"
    assert first["href"] == f"{ROOT}/cloudapi/v6/datacenters/{one}/lans/1"
    assert first["metadata"]["state"] == "BUSY"
    assert (await running.make(f"/datacenters/{one}/lans"))["id"] == "2"
    assert (await running.make(f"/datacenters/{other}/lans"))["id"] == "1"


async def test_a_number_is_never_used_again(running: Running) -> None:
    id = await datacenter(running)
    for expected in ("1", "2", "3"):
        assert (await running.make(f"/datacenters/{id}/lans"))["id"] == expected
        assert (await running.api.delete(f"/datacenters/{id}/lans/{expected}")).status_code == 202
        assert (await running.api.get(f"/datacenters/{id}/lans/{expected}")).status_code == 404


async def test_a_number_has_one_spelling(running: Running) -> None:
    id = await datacenter(running)
    await running.make(f"/datacenters/{id}/lans")
    for spelling in ("01", "+1", "1.0", "-1", "0", "2", "one", "1%20", "%31%00"):
        answer = await running.api.get(f"/datacenters/{id}/lans/{spelling}")
        assert answer.status_code in (400, 404), spelling


async def test_a_lan_is_found_in_its_own_data_center_alone(running: Running) -> None:
    one, other = await datacenter(running), await datacenter(running)
    await running.make(f"/datacenters/{one}/lans")
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        answer = await running.api.request(method, f"/datacenters/{other}/lans/1", json=body)
        assert answer.status_code == 404
    assert (await running.api.get(f"/datacenters/{other}/lans")).json()["items"] == []


async def test_private_lans_have_a_block_each_and_public_ones_none(running: Running) -> None:
    id = await datacenter(running)
    path = f"/datacenters/{id}/lans"
    for open_to_all in (False, False, True):
        await running.make(path, public=open_to_all)
    one, other, public = [await read(running, f"{path}/{number}") for number in (1, 2, 3)]
    assert one["public"] is False
    blocks = [IPv4Network(lan["ipv4CidrBlock"]) for lan in (one, other)]
    assert not blocks[0].overlaps(blocks[1])
    assert {block.prefixlen for block in blocks} == {24}
    assert (public["public"], public["ipv4CidrBlock"]) == (True, None)
    await running.api.patch(f"{path}/1", json={"public": True})
    assert (await read(running, f"{path}/1"))["ipv4CidrBlock"] is None


async def test_an_automatic_ipv6_block_is_a_64_of_the_data_center(running: Running) -> None:
    id = await datacenter(running)
    space = IPv6Network((await read(running, f"/datacenters/{id}"))["ipv6CidrBlock"])
    blocks = set()
    for _ in range(3):
        lan = await running.make(f"/datacenters/{id}/lans", ipv6CidrBlock="AUTO")
        block = IPv6Network((await read(running, f"/datacenters/{id}/lans/{lan['id']}"))["ipv6CidrBlock"])
        assert block.prefixlen == 64
        assert block.subnet_of(space)
        blocks.add(block)
    assert len(blocks) == 3
    assert (await running.make(f"/datacenters/{id}/lans"))["properties"]["ipv6CidrBlock"] is None


async def test_a_given_ipv6_block_must_fit_and_be_free(running: Running) -> None:
    id = await datacenter(running)
    space = IPv6Network((await read(running, f"/datacenters/{id}"))["ipv6CidrBlock"])
    block = str(list(space.subnets(new_prefix=64))[7])
    lan = await running.make(f"/datacenters/{id}/lans", ipv6CidrBlock=block)
    assert lan["properties"]["ipv6CidrBlock"] == block
    for wrong in (
        block,
        str(space),
        "2001:db9::/64",
        "10.0.0.0/24",
        "auto",
        "",
        "x",
        block.replace("/64", "/65"),
    ):
        answer = await running.api.post(
            f"/datacenters/{id}/lans", json={"properties": {"ipv6CidrBlock": wrong}}
        )
        assert answer.status_code == 422, wrong
        assert "[(root).properties.ipv6CidrBlock]" in answer.json()["messages"][0]["message"]
    same = await running.api.put(f"/datacenters/{id}/lans/1", json={"properties": {"ipv6CidrBlock": block}})
    assert same.status_code == 202
    await running.api.delete(f"/datacenters/{id}/lans/1")
    again = await running.make(f"/datacenters/{id}/lans", ipv6CidrBlock=block)
    assert again["properties"]["ipv6CidrBlock"] == block


async def test_a_block_that_was_left_is_free_for_others(running: Running) -> None:
    id = await datacenter(running)
    space = IPv6Network((await read(running, f"/datacenters/{id}"))["ipv6CidrBlock"])
    one, other = (str(block) for block in list(space.subnets(new_prefix=64))[:2])
    await running.make(f"/datacenters/{id}/lans", ipv6CidrBlock=one)
    assert (
        await running.api.patch(f"/datacenters/{id}/lans/1", json={"ipv6CidrBlock": other})
    ).status_code == 202
    assert (await running.make(f"/datacenters/{id}/lans", ipv6CidrBlock=one))["id"] == "2"
    kept = await running.api.patch(f"/datacenters/{id}/lans/2", json={"ipv6CidrBlock": "AUTO"})
    assert kept.json()["properties"]["ipv6CidrBlock"] == one
    await running.api.put(f"/datacenters/{id}/lans/2", json={"properties": {}})
    assert (await running.make(f"/datacenters/{id}/lans", ipv6CidrBlock=one))["id"] == "3"


async def test_a_cross_connect_must_exist(running: Running) -> None:
    id = await datacenter(running)
    for wrong in (NOWHERE, "x", id):
        answer = await running.api.post(f"/datacenters/{id}/lans", json={"properties": {"pcc": wrong}})
        assert answer.status_code == 422
        assert answer.json()["messages"][0]["message"].startswith("[(root).properties.pcc]")
    assert (await running.api.get(f"/datacenters/{id}/lans")).json()["items"] == []


async def test_patch_changes_what_it_names_and_put_replaces(running: Running) -> None:
    id = await datacenter(running)
    path = f"/datacenters/{id}/lans/1"
    await running.make(f"/datacenters/{id}/lans", name="front", public=True)
    patched = await running.api.patch(path, json={"name": "back"})
    assert (patched.status_code, patched.json()["properties"]["public"]) == (202, True)
    assert (await read(running, path))["name"] == "back"
    assert (await running.api.put(path, json={"properties": {"public": True}})).status_code == 202
    assert "name" not in await read(running, path)
    before = await read(running, path)
    assert (await running.api.put(path, json={"properties": before})).status_code == 202
    assert await read(running, path) == before


async def test_every_change_counts_up_the_data_centers_version(running: Running) -> None:
    id = await datacenter(running)
    versions = [(await read(running, f"/datacenters/{id}"))["version"]]
    await running.make(f"/datacenters/{id}/lans")
    versions.append((await read(running, f"/datacenters/{id}"))["version"])
    await running.api.patch(f"/datacenters/{id}/lans/1", json={"name": "x"})
    versions.append((await read(running, f"/datacenters/{id}"))["version"])
    await running.api.delete(f"/datacenters/{id}/lans/1")
    versions.append((await read(running, f"/datacenters/{id}"))["version"])
    assert versions == sorted(set(versions))


@pytest.mark.parametrize("depth", [0, 1, 2, 5, 10])
async def test_its_interfaces_are_a_collection_of_its_own(alone: Running, depth: int) -> None:
    id = await datacenter(alone)
    await alone.make(f"/datacenters/{id}/lans")
    body = (await alone.api.get(f"/datacenters/{id}/lans/1?depth={depth}")).json()
    nics = body["entities"]["nics"]
    assert (nics["id"], nics["type"]) == ("1/nics", "collection")
    assert nics["href"] == f"{ROOT}/cloudapi/v6/datacenters/{id}/lans/1/nics"
    assert nics.get("items", []) == []
