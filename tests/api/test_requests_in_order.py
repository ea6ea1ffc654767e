"""Requests that take their time: states on the way, order in a data center, failure, restart, clocks."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import Running, settings, up

LONG = 60.0
"""World seconds that end any change of the realistic profile."""


@pytest.fixture
async def slow(running: Running) -> Running:
    """A cloud whose first contract is as slow as life."""
    await profile(running, "realistic")
    return running


async def profile(running: Running, name: str) -> None:
    answer = await running.control(
        "PATCH", f"/contracts/{running.cloud.owner.contract}", json={"profile": name}
    )
    assert answer.status_code == 200, answer.text


async def send(running: Running, method: str, path: str, body: Any = None) -> tuple[dict[str, Any], str]:
    """An accepted change: its body and the address of its status."""
    answer = await running.api.request(method, path, json=body)
    assert answer.status_code == 202, answer.text
    return (answer.json() if answer.content else {}), answer.headers["location"]


async def datacenter(running: Running, name: str = "One") -> tuple[str, str]:
    body, status = await send(
        running, "POST", "/datacenters", {"properties": {"name": name, "location": "de/txl"}}
    )
    return f"/datacenters/{body['id']}", status


async def word(running: Running, status: str) -> str:
    answer = await running.api.get(status)
    assert answer.status_code == 200
    return str(answer.json()["metadata"]["status"])


async def state(running: Running, path: str) -> str:
    answer = await running.api.get(path)
    return str(answer.json()["metadata"]["state"]) if answer.status_code == 200 else str(answer.status_code)


async def pass_time(running: Running, seconds: float = LONG) -> None:
    """Let what is queued begin, time pass, and what is then due end."""
    await running.drain()
    running.clock.advance(seconds)
    await running.drain()


async def settled(running: Running, times: int = 20) -> None:
    """Let everything that was asked for come about."""
    for _ in range(times):
        await pass_time(running)


async def test_a_creation_is_queued_then_running_then_done(slow: Running) -> None:
    path, status = await datacenter(slow)
    assert (await word(slow, status), await state(slow, path)) == ("QUEUED", "BUSY")
    message = (await slow.api.get(status)).json()["metadata"]["message"]
    assert message
    await slow.drain()
    assert (await word(slow, status), await state(slow, path)) == ("RUNNING", "BUSY")
    slow.clock.advance(1)
    await slow.drain()
    assert await word(slow, status) == "RUNNING"
    slow.clock.advance(LONG)
    assert await word(slow, status) == "RUNNING"  # reading moves nothing
    await slow.drain()
    assert (await word(slow, status), await state(slow, path)) == ("DONE", "AVAILABLE")


async def test_the_etag_of_a_request_follows_its_progress(slow: Running) -> None:
    _, status = await datacenter(slow)
    seen = []
    for seconds in (0.0, 0.0, LONG):
        seen.append((await slow.api.get(status)).json()["metadata"]["etag"])
        slow.clock.advance(seconds)
        await slow.drain()
    seen.append((await slow.api.get(status)).json()["metadata"]["etag"])
    assert len(set(seen)) == 3  # as accepted, running, done


async def test_the_data_center_is_busy_with_what_is_in_it(slow: Running) -> None:
    path, _ = await datacenter(slow)
    await pass_time(slow)
    await send(slow, "POST", f"{path}/lans", {"properties": {}})
    assert (await state(slow, path), await state(slow, f"{path}/lans/1")) == ("BUSY", "BUSY")
    await pass_time(slow)
    assert (await state(slow, path), await state(slow, f"{path}/lans/1")) == ("AVAILABLE", "AVAILABLE")
    _, status = await send(slow, "PATCH", f"{path}/lans/1", {"name": "new"})
    assert (await state(slow, path), await state(slow, f"{path}/lans/1")) == ("BUSY", "BUSY")
    assert (await slow.api.get(f"{path}/lans/1")).json()["properties"]["name"] == "new"
    await pass_time(slow)
    assert (await word(slow, status), await state(slow, path)) == ("DONE", "AVAILABLE")


async def test_changes_of_what_is_busy_wait_in_order(slow: Running) -> None:
    path, first = await datacenter(slow)
    statuses = [first]
    for number in range(3):
        _, status = await send(slow, "PATCH", path, {"name": f"name {number}"})
        statuses.append(status)
    _, status = await send(slow, "POST", f"{path}/lans", {"properties": {}})
    statuses.append(status)
    for done in range(len(statuses)):
        await slow.drain()
        words = [await word(slow, one) for one in statuses]
        assert words == ["DONE"] * done + ["RUNNING"] + ["QUEUED"] * (len(statuses) - done - 1)
        assert await state(slow, path) == "BUSY"
        slow.clock.advance(LONG)
    await slow.drain()
    assert [await word(slow, one) for one in statuses] == ["DONE"] * len(statuses)
    assert await state(slow, path) == "AVAILABLE"
    assert (await slow.api.get(path)).json()["properties"]["name"] == "name 2"


async def test_data_centers_do_not_wait_for_each_other(slow: Running) -> None:
    made = [await datacenter(slow, name) for name in "abc"]
    for path, _ in made:
        await send(slow, "PATCH", path, {"name": "changed"})
    await slow.drain()
    assert [await word(slow, status) for _, status in made] == ["RUNNING"] * 3
    slow.clock.advance(LONG)
    await slow.drain()
    assert [await word(slow, status) for _, status in made] == ["DONE"] * 3


async def test_a_deletion_follows_the_changes_before_it(slow: Running) -> None:
    path, _ = await datacenter(slow)
    _, patched = await send(slow, "PATCH", path, {"name": "last words"})
    _, deleted = await send(slow, "DELETE", path)
    refused = await slow.api.patch(path, json={"name": "too late"})
    assert refused.status_code == 422
    assert (await slow.api.post(f"{path}/lans", json={"properties": {}})).status_code == 422
    await pass_time(slow)
    await pass_time(slow)
    assert (await word(slow, patched), await word(slow, deleted)) == ("DONE", "RUNNING")
    assert await state(slow, path) == "BUSY"
    await pass_time(slow)
    assert (await word(slow, deleted), await state(slow, path)) == ("DONE", "404")
    assert (await slow.api.get("/datacenters")).json()["items"] == []


async def test_a_deletion_takes_the_inside_when_it_is_done_not_before(slow: Running) -> None:
    path, _ = await datacenter(slow)
    await send(slow, "POST", f"{path}/lans", {"properties": {}})
    await settled(slow, 3)
    await send(slow, "DELETE", path)
    assert await state(slow, path) == "BUSY"
    assert (await slow.api.get(f"{path}/lans/1")).status_code == 200
    assert (await slow.api.patch(f"{path}/lans/1", json={"name": "too late"})).status_code == 422
    await pass_time(slow)
    assert (await state(slow, path), await state(slow, f"{path}/lans/1")) == ("404", "404")


async def test_an_ordered_failure_stays_for_all_to_see(slow: Running) -> None:
    contract = slow.cloud.owner.contract
    effect = {"provisioning": "FAILED", "message": "[VDC-5-9] no room"}
    await slow.control("POST", "/faults", json={"contract": contract, "effect": effect})
    path, status = await datacenter(slow)
    _, later = await send(slow, "PATCH", path, {"name": "Two"})
    await pass_time(slow)
    body = (await slow.api.get(status)).json()["metadata"]
    assert (body["status"], body["message"]) == ("FAILED", "[VDC-5-9] no room")
    assert [target["status"] for target in body["targets"]] == ["FAILED"]
    await pass_time(slow)  # the next one goes on where the failed one stopped, and mends it
    assert (await word(slow, later), await state(slow, path)) == ("DONE", "AVAILABLE")


async def test_a_failure_marks_what_failed_and_leaves_it(running: Running) -> None:
    contract = running.cloud.owner.contract
    for method in ("POST", "DELETE"):
        fault = {"contract": contract, "method": method, "effect": {"provisioning": "FAILED"}}
        await running.control("POST", "/faults", json=fault)
    path, status = await datacenter(running)
    assert (await word(running, status), await state(running, path)) == ("FAILED", "FAILED")
    _, status = await send(running, "DELETE", path)
    assert (await word(running, status), await state(running, path)) == ("FAILED", "FAILED")
    _, status = await send(running, "DELETE", path)
    assert (await word(running, status), await state(running, path)) == ("DONE", "404")


async def test_a_fault_delays_even_at_once(running: Running) -> None:
    fault = {"contract": running.cloud.owner.contract, "effect": {"delaySeconds": 300}}
    await running.control("POST", "/faults", json=fault)
    path, status = await datacenter(running)
    await pass_time(running, 290)
    assert (await word(running, status), await state(running, path)) == ("RUNNING", "BUSY")
    _, behind = await send(running, "PATCH", path, {"name": "Two"})
    assert await word(running, behind) == "QUEUED"
    await pass_time(running, 11)
    assert (await word(running, status), await word(running, behind)) == ("DONE", "DONE")


async def test_a_restart_in_the_middle_changes_nothing(tmp_path: Path, database: str | None) -> None:
    chosen = settings(tmp_path, database, profile="realistic")
    async with up(chosen) as before:
        path, running = await datacenter(before)
        other, _ = await datacenter(before)
        _, queued = await send(before, "PATCH", path, {"name": "Two"})
        await before.drain()
        assert (await word(before, running), await word(before, queued)) == ("RUNNING", "QUEUED")
    async with up(chosen, before.clock) as after:
        assert (await word(after, running), await word(after, queued)) == ("RUNNING", "QUEUED")
        assert await state(after, path) == "BUSY"
        await settled(after, 2)
        assert (await word(after, running), await word(after, queued)) == ("DONE", "DONE")
        assert (await state(after, path), await state(after, other)) == ("AVAILABLE", "AVAILABLE")
        assert (await after.api.get(path)).json()["properties"]["name"] == "Two"
        assert len((await after.api.get("/requests")).json()["items"]) == 3


async def test_two_workers_do_everything_once(slow: Running) -> None:
    made = [await datacenter(slow, str(number)) for number in range(4)]
    for _ in range(3):
        await asyncio.gather(slow.drain(), slow.drain(), slow.drain())
        slow.clock.advance(LONG)
    assert {await word(slow, status) for _, status in made} == {"DONE"}
    versions = {(await slow.api.get(path)).json()["properties"]["version"] for path, _ in made}
    assert len(versions) == 1


async def test_a_contracts_clock_moves_its_requests_alone(slow: Running) -> None:
    path, status = await datacenter(slow)
    other = (await slow.control("POST", "/contracts", json={"profile": "realistic"})).json()
    bearer = {"Authorization": f"Bearer {other['token']}"}
    body = {"properties": {"location": "de/txl"}}
    foreign = await slow.http.post("/cloudapi/v6/datacenters", json=body, headers=bearer)
    await slow.drain()
    now = (await slow.api.get(path)).json()["metadata"]["createdDate"]
    own = f"/contracts/{slow.cloud.owner.contract}"
    await slow.control("PATCH", own, json={"clock": {"advanceSeconds": 86_400}})
    await slow.drain()
    assert await word(slow, status) == "DONE"
    still = (await slow.http.get(foreign.headers["location"], headers=bearer)).json()
    assert still["metadata"]["status"] == "RUNNING"
    later, _ = await datacenter(slow)
    assert (await slow.api.get(later)).json()["metadata"]["createdDate"] > now


async def test_a_clock_that_stands_still_finishes_nothing(slow: Running) -> None:
    own = f"/contracts/{slow.cloud.owner.contract}"
    await slow.control("PATCH", own, json={"clock": {"scale": 0}})
    path, status = await datacenter(slow)
    await settled(slow, 3)
    assert (await word(slow, status), await state(slow, path)) in {("RUNNING", "BUSY"), ("QUEUED", "BUSY")}
    await slow.control("PATCH", own, json={"clock": {"scale": 1}})
    await pass_time(slow)
    assert (await word(slow, status), await state(slow, path)) == ("DONE", "AVAILABLE")


async def test_chaos_lets_some_fail_and_all_end(running: Running) -> None:
    """One step in twenty fails: of twenty short requests some end well, of ten long ones some do not."""
    await profile(running, "chaos")
    made = [await datacenter(running, str(number)) for number in range(20)]
    lans = {"lans": {"items": [{"properties": {"public": False}}] * 30}}
    for _ in range(10):
        body = {"properties": {"location": "de/txl"}, "entities": lans}
        answer, status = await send(running, "POST", "/datacenters", body)
        made.append((f"/datacenters/{answer['id']}", status))
    await pass_time(running)
    words = [await word(running, status) for _, status in made]
    assert set(words) == {"DONE", "FAILED"}
    for (path, status), one in zip(made, words, strict=True):
        targets = (await running.api.get(status)).json()["metadata"]["targets"]
        assert {target["status"] for target in targets} == {one}
        assert await state(running, path) == {"DONE": "AVAILABLE", "FAILED": "FAILED"}[one]


async def test_a_profile_of_the_server_holds_unless_the_contract_has_one(
    tmp_path: Path, database: str | None
) -> None:
    async with up(settings(tmp_path, database, profile="realistic")) as running:
        _, status = await datacenter(running)
        assert await word(running, status) == "QUEUED"
        await profile(running, "instant")
        _, status = await datacenter(running)
        assert await word(running, status) == "DONE"


async def test_what_is_in_a_data_center_that_is_being_deleted_is_busy(slow: Running) -> None:
    path, _ = await datacenter(slow, "going")
    lan = await slow.make(f"{path}/lans", name="inside", public=False)
    await pass_time(slow)
    await pass_time(slow)

    async def shown() -> tuple[str, int, int]:
        lans = (await slow.api.get(f"{path}/lans/{lan['id']}")).json()
        found = [
            len((await slow.api.get(f"{path}/lans?filter.state={state}")).json()["items"])
            for state in ("BUSY", "AVAILABLE")
        ]
        return lans["metadata"]["state"], found[0], found[1]

    assert await shown() == ("AVAILABLE", 0, 1)
    await slow.api.delete(path)
    assert await shown() == ("BUSY", 1, 0)
