"""Users of a contract: made, changed and deleted by its administrators, and what holds for each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import httpx
import pytest

from ionstack.objectstorage.people import canonical_id
from tests.api.cloudapi.calls import changed, datacenter, gone, made, read, refused
from tests.api.conftest import Running, client, token

NOWHERE = "4bb0a7ba-0000-4000-8000-000000000000"
PLAIN = {"firstname": "Ada", "lastname": "L", "email": "ada@example.com", "password": "analytical"}


async def user(running: Running, **properties: Any) -> str:
    """The path of a new user."""
    body = {"properties": {**PLAIN, **properties}}
    return f"/um/users/{(await made(running, '/um/users', body))['id']}"


@asynccontextmanager
async def calling(
    running: Running, email: str = "ada@example.com", password: str = "analytical"
) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a user's token."""
    bearer = {"Authorization": f"Bearer {await token(running.http, email, password)}"}
    async with client(running.cloud, "/cloudapi/v6", headers=bearer) as api:
        yield api


async def owner(running: Running) -> str:
    (found,) = (await read(running, "/um/users?filter.email=owner@example.com&depth=1"))["items"]
    return f"/um/users/{found['id']}"


async def test_a_user_is_made_read_changed_and_deleted(running: Running) -> None:
    body = await made(
        running, "/um/users", {"properties": {**PLAIN, "administrator": False, "forceSecAuth": False}}
    )
    path = f"/um/users/{body['id']}"
    assert body["type"] == "user"
    assert body["href"].endswith(f"/cloudapi/v6{path}")
    assert "entities" not in body
    assert body["properties"] == {
        "firstname": "Ada",
        "lastname": "L",
        "email": "ada@example.com",
        "administrator": False,
        "forceSecAuth": False,
        "secAuthActive": False,
        "s3CanonicalUserId": canonical_id(body["id"], running.cloud.owner.contract),
        "active": True,
    }
    whole = await read(running, path)
    assert whole["properties"] == body["properties"]
    assert whole["metadata"]["createdBy"] == "owner@example.com"
    assert whole["metadata"]["lastModifiedDate"] == whole["metadata"]["createdDate"]
    assert "lastLogin" not in whole["metadata"]
    assert whole["entities"]["groups"] == {
        "id": f"{body['id']}/groups", "type": "collection", "href": f"{whole['href']}/groups"
    }  # fmt: skip
    running.clock.advance(5)
    async with calling(running) as ada:
        assert (await ada.get(path)).json()["metadata"]["lastLogin"] > whole["metadata"]["createdDate"]
    after = await changed(running, "PUT", path, {"properties": {"firstname": "Augusta", "active": False}})
    assert (after["properties"]["firstname"], after["properties"]["lastname"]) == ("Augusta", "L")
    assert after["metadata"]["etag"] != whole["metadata"]["etag"]
    assert after["metadata"]["lastModifiedDate"] > after["metadata"]["createdDate"]
    await changed(running, "PUT", path, {"properties": after["properties"]})
    assert (await read(running, path))["properties"] == after["properties"]
    await changed(running, "DELETE", path)
    await gone(running, path)
    await gone(running, f"{path}/groups")


@pytest.mark.parametrize("profile", ["realistic", "chaos"])
async def test_a_user_is_made_at_once_whatever_time_other_things_take(alone: Running, profile: str) -> None:
    number = alone.cloud.owner.contract
    assert (await alone.control("PATCH", f"/contracts/{number}", json={"profile": profile})).is_success
    delay = {"contract": number, "path": "/um/*", "times": 3, "effect": {"delaySeconds": 60}}
    assert (await alone.control("POST", "/faults", json=delay)).status_code == 201
    path = await user(alone)
    await alone.drain()
    await changed(alone, "PUT", path, {"properties": {"active": False}})
    await changed(alone, "DELETE", path)


async def test_no_password_is_ever_seen(running: Running) -> None:
    await user(running)
    requests = (await running.api.get("/requests?depth=5")).text
    assert "ada@example.com" in requests
    assert "analytical" not in requests
    assert "analytical" not in (await running.api.get("/um/users?depth=5")).text


async def test_users_are_listed_by_page(running: Running) -> None:
    for number in range(3):
        running.clock.advance(1)
        await user(running, email=f"u{number}@example.com", firstname=f"F{2 - number}")
    listed = await read(running, "/um/users?depth=1")
    assert (listed["id"], listed["type"], listed["offset"], listed["limit"]) == (
        "users",
        "collection",
        0,
        100,
    )
    assert set(listed["_links"]) == {"self"}
    assert [one["properties"]["email"] for one in listed["items"]] == [
        "owner@example.com", "u0@example.com", "u1@example.com", "u2@example.com"
    ]  # fmt: skip
    assert set(listed["items"][0]["entities"]["owns"]) == {"id", "type", "href"}
    assert set((await read(running, "/um/users"))["items"][0]) == {"id", "type", "href"}
    page = await read(running, "/um/users?depth=1&limit=2&offset=1&orderBy=firstname")
    assert set(page["_links"]) == {"prev", "self", "next"}
    assert [one["properties"]["firstname"] for one in page["items"]] == ["F0", "F1"]
    assert (await read(running, "/um/users?limit=1000"))["limit"] == 100
    found = await read(running, "/um/users?depth=1&filter.email=U1@&filter.administrator=false")
    assert [one["properties"]["email"] for one in found["items"]] == ["u1@example.com"]
    assert (await read(running, "/um/users?filter.nothing=x"))["items"] == []


async def test_an_address_is_somebodys_alone(running: Running) -> None:
    path = await user(running)
    body = {"properties": {**PLAIN, "email": "ADA@example.com"}}
    assert (await refused(running, "POST", "/um/users", body)).startswith("[(root).properties.email]")
    other = await user(running, email="eve@example.com")
    message = await refused(running, "PUT", other, {"properties": {"email": "ada@example.com"}})
    assert message.startswith("[(root).properties.email]")
    await changed(running, "DELETE", path)
    await changed(running, "PUT", other, {"properties": {"email": "ada@example.com"}})
    elsewhere = (await running.control("POST", "/contracts", json={"email": "far@example.com"})).json()
    assert elsewhere["contractNumber"] != running.cloud.owner.contract
    assert "email" in await refused(
        running, "POST", "/um/users", {"properties": {**PLAIN, "email": "far@example.com"}}
    )


async def test_of_many_who_want_an_address_at_once_one_has_it(running: Running) -> None:
    calls = (running.api.post("/um/users", json={"properties": PLAIN}) for _ in range(6))
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers) == [202] + [422] * 5
    for answer in answers:
        assert answer.status_code == 202 or "[(root).properties.email]" in answer.text


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"email": "nobody"}, "(root).properties.email"),
        ({"email": 1}, "(root).properties.email"),
        ({"password": "four"}, "(root).properties.password"),
        ({"administrator": "yes"}, "(root).properties.administrator"),
        ({"firstname": None}, "(root).properties.firstname"),
    ],
)
async def test_what_a_user_cannot_be(alone: Running, wrong: dict[str, Any], place: str) -> None:
    message = await refused(alone, "POST", "/um/users", {"properties": {**PLAIN, **wrong}})
    assert message.startswith(f"[{place}]")
    path = await owner(alone)
    assert (await refused(alone, "PUT", path, {"properties": wrong})).startswith(f"[{place}]")


async def test_what_a_user_must_have(alone: Running) -> None:
    answer = await alone.api.post("/um/users", json={"properties": {}})
    assert answer.status_code == 422
    places = {line["message"].split("]")[0][1:] for line in answer.json()["messages"]}
    assert places == {f"(root).properties.{name}" for name in ("firstname", "lastname", "email", "password")}


async def test_the_owner_stays_what_they_are(running: Running) -> None:
    path = await owner(running)
    assert (await read(running, path))["properties"]["administrator"] is True
    for name in ("administrator", "active"):
        message = await refused(running, "PUT", path, {"properties": {name: False}})
        assert message.startswith(f"[(root).properties.{name}]")
    assert "owner" in await refused(running, "DELETE", path, code="200")
    await changed(running, "PUT", path, {"properties": {"firstname": "Olga"}})
    await user(running, administrator=True)
    async with calling(running) as ada:
        answer = await ada.put(path, json={"properties": {"password": "mine now"}})
        assert answer.status_code == 403


async def test_whatever_is_changed_of_a_user_holds_at_once(running: Running) -> None:
    path = await user(running, administrator=True)
    async with calling(running) as ada:
        assert (await ada.get("/um/groups")).status_code == 200
        await changed(running, "PUT", path, {"properties": {"administrator": False}})
        assert (await ada.get("/um/groups")).status_code == 403
        await changed(running, "PUT", path, {"properties": {"active": False}})
        assert (await ada.get("/datacenters")).status_code == 401
        await changed(running, "PUT", path, {"properties": {"active": True}})
        assert (await ada.get("/datacenters")).status_code == 200
        ask = partial(running.http.get, "/cloudapi/v6/datacenters", auth=("ada@example.com", "analytical"))
        assert (await ask()).status_code == 200
        await changed(running, "PUT", path, {"properties": {"forceSecAuth": True}})
        assert (await ask()).status_code == 401
        await changed(running, "PUT", path, {"properties": {"forceSecAuth": False, "password": "engine"}})
        assert (await ask()).status_code == 401
        assert (await ada.get("/datacenters")).status_code == 200
        await changed(running, "DELETE", path)
        assert (await ada.get("/datacenters")).status_code == 401
    login = await running.http.get("/auth/v1/tokens/generate", auth=("ada@example.com", "engine"))
    assert login.status_code == 401


async def test_a_user_of_two_contracts_is_changed_by_neither(running: Running) -> None:
    path = await user(running)
    number = (await running.control("POST", "/contracts", json={"email": "ada@example.com"})).json()[
        "contractNumber"
    ]
    answer = await running.api.put(path, json={"properties": {"password": "taken over"}})
    assert answer.status_code == 403
    await changed(running, "PUT", path, {"properties": {"administrator": True}})
    await changed(running, "DELETE", path)
    await gone(running, path)
    login = await running.http.get("/auth/v1/tokens/generate", auth=("ada@example.com", "analytical"))
    assert login.status_code == 200
    headers = {"X-Contract-Number": str(number)}
    there = await running.http.get(
        "/cloudapi/v6/um/users?depth=1", auth=("ada@example.com", "analytical"), headers=headers
    )
    assert [one["properties"]["email"] for one in there.json()["items"]] == ["ada@example.com"]


async def test_user_management_is_for_administrators_and_oneself(running: Running) -> None:
    path, other = await user(running), await owner(running)
    async with calling(running) as ada:
        for mine in ("", "/groups", "/owns", "/s3keys", "/s3ssourl"):
            assert (await ada.get(f"{path}{mine}")).status_code == 200
            refusal = await ada.get(f"{other}{mine}")
            assert refusal.status_code == 403, mine
            assert refusal.json()["messages"][0]["errorCode"] == "331"
        for anything in ("/um/users", "/um/groups", "/um/resources", f"/um/groups/{NOWHERE}"):
            assert (await ada.get(anything)).status_code == 403
        assert (await ada.put(path, json={"properties": {"administrator": True}})).status_code == 403
        assert (await ada.delete(path)).status_code == 403
        assert (await ada.post("/um/users", json={"properties": PLAIN})).status_code == 403
        assert (await ada.post(f"{path}/s3keys")).status_code == 422


async def test_what_a_user_owns(running: Running) -> None:
    await datacenter(running)
    path = await user(running, administrator=True)
    async with calling(running) as ada:
        answer = await ada.post("/datacenters", json={"properties": {"name": "hers", "location": "de/txl"}})
        id = answer.json()["id"]
        await ada.post(f"/datacenters/{id}/lans", json={"properties": {}})
    owns = await read(running, f"{path}/owns?depth=1")
    assert owns["id"] == f"{path.rsplit('/', 1)[1]}/owns"
    (one,) = owns["items"]
    assert (one["id"], one["type"], one["properties"]) == (
        id, "datacenter", {"name": "hers", "secAuthProtection": False}
    )  # fmt: skip
    assert one["href"].endswith(f"/um/resources/datacenter/{id}")
    assert one["metadata"]["createdBy"] == "ada@example.com"
    (inside,) = (await read(running, f"{path}?depth=1"))["entities"]["owns"]["items"]
    assert set(inside) == {"id", "type", "href"}


async def test_nobody_who_does_not_exist(running: Running) -> None:
    path = f"/um/users/{NOWHERE}"
    for what in ("", "/groups", "/owns", "/s3keys", "/s3keys/00", "/s3ssourl"):
        await gone(running, f"{path}{what}")
    for method, at, body in (
        ("PUT", path, {"properties": {}}),
        ("DELETE", path, None),
        ("POST", f"{path}/s3keys", None),
    ):
        assert (await running.api.request(method, at, json=body)).status_code == 404
