"""Data centers and snapshots that are for users with a second factor alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.cloudapi.calls import changed, datacenter, made, read, second_factor
from tests.api.cloudapi.k8s import POOL, cluster
from tests.api.cloudapi.test_um_groups import group
from tests.api.cloudapi.test_um_users import calling, user
from tests.api.conftest import USERNAME, Running

PROTECTED = {"secAuthProtection": True}
ADA = "ada@example.com"


async def refused(running: Running, method: str, path: str, body: Any = None) -> None:
    answer = await running.api.request(method, path, json=body)
    assert answer.status_code == 403, answer.text
    assert "second factor" in answer.json()["messages"][0]["message"]


async def without_second_factor(running: Running) -> None:
    identity = running.cloud.identity
    owner = await identity.users.find(USERNAME)
    assert owner is not None
    await identity.second_factor.remove(owner.id)


@pytest.fixture
async def protected(running: Running) -> str:
    """A protected data center, whose owner has a second factor no more."""
    place = await datacenter(running)
    await made(running, f"{place}/servers", {"properties": {"cores": 1, "ram": 256}})
    await second_factor(running)
    await changed(running, "PATCH", place, PROTECTED)
    await without_second_factor(running)
    return place


async def test_only_who_has_a_second_factor_protects(running: Running) -> None:
    place = await datacenter(running)
    body = {"properties": {"name": "x", "location": "de/txl", **PROTECTED}}
    await refused(running, "POST", "/datacenters", body)
    await refused(running, "PATCH", place, PROTECTED)
    volume = (await made(running, f"{place}/volumes", {"properties": {"size": 1, "licenceType": "OTHER"}}))[
        "href"
    ]
    await refused(running, "POST", f"{volume}/create-snapshot", {"properties": PROTECTED})
    await second_factor(running)
    await made(running, "/datacenters", body)
    await changed(running, "PATCH", place, PROTECTED)
    snapshot = await made(running, f"{volume}/create-snapshot", {"properties": PROTECTED})
    await without_second_factor(running)
    await refused(running, "DELETE", snapshot["href"])
    await refused(running, "PATCH", snapshot["href"], {"name": "renamed"})


async def test_an_owner_without_a_second_factor_looks_and_changes_nothing(
    running: Running, protected: str
) -> None:
    assert len((await read(running, "/datacenters"))["items"]) == 1
    nodes = await cluster(running)
    pool = {"properties": {**POOL, "datacenterId": protected.rpartition("/")[2]}}
    server = f"{protected}/servers/{(await read(running, f'{protected}/servers'))['items'][0]['id']}"
    for method, path, body in (
        ("PATCH", protected, {"name": "x"}),
        ("PATCH", protected, {"secAuthProtection": False}),
        ("PUT", protected, {"properties": {"name": "x"}}),
        ("DELETE", protected, None),
        ("POST", f"{protected}/lans", {"properties": {"public": False}}),
        ("PATCH", server, {"cores": 2}),
        ("POST", f"{server}/stop", None),
        ("DELETE", server, None),
    ):
        await refused(running, method, path, body)
    await refused(running, "POST", f"{nodes}/nodepools", pool)
    await second_factor(running)
    await made(running, f"{nodes}/nodepools", pool)
    await changed(running, "PATCH", server, {"cores": 2})
    await changed(running, "PATCH", protected, {"secAuthProtection": False})
    await without_second_factor(running)
    await changed(running, "PATCH", protected, {"name": "open again"})


async def test_a_user_without_a_second_factor_does_not_know_of_it(running: Running, protected: str) -> None:
    """Neither what is shared with her nor what she made."""
    ada, crew = await user(running), await group(running)
    await changed(running, "POST", f"{crew}/users", {"id": ada.rsplit("/", 1)[1]})
    share = f"{crew}/shares/{protected.rsplit('/', 1)[1]}"
    await changed(running, "POST", share, {"properties": {"editPrivilege": True}})
    await changed(running, "PUT", crew, {"properties": {"name": "crew", "createDataCenter": True}})
    async with calling(running) as api:
        own = await api.post("/datacenters", json={"properties": {"name": "hers", "location": "de/txl"}})
        hers = own.json()["href"]
        await second_factor(running)
        await changed(running, "PATCH", hers, PROTECTED)
        for path in (protected, f"{protected}/servers", hers):
            assert (await api.get(path)).status_code == 404, path
        assert (await api.patch(hers, json={"name": "x"})).status_code == 404
        assert (await api.delete(protected)).status_code == 404
        assert (await api.get("/datacenters")).json()["items"] == []
        await second_factor(running, ADA)
        assert len((await api.get("/datacenters")).json()["items"]) == 2
        assert (await api.get(f"{protected}/servers")).status_code == 200
        assert (await api.patch(hers, json={"name": "x"})).status_code == 202
