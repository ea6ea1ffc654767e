"""Ordered faults: the calls they hit, how often, and what becomes of them."""

from __future__ import annotations

import asyncio
from typing import Any

from ionstack.control.faults import statuses
from tests.api.conftest import Running
from tests.api.control.conftest import Tenant

DATACENTER = {"properties": {"name": "One", "location": "de/txl"}}


async def order(running: Running, tenant: Tenant, **fault: Any) -> dict[str, Any]:
    answer = await running.control("POST", "/faults", json={"contract": tenant.number, **fault})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def statuses_of(tenant: Tenant, calls: int) -> list[int]:
    return [(await tenant.api.get("/datacenters")).status_code for _ in range(calls)]


async def test_every_status_can_be_ordered(running: Running, tenant: Tenant) -> None:
    for status in statuses():
        await order(running, tenant, effect={"status": status, "message": "by order"})
        answer = await tenant.api.get("/datacenters")
        assert (answer.status_code, answer.json()["httpStatus"]) == (status, status)
        assert "by order" in answer.text
        assert (await tenant.api.get("/datacenters")).status_code == 200


async def test_it_lets_some_pass_then_hits_some_then_is_used_up(running: Running, tenant: Tenant) -> None:
    await order(running, tenant, skip=1, times=2, effect={"status": 500})
    assert await statuses_of(tenant, 4) == [200, 500, 500, 200]
    assert (await running.control("GET", "/faults")).json()["items"] == []


async def test_a_500_names_the_call_and_nothing_else(running: Running, tenant: Tenant) -> None:
    await order(running, tenant, effect={"status": 500})
    answer = await tenant.api.get("/datacenters")
    (message,) = answer.json()["messages"]
    assert answer.headers["x-request-id"] in message["message"]


async def test_it_says_when_to_come_back(running: Running, tenant: Tenant) -> None:
    for status in (429, 503):
        await order(running, tenant, effect={"status": status, "retryAfter": 7})
        answer = await tenant.api.get("/datacenters")
        assert (answer.status_code, answer.headers["retry-after"]) == (status, "7")


async def test_it_hits_the_method_and_path_it_is_meant_for(running: Running, tenant: Tenant) -> None:
    await order(running, tenant, method="GET", path="/cloudapi/v6/datacenters/*", effect={"status": 503})
    made = await tenant.api.post("/datacenters", json=DATACENTER)
    id = made.json()["id"]
    assert (await tenant.api.get("/datacenters")).status_code == 200
    assert (await tenant.api.get(f"/datacenters/{id}/lans")).status_code == 200
    assert (await tenant.api.get(f"/datacenters/{id}")).status_code == 503


async def test_two_stars_reach_any_depth(running: Running, tenant: Tenant) -> None:
    await order(running, tenant, path="/cloudapi/v6/**", effect={"status": 503})
    id = "00000000-0000-0000-0000-000000000000"
    assert (await tenant.api.get(f"/datacenters/{id}/lans")).status_code == 503


async def test_no_other_contract_is_hit(running: Running, tenant: Tenant) -> None:
    await order(running, tenant, effect={"status": 503})
    assert (await running.api.get("/datacenters")).status_code == 200
    assert (await tenant.api.get("/datacenters")).status_code == 503


async def test_faults_that_wait_for_the_same_calls_take_turns(running: Running, tenant: Tenant) -> None:
    await order(running, tenant, effect={"status": 503})
    await order(running, tenant, skip=2, effect={"status": 500})
    assert await statuses_of(tenant, 4) == [503, 200, 500, 200]


async def test_provisioning_fails_with_the_message_and_leaves_the_resource(
    running: Running, tenant: Tenant
) -> None:
    await order(running, tenant, effect={"provisioning": "FAILED", "message": "no capacity"})
    assert (await tenant.api.get("/datacenters")).status_code == 200, "reading does not use it up"
    made = await tenant.api.post("/datacenters", json=DATACENTER)
    assert made.status_code == 202
    await running.drain()
    status = (await tenant.api.get(made.headers["location"])).json()["metadata"]
    assert (status["status"], status["message"]) == ("FAILED", "no capacity")
    left = await tenant.api.get(f"/datacenters/{made.json()['id']}")
    assert left.json()["metadata"]["state"] not in ("BUSY", "AVAILABLE")
    assert (await tenant.api.post("/datacenters", json=DATACENTER)).status_code == 202


async def test_provisioning_waits(running: Running, tenant: Tenant) -> None:
    await order(running, tenant, method="POST", effect={"delaySeconds": 60})
    made = await tenant.api.post("/datacenters", json=DATACENTER)
    await running.drain()
    assert (await tenant.api.get(made.headers["location"])).json()["metadata"]["status"] == "RUNNING"
    running.clock.advance(61)
    await running.drain()
    assert (await tenant.api.get(made.headers["location"])).json()["metadata"]["status"] == "DONE"


async def test_calls_at_once_use_it_up_exactly(running: Running, tenant: Tenant) -> None:
    await order(running, tenant, times=5, effect={"status": 503})
    answers = await asyncio.gather(*(tenant.api.get("/datacenters") for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 15 + [503] * 5


async def test_faults_are_listed_and_dropped(running: Running, tenant: Tenant) -> None:
    one = await order(running, tenant, method="POST", times=3, effect={"status": 429, "retryAfter": 1})
    two = await order(running, tenant, path="/x", effect={"status": 503})
    listed = (await running.control("GET", f"/faults?contract={tenant.number}")).json()["items"]
    assert listed == [one, two]
    assert one == {
        "id": one["id"], "contract": tenant.number, "method": "POST", "path": None, "skip": 0, "times": 3,
        "effect": {"status": 429, "retryAfter": 1},
    }  # fmt: skip
    assert (await running.control("DELETE", f"/faults/{one['id']}")).status_code == 204
    assert (await running.control("DELETE", f"/faults/{one['id']}")).status_code == 404
    assert (await running.control("GET", "/faults?contract=1")).json()["items"] == []
    assert (await running.control("DELETE", "/faults")).status_code == 204
    assert (await running.control("GET", "/faults")).json()["items"] == []


async def test_a_fault_for_nobody_is_404(running: Running) -> None:
    answer = await running.control("POST", "/faults", json={"contract": 12, "effect": {"status": 503}})
    assert answer.status_code == 404
    assert (await running.control("GET", "/faults")).json()["items"] == []


async def test_a_bad_order_is_422(running: Running, tenant: Tenant) -> None:
    orders: list[dict[str, Any]] = [
        {}, {"effect": {}}, {"effect": {"status": 200}}, {"effect": {"status": 503, "provisioning": "FAILED"}},
        {"effect": {"status": 503, "delaySeconds": 1}}, {"effect": {"status": 500, "retryAfter": 1}},
        {"effect": {"message": "only words"}}, {"effect": {"delaySeconds": -1}}, {"effect": {"nosuch": 1}},
        {"effect": {"status": 503}, "times": 0}, {"effect": {"status": 503}, "skip": -1},
        {"effect": {"status": 503}, "method": "get"}, {"effect": {"status": 503}, "nosuch": 1},
    ]  # fmt: skip
    for fault in orders:
        answer = await running.control("POST", "/faults", json={"contract": tenant.number, **fault})
        assert answer.status_code == 422, fault
    assert (await running.control("GET", "/faults")).json()["items"] == []
