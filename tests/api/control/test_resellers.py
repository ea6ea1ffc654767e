"""Resellers and their sub-contracts, members of several contracts, and contracts that let nobody in."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.conftest import PASSWORD, USERNAME, Running, token

SUB = {"name": "customer"}


async def first(running: Running) -> int:
    """The number of the first contract, which is the reseller's here."""
    items = (await running.control("GET", "/contracts")).json()["items"]
    return int(items[0]["contractNumber"])


async def contract(running: Running, **wish: Any) -> dict[str, Any]:
    answer = await running.control("POST", "/contracts", json=wish)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def names(running: Running, bearer: str, number: int | None = None) -> list[str] | int:
    """The data centers that a token sees, or the status of the refusal."""
    headers = {"Authorization": f"Bearer {bearer}"}
    if number is not None:
        headers["X-Contract-Number"] = str(number)
    answer = await running.http.get("/cloudapi/v6/datacenters?depth=1", headers=headers)
    if answer.status_code != 200:
        return answer.status_code
    return [one["properties"]["name"] for one in answer.json()["items"]]


async def add(running: Running, bearer: str, name: str, **headers: str) -> httpx.Response:
    body = {"properties": {"name": name, "location": "de/txl"}}
    return await running.http.post(
        "/cloudapi/v6/datacenters", json=body, headers={"Authorization": f"Bearer {bearer}", **headers}
    )


async def test_a_reseller_acts_for_its_sub_contracts_and_they_do_not_for_it(running: Running) -> None:
    master = await first(running)
    sub, other = [await contract(running, master=master) for _ in range(2)]
    foreign = await contract(running)
    reseller = await token(running.http)
    there = {"X-Contract-Number": str(sub["contractNumber"])}
    assert (await add(running, reseller, "theirs", **there)).status_code == 202
    assert (await add(running, reseller, "ours")).status_code == 202
    assert await names(running, sub["token"]) == ["theirs"]
    assert await names(running, reseller) == ["ours"]
    assert await names(running, reseller, sub["contractNumber"]) == ["theirs"]
    assert await names(running, reseller, foreign["contractNumber"]) == 403
    for above_or_beside in (master, other["contractNumber"]):
        assert await names(running, sub["token"], above_or_beside) == 403
    minted = await running.http.get(
        "/auth/v1/tokens/generate", headers={"Authorization": f"Bearer {reseller}", **there}
    )
    assert await names(running, minted.json()["token"]) == ["theirs"]
    assert await names(running, minted.json()["token"], master) == 403
    shown = (await running.control("GET", f"/contracts/{sub['contractNumber']}")).json()
    assert shown["master"] == master


async def test_there_is_one_level_of_resellers(running: Running) -> None:
    master = await first(running)
    sub = (await contract(running, master=master))["contractNumber"]
    lone = (await contract(running))["contractNumber"]
    for number, above in ((lone, sub), (lone, lone), (master, lone)):
        answer = await running.control("PATCH", f"/contracts/{number}", json={"master": above})
        assert answer.status_code == 422, (number, above)
    assert (await running.control("POST", "/contracts", json={"master": 4})).status_code == 404
    freed = await running.control("PATCH", f"/contracts/{sub}", json={"master": None})
    assert freed.json()["master"] is None
    assert await names(running, await token(running.http), sub) == 403


@pytest.mark.parametrize("status", ["SUSPENDED", "CLOSED"])
async def test_a_contract_out_of_use_keeps_its_users_out_at_once(running: Running, status: str) -> None:
    master = await first(running)
    sub = await contract(running, master=master)
    number, reseller = sub["contractNumber"], await token(running.http)
    assert (await add(running, sub["token"], "kept")).status_code == 202
    assert await names(running, reseller, number) == ["kept"]
    await running.control("PATCH", f"/contracts/{number}", json={"status": status})
    assert await names(running, sub["token"]) == 403
    assert await names(running, reseller, number) == 403
    await running.control("PATCH", f"/contracts/{number}", json={"status": "BILLABLE"})
    assert await names(running, sub["token"]) == ["kept"]
    await running.control("PATCH", f"/contracts/{master}", json={"status": status})
    assert await names(running, reseller, number) == 403, "the reseller is out, and with it its people"
    assert await names(running, sub["token"]) == ["kept"]
    assert (await running.control("PATCH", f"/contracts/{number}", json={"status": "NEW"})).status_code == 422


async def test_a_user_of_several_contracts_names_one(running: Running) -> None:
    second = await contract(running)
    number = second["contractNumber"]
    path = f"/contracts/{number}/members/{USERNAME}"
    assert (await running.control("PUT", path, json={"role": "administrator"})).json()[
        "role"
    ] == "administrator"
    headers = {"X-Contract-Number": str(number)}
    basic = (USERNAME, PASSWORD)
    unsaid = await running.http.get("/cloudapi/v6/datacenters", auth=basic)
    assert unsaid.status_code == 422
    assert str(number) in unsaid.json()["messages"][0]["message"]
    assert (
        await running.http.get("/cloudapi/v6/datacenters", auth=basic, headers=headers)
    ).status_code == 200
    members = (await running.control("GET", f"/contracts/{number}/members")).json()["items"]
    assert {one["user"]: one["role"] for one in members} == {
        second["username"]: "owner", USERNAME: "administrator",
    }  # fmt: skip
    bound = await running.http.get("/auth/v1/tokens/generate", auth=basic, headers=headers)
    assert await names(running, bound.json()["token"]) == []
    assert (await running.control("DELETE", path)).status_code == 204
    assert await names(running, bound.json()["token"]) == 403
    assert (await running.http.get("/cloudapi/v6/datacenters", auth=basic)).status_code == 200
    owner = f"/contracts/{number}/members/{second['username']}"
    assert (await running.control("DELETE", owner)).status_code == 422
    assert (await running.control("PUT", f"/contracts/{number}/members/no@body", json={})).status_code == 404


async def test_a_trial_is_small(running: Running) -> None:
    trial = await contract(running, trial=True, limits={"reservableIps": 9})
    shown = (await running.control("GET", f"/contracts/{trial['contractNumber']}")).json()["limits"]
    assert (shown["coresPerServer"], shown["ramPerServer"], shown["reservableIps"]) == (4, 20480, 9)
