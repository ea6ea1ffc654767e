"""Throw-away contracts, and the terms of all."""

from __future__ import annotations

from tests.api.conftest import Running
from tests.api.control.conftest import Tenant

DATACENTER = {"properties": {"name": "One", "location": "de/txl"}}


async def datacenters(tenant: Tenant) -> list[str]:
    answer = await tenant.api.get("/datacenters")
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_the_owner_gets_in_by_token_and_by_password(running: Running, tenant: Tenant) -> None:
    assert await datacenters(tenant) == []
    by_password = await running.http.get("/cloudapi/v6/datacenters", auth=(tenant.username, tenant.password))
    assert by_password.status_code == 200


async def test_contracts_do_not_see_each_other(running: Running, tenant: Tenant) -> None:
    assert (await tenant.api.post("/datacenters", json=DATACENTER)).status_code == 202
    assert len(await datacenters(tenant)) == 1
    assert (await running.api.get("/datacenters")).json()["items"] == []


async def test_a_contract_is_made_to_measure(running: Running) -> None:
    wish = {
        "name": "mine", "email": "x@y", "number": 4711, "profile": "realistic", "rateLimit": 60,
        "basicAuthentication": False, "limits": {"coresPerServer": 2},
    }  # fmt: skip
    made = await running.control("POST", "/contracts", json=wish)
    assert made.json() | {"password": "", "token": "", "userId": ""} == {
        "contractNumber": 4711, "username": "x@y", "password": "", "token": "", "userId": "",
    }  # fmt: skip
    shown = (await running.control("GET", "/contracts/4711")).json()
    assert shown["name"] == "mine"
    assert (shown["profile"], shown["rateLimit"], shown["basicAuthentication"]) == ("realistic", 60, False)
    assert shown["limits"]["coresPerServer"] == 2
    assert shown["temporary"] is True
    assert (await running.control("POST", "/contracts", json={"number": 4711})).status_code == 409


async def test_every_contract_is_listed(running: Running, tenant: Tenant) -> None:
    listed = (await running.control("GET", "/contracts")).json()["items"]
    first, second = listed
    assert first["temporary"] is False
    assert (second["contractNumber"], second["owner"]) == (tenant.number, tenant.username)


async def test_terms_change_together_and_go_back_to_the_servers(running: Running, tenant: Tenant) -> None:
    path = f"/contracts/{tenant.number}"
    changed = await running.control(
        "PATCH", path, json={"profile": "realistic", "limits": {"nlbLimitTotal": 1}}
    )
    assert (changed.json()["profile"], changed.json()["limits"]["nlbLimitTotal"]) == ("realistic", 1)
    refused = await running.control("PATCH", path, json={"profile": "instant", "limits": {"nosuch": 1}})
    assert refused.status_code == 422
    assert (await running.control("GET", path)).json()["profile"] == "realistic"
    assert (await running.control("PATCH", path, json={"profile": None})).json()["profile"] is None


async def test_the_profile_holds_for_the_next_call(running: Running, tenant: Tenant) -> None:
    await running.control("PATCH", f"/contracts/{tenant.number}", json={"profile": "realistic"})
    made = await tenant.api.post("/datacenters", json=DATACENTER)
    status = (await tenant.api.get(made.headers["location"])).json()["metadata"]["status"]
    assert status in ("QUEUED", "RUNNING")


async def test_advancing_the_clock_brings_about_what_is_due_then(running: Running, tenant: Tenant) -> None:
    path = f"/contracts/{tenant.number}"
    await running.control("PATCH", path, json={"profile": "realistic"})
    made = await tenant.api.post("/datacenters", json=DATACENTER)
    await running.drain()
    assert (await tenant.api.get(made.headers["location"])).json()["metadata"]["status"] == "RUNNING"
    before = (await running.control("GET", path)).json()["clock"]["now"]
    moved = await running.control("PATCH", path, json={"clock": {"advanceSeconds": 3600}})
    assert moved.json()["clock"]["now"] > before
    await running.drain()
    assert (await tenant.api.get(made.headers["location"])).json()["metadata"]["status"] == "DONE"


async def test_a_clock_runs_faster_or_stands_still(running: Running, tenant: Tenant) -> None:
    path = f"/contracts/{tenant.number}"
    start = (await running.control("PATCH", path, json={"clock": {"scale": 60}})).json()["clock"]
    running.clock.advance(60)
    assert (await running.control("GET", path)).json()["clock"]["now"][11:13] != start["now"][11:13]
    stopped = (await running.control("PATCH", path, json={"clock": {"scale": 0}})).json()["clock"]
    running.clock.advance(3600)
    assert (await running.control("GET", path)).json()["clock"] == stopped


async def test_a_clock_does_not_run_beyond_four_digit_years(running: Running, tenant: Tenant) -> None:
    path = f"/contracts/{tenant.number}"
    ten_years = {"clock": {"advanceSeconds": 10 * 365 * 86_400}}
    for _ in range(1000):
        answer = await running.control("PATCH", path, json=ten_years)
        if answer.status_code != 200:
            break
    assert answer.status_code == 422
    assert (await tenant.api.post("/datacenters", json=DATACENTER)).status_code == 202


async def test_reset_empties_a_contract_and_keeps_its_users(running: Running, tenant: Tenant) -> None:
    path = f"/contracts/{tenant.number}"
    made = await tenant.api.post("/datacenters", json=DATACENTER)
    await tenant.api.put(
        f"/datacenters/{made.json()['id']}/labels/a", json={"properties": {"key": "a", "value": "b"}}
    )
    await running.control("POST", "/faults", json={"contract": tenant.number, "effect": {"status": 503}})
    await running.control("PATCH", path, json={"profile": "realistic", "clock": {"advanceSeconds": 10_000}})
    reset = await running.control("POST", f"{path}/reset")
    assert (reset.status_code, reset.content) == (204, b"")
    assert await datacenters(tenant) == []
    assert (await tenant.api.get(made.headers["location"])).status_code == 404
    shown = (await running.control("GET", path)).json()
    assert shown["profile"] == "realistic"
    assert shown["clock"]["now"] == shown["createdDate"]


async def test_reset_touches_no_other_contract(running: Running, tenant: Tenant) -> None:
    await running.api.post("/datacenters", json=DATACENTER)
    await running.control("POST", f"/contracts/{tenant.number}/reset")
    assert len((await running.api.get("/datacenters")).json()["items"]) == 1


async def test_reset_ends_what_is_under_way(running: Running, tenant: Tenant) -> None:
    await running.control("PATCH", f"/contracts/{tenant.number}", json={"profile": "realistic"})
    await tenant.api.post("/datacenters", json=DATACENTER)
    await running.control("POST", f"/contracts/{tenant.number}/reset")
    await running.control("PATCH", f"/contracts/{tenant.number}", json={"clock": {"advanceSeconds": 10_000}})
    await running.drain()
    assert await datacenters(tenant) == []


async def test_a_dropped_contract_is_gone_and_its_token_with_it(running: Running, tenant: Tenant) -> None:
    await tenant.api.post("/datacenters", json=DATACENTER)
    assert (await running.control("DELETE", f"/contracts/{tenant.number}")).status_code == 204
    assert (await tenant.api.get("/datacenters")).status_code == 401
    assert (await running.control("GET", f"/contracts/{tenant.number}")).status_code == 404
    assert (await running.control("DELETE", f"/contracts/{tenant.number}")).status_code == 404


async def test_a_lasting_contract_is_dropped_by_force_alone(running: Running) -> None:
    made = (await running.control("POST", "/contracts", json={"temporary": False})).json()
    assert made["token"] is None
    path = f"/contracts/{made['contractNumber']}"
    assert (await running.control("DELETE", path)).status_code == 409
    assert (await running.control("DELETE", f"{path}?force=true")).status_code == 204
    assert (await running.control("DELETE", f"{path}?force=true")).status_code == 404


async def test_the_first_contract_stays(running: Running) -> None:
    number = running.cloud.owner.contract
    answer = await running.control("DELETE", f"/contracts/{number}?force=true")
    assert answer.status_code == 409
    assert (await running.api.get("/datacenters")).status_code == 200


async def test_an_unknown_number_is_404(running: Running) -> None:
    for number in ("0", "-1", "x", "9" * 30, "1.5"):
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/reset")):
            answer = await running.control(method, f"/contracts/{number}{path}")
            assert answer.status_code == 404, (method, number)


async def test_a_bad_wish_is_422_and_makes_nothing(running: Running) -> None:
    wishes: list[dict[str, object]] = [
        {"nosuch": 1}, {"profile": "slow"}, {"rateLimit": 0}, {"rateLimit": "1"}, {"limits": {"x": 1}},
        {"limits": {"coresPerServer": -1}}, {"number": 0}, {"number": 2**31}, {"email": "nobody"}, {"email": 1},
        {"email": "a@b\r\nc"}, {"name": "x" * 2000},
    ]  # fmt: skip
    for wish in wishes:
        assert (await running.control("POST", "/contracts", json=wish)).status_code == 422, wish
    assert len((await running.control("GET", "/contracts")).json()["items"]) == 1


async def test_what_is_used_is_shown_beside_the_limits(running: Running, tenant: Tenant) -> None:
    path = f"/contracts/{tenant.number}"
    used = (await running.control("GET", path)).json()["used"]
    assert (used["coresPerContract"], used["reservableIps"]) == (0, 0)
    block = {"properties": {"location": "de/txl", "size": 3}}
    assert (await tenant.api.post("/ipblocks", json=block)).status_code == 202
    changed = await running.control("PATCH", path, json={"limits": {"reservableIps": 4}})
    assert (changed.json()["limits"]["reservableIps"], changed.json()["used"]["reservableIps"]) == (4, 3)
    assert (await tenant.api.post("/ipblocks", json=block)).status_code == 422


async def test_a_clock_that_is_moved_wakes_the_lifecycle_of_buckets(running: Running, tenant: Tenant) -> None:
    wake = running.cloud.objects.wake.lifecycle
    wake.clear()
    moved = await running.control(
        "PATCH", f"/contracts/{tenant.number}", json={"clock": {"advanceSeconds": 9}}
    )
    assert moved.status_code == 200
    assert wake.is_set()
