"""IP blocks: public addresses, of which none is given twice."""

from __future__ import annotations

from ipaddress import IPv4Address

from tests.api.conftest import ROOT, Running


async def used(running: Running) -> int:
    (contract,) = (await running.api.get("/contracts")).json()["items"]
    return int(contract["properties"]["resourceLimits"]["reservedIpsOnContract"])


async def test_addresses_are_in_the_first_answer(running: Running) -> None:
    block = await running.make("/ipblocks", name="pool", location="de/fra", size=3)
    assert block["href"] == f"{ROOT}/cloudapi/v6/ipblocks/{block['id']}"
    assert (block["type"], block["metadata"]["state"]) == ("ipblock", "BUSY")
    assert len({IPv4Address(ip) for ip in block["properties"]["ips"]}) == 3
    read = (await running.api.get(f"/ipblocks/{block['id']}")).json()
    assert read["metadata"]["state"] == "AVAILABLE"
    assert read["properties"] == block["properties"]
    assert read["properties"]["ipConsumers"] == []


async def test_no_address_is_given_twice(running: Running) -> None:
    other = (await running.control("POST", "/contracts", json={})).json()
    bearer = {"Authorization": f"Bearer {other['token']}"}
    given: list[str] = []
    for _ in range(3):
        for location in ("de/fra", "de/txl"):
            given += (await running.make("/ipblocks", location=location, size=20))["properties"]["ips"]
            body = {"properties": {"location": location, "size": 20}}
            foreign = await running.http.post("/cloudapi/v6/ipblocks", json=body, headers=bearer)
            given += foreign.json()["properties"]["ips"]
    assert len(set(given)) == len(given) == 240


async def test_what_is_deleted_is_given_back(running: Running) -> None:
    limit = {"limits": {"reservableIps": 8}}
    await running.control("PATCH", f"/contracts/{running.cloud.owner.contract}", json=limit)
    for _ in range(3):
        block = await running.make("/ipblocks", location="de/fra", size=8)
        assert await used(running) == 8
        assert (await running.api.delete(f"/ipblocks/{block['id']}")).status_code == 202
        assert (await running.api.get(f"/ipblocks/{block['id']}")).status_code == 404
        assert await used(running) == 0


async def test_the_contracts_limit_is_not_exceeded_by_one(running: Running) -> None:
    limit = {"limits": {"reservableIps": 5}}
    await running.control("PATCH", f"/contracts/{running.cloud.owner.contract}", json=limit)
    await running.make("/ipblocks", location="de/fra", size=3)
    refused = await running.api.post("/ipblocks", json={"properties": {"location": "de/fra", "size": 3}})
    assert refused.status_code == 422
    (message,) = refused.json()["messages"]
    assert message["errorCode"] == "200"
    assert "reservableIps" in message["message"]
    assert await used(running) == 3
    await running.make("/ipblocks", location="de/txl", size=2)
    assert await used(running) == 5


async def test_location_and_size_cannot_change(running: Running) -> None:
    block = await running.make("/ipblocks", name="pool", location="de/fra", size=2)
    path = f"/ipblocks/{block['id']}"
    for name, value in (("location", "de/txl"), ("size", 3)):
        refused = await running.api.patch(path, json={name: value})
        assert refused.status_code == 422
        assert refused.json()["messages"][0]["message"].startswith(f"[(root).{name}]")
    both = await running.api.put(path, json={"properties": {"location": "de/txl", "size": 3}})
    assert len(both.json()["messages"]) == 2
    assert (await running.api.patch(path, json={"name": "other"})).status_code == 202
    same = {"properties": {"name": "third", "location": "de/fra", "size": 2}}
    assert (await running.api.put(path, json=same)).status_code == 202
    read = (await running.api.get(path)).json()["properties"]
    assert read == {**block["properties"], "name": "third"}


async def test_bad_wishes_take_no_address(running: Running) -> None:
    for properties in (
        {}, {"location": "de/fra"}, {"size": 1}, {"location": "de/fra", "size": 0}, {"location": "xx", "size": 1},
        {"location": "de/fra", "size": -1}, {"location": "de/fra", "size": 2**31}, {"location": "de/fra", "size": 1.5},
        {"location": "de/fra", "size": "1"}, {"location": "de/fra", "size": True}, {"location": 1, "size": 1},
        {"location": "de/fra", "size": 2**31 - 1},
    ):  # fmt: skip
        answer = await running.api.post("/ipblocks", json={"properties": properties})
        assert answer.status_code == 422, properties
    assert (await running.api.get("/ipblocks")).json()["items"] == []
    assert await used(running) == 0


async def test_addresses_sent_are_not_taken_for_given(running: Running) -> None:
    body = {"location": "de/fra", "size": 1, "ips": ["8.8.8.8"], "ipConsumers": [{"ip": "8.8.8.8"}]}
    block = await running.make("/ipblocks", **body)
    assert "8.8.8.8" not in str(block)


async def test_pages_are_of_a_hundred(alone: Running) -> None:
    body = (await alone.api.get("/ipblocks")).json()
    assert (body["offset"], body["limit"]) == (0, 100)
    assert (await alone.api.get("/ipblocks?limit=5000")).json()["limit"] == 1000
