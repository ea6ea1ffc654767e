"""Requests that take their time: lanes, BUSY and back, failures, and a restart in the middle."""

from __future__ import annotations

from typing import Any

from ionstack.app import application, build_cloud
from ionstack.engine.worker import Worker
from tests.api.conftest import Running

BODY = {"properties": {"name": "one", "location": "de/txl"}}


async def realistic(running: Running) -> int:
    """Let requests of the contract take the time they do in life; its number."""
    number = running.cloud.owner.contract
    answer = await running.control("PATCH", f"/contracts/{number}", json={"profile": "realistic"})
    assert answer.status_code == 200, answer.text
    return number


async def made(running: Running, body: Any = BODY) -> tuple[str, str]:
    answer = await running.api.post("/datacenters", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"]), str(answer.headers["location"])


async def status(running: Running, location: str) -> str:
    return str((await running.api.get(location)).json()["metadata"]["status"])


async def state(running: Running, path: str) -> str:
    return str((await running.api.get(path)).json()["metadata"]["state"])


async def pass_time(running: Running, seconds: float = 30.0) -> None:
    await running.drain()
    running.clock.advance(seconds)
    await running.drain()


async def test_a_request_is_queued_then_runs_then_is_done(running: Running) -> None:
    await realistic(running)
    id, location = await made(running)
    assert await status(running, location) == "QUEUED"
    assert await state(running, f"/datacenters/{id}") == "BUSY"
    await running.drain()
    assert await status(running, location) == "RUNNING"
    running.clock.advance(30)
    await running.drain()
    assert await status(running, location) == "DONE"
    assert await state(running, f"/datacenters/{id}") == "AVAILABLE"


async def test_changes_of_one_datacenter_wait_for_each_other_and_those_of_others_do_not(
    running: Running,
) -> None:
    await realistic(running)
    (first, created), (second, beside) = await made(running), await made(running)
    renamed = await running.api.patch(f"/datacenters/{first}", json={"name": "two"})
    again = await running.api.patch(f"/datacenters/{first}", json={"name": "three"})
    assert (renamed.status_code, again.status_code) == (202, 202)
    await pass_time(running)
    assert [await status(running, one) for one in (created, beside)] == ["DONE", "DONE"]
    assert await status(running, again.headers["location"]) == "QUEUED"
    assert await state(running, f"/datacenters/{first}") == "BUSY"
    assert await state(running, f"/datacenters/{second}") == "AVAILABLE"
    await pass_time(running)
    await pass_time(running)
    assert await status(running, again.headers["location"]) == "DONE"
    assert (await running.api.get(f"/datacenters/{first}")).json()["properties"]["name"] == "three"


async def test_a_lan_keeps_its_datacenter_busy(running: Running) -> None:
    id, _ = await made(running)
    await realistic(running)
    answer = await running.api.post(f"/datacenters/{id}/lans", json={"properties": {"name": "a"}})
    assert await state(running, f"/datacenters/{id}") == "BUSY"
    assert await state(running, f"/datacenters/{id}/lans/1") == "BUSY"
    await pass_time(running)
    assert await status(running, answer.headers["location"]) == "DONE"
    assert await state(running, f"/datacenters/{id}") == "AVAILABLE"
    assert await state(running, f"/datacenters/{id}/lans/1") == "AVAILABLE"


async def test_what_is_being_deleted_can_be_read_but_not_changed(running: Running) -> None:
    id, _ = await made(running)
    await realistic(running)
    answer = await running.api.delete(f"/datacenters/{id}")
    assert await state(running, f"/datacenters/{id}") == "BUSY"
    assert (await running.api.patch(f"/datacenters/{id}", json={"name": "late"})).status_code == 422
    assert (await running.api.post(f"/datacenters/{id}/lans", json={"properties": {}})).status_code == 422
    await pass_time(running)
    assert (await running.api.get(f"/datacenters/{id}")).status_code == 404
    assert await status(running, answer.headers["location"]) == "DONE"


async def test_a_failed_provisioning_stays_for_all_to_see(running: Running) -> None:
    number = running.cloud.owner.contract
    fault = {
        "contract": number,
        "method": "POST",
        "path": "/cloudapi/v6/datacenters",
        "effect": {"provisioning": "FAILED", "message": "[VDC-5-0] no room"},
    }
    assert (await running.control("POST", "/faults", json=fault)).status_code == 201
    id, location = await made(running)
    told = (await running.api.get(location)).json()["metadata"]
    assert (told["status"], told["message"]) == ("FAILED", "[VDC-5-0] no room")
    assert await state(running, f"/datacenters/{id}") == "FAILED"
    _, fine = await made(running)
    assert await status(running, fine) == "DONE"
    assert (await running.api.delete(f"/datacenters/{id}")).status_code == 202
    assert (await running.api.get(f"/datacenters/{id}")).status_code == 404


async def test_another_process_goes_on_where_one_stopped(running: Running) -> None:
    await realistic(running)
    id, location = await made(running, {**BODY, "entities": {"lans": {"items": [{"properties": {}}]}}})
    await running.drain()
    other = await build_cloud(running.cloud.settings, running.clock)
    application(other)
    running.clock.advance(60)
    await Worker(other.engine).drain()
    await other.store.close()
    other.identity.close()
    assert await status(running, location) == "DONE"
    assert await state(running, f"/datacenters/{id}/lans/1") == "AVAILABLE"


async def test_a_contracts_own_clock_moves_its_requests_alone(running: Running) -> None:
    number = await realistic(running)
    _, location = await made(running)
    await running.drain()
    moved = await running.control("PATCH", f"/contracts/{number}", json={"clock": {"advanceSeconds": 3600}})
    assert moved.status_code == 200
    await running.drain()
    assert await status(running, location) == "DONE"


async def test_chaos_lets_a_share_fail(running: Running) -> None:
    number = running.cloud.owner.contract
    await running.control("PATCH", f"/contracts/{number}", json={"profile": "chaos"})
    locations = [(await made(running))[1] for _ in range(80)]
    for _ in range(3):
        await pass_time(running)
    found = {await status(running, location) for location in locations}
    assert found == {"DONE", "FAILED"}


async def test_requests_are_found_as_the_cluster_api_provider_looks_for_them(running: Running) -> None:
    id, _ = await made(running)
    await running.api.patch(f"/datacenters/{id}", json={"name": "two"})
    asked: dict[str, str | int] = {
        "depth": 2,
        "filter.createdAfter": "2025-12-31 23:59:59",
        "filter.method": "POST",
        "filter.url": "/datacenters",
    }
    (found,) = (await running.api.get("/requests", params=asked)).json()["items"]
    assert found["properties"]["method"] == "POST"
    assert found["properties"]["url"].endswith("/cloudapi/v6/datacenters")
    assert '"name"' in found["properties"]["body"]
    told = found["metadata"]["requestStatus"]["metadata"]
    assert told["status"] == "DONE"
    assert told["targets"][0]["target"]["type"] == "datacenter"
    none = await running.api.get("/requests", params={**asked, "filter.createdAfter": "2030-01-01 00:00:00"})
    assert none.json()["items"] == []
