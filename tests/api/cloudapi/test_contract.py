"""Contracts: one for each caller, with limits and what is used of them."""

from __future__ import annotations

from typing import Any

from tests.api.conftest import ROOT, USERNAME, Running


async def contract(running: Running, query: str = "") -> dict[str, Any]:
    answer = await running.api.get(f"/contracts{query}")
    assert answer.status_code == 200
    (item,) = answer.json()["items"]
    assert item["type"] == "contract"
    properties: dict[str, Any] = item["properties"]
    return properties


async def test_the_callers_contract_is_shown_at_every_depth(running: Running) -> None:
    body = (await running.api.get("/contracts")).json()
    assert body["href"] == f"{ROOT}/cloudapi/v6/contracts"
    for query in ("", "?depth=0", "?depth=1", "?depth=10", "?pretty=true"):
        shown = await contract(running, query)
        assert shown["contractNumber"] == running.cloud.owner.contract
        assert (shown["owner"], shown["status"]) == (USERNAME, "BILLABLE")
        assert shown["resourceLimits"]["coresPerServer"] == 62


async def test_every_limit_is_a_whole_number(running: Running) -> None:
    limits = (await contract(running))["resourceLimits"]
    assert len(limits) >= 25
    assert all(type(value) is int for value in limits.values())
    assert all(value == 0 for name, value in limits.items() if name.endswith("Provisioned"))


async def test_what_is_used_follows_what_is_made_and_deleted(running: Running) -> None:
    datacenter = (await running.make("/datacenters", location="de/txl"))["id"]
    volumes = f"/datacenters/{datacenter}/volumes"
    volume = await running.make(volumes, size=10, type="HDD", licenceType="OTHER")
    await running.make(f"/datacenters/{datacenter}/servers", cores=2, ram=2048)
    await running.make("/ipblocks", location="de/txl", size=4)
    limits = (await contract(running))["resourceLimits"]
    assert limits["hddVolumeProvisioned"] == 10 * 1024
    assert (limits["coresProvisioned"], limits["ramProvisioned"]) == (2, 2048)
    assert limits["reservedIpsOnContract"] == 4
    await running.api.delete(f"{volumes}/{volume['id']}")
    assert (await contract(running))["resourceLimits"]["hddVolumeProvisioned"] == 0
    await running.api.delete(f"/datacenters/{datacenter}")
    limits = (await contract(running))["resourceLimits"]
    assert (limits["coresProvisioned"], limits["reservedIpsOnContract"]) == (0, 4)


async def test_changed_limits_are_shown_at_once(running: Running) -> None:
    wish = {"limits": {"reservableIps": 7}}
    await running.control("PATCH", f"/contracts/{running.cloud.owner.contract}", json=wish)
    assert (await contract(running))["resourceLimits"]["reservableIps"] == 7


async def test_filters_apply(alone: Running) -> None:
    for query, count in (("owner=EXAMPLE", 1), ("owner=nobody", 0), ("status=billable", 1), ("nosuch=1", 0)):
        items = (await alone.api.get(f"/contracts?filter.{query}")).json()["items"]
        assert len(items) == count, query
