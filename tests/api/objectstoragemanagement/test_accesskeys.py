"""Access keys and regions as the Object Storage Management API has them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.conftest import Running, client, token

EMPTY = {"properties": {"description": "ci", "accessKey": "", "secretKey": ""}}
"""A creation as the vendor's SDK sends it."""


@pytest.fixture
async def management(running: Running) -> AsyncIterator[httpx.AsyncClient]:
    """The API as its owner reaches it by the official host."""
    headers = {"Authorization": running.api.headers["Authorization"], "Host": "s3.ionos.com"}
    async with client(running.cloud, headers=headers) as api:
        yield api


async def made(management: httpx.AsyncClient) -> Any:
    answer = await management.post("/accesskeys", json=EMPTY)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_key_shows_its_secret_once(management: httpx.AsyncClient) -> None:
    key = await made(management)
    properties = key["properties"]
    assert properties["description"] == "ci"
    assert (len(properties["accessKey"]), len(properties["secretKey"])) == (92, 40)
    assert properties["canonicalUserId"] != properties["contractUserId"]
    assert key["metadata"]["status"] == "AVAILABLE"
    assert "eu-central-3" in key["metadata"]["supportedRegions"]
    read = (await management.get(f"/accesskeys/{key['id']}")).json()
    assert read["properties"] == {**properties, "secretKey": ""}
    listed = (await management.get("/accesskeys")).json()
    assert [one["id"] for one in listed["items"]] == [key["id"]]
    assert (listed["offset"], listed["limit"]) == (0, 100)
    for wanted, count in ((properties["accessKey"], 1), (key["id"], 1), ("other", 0)):
        found = await management.get("/accesskeys", params={"filter.accesskeyId": wanted})
        assert len(found.json()["items"]) == count


async def test_a_renewed_key_has_another_secret(running: Running, management: httpx.AsyncClient) -> None:
    key = await made(management)
    renewed = await management.put(f"/accesskeys/{key['id']}/renew")
    assert renewed.status_code == 200
    assert renewed.json()["properties"]["accessKey"] == key["properties"]["accessKey"]
    assert renewed.json()["properties"]["secretKey"] not in ("", key["properties"]["secretKey"])
    user = (await running.api.get("/um/users")).json()["items"][0]["id"]
    shown = (await running.api.get(f"/um/users/{user}/s3keys/{key['properties']['accessKey']}")).json()
    assert shown["properties"]["secretKey"] == renewed.json()["properties"]["secretKey"]


async def test_put_makes_a_key_under_an_id_or_describes_it(management: httpx.AsyncClient) -> None:
    path = f"/accesskeys/{uuid4()}"
    first = await management.put(path, json=EMPTY)
    assert (first.status_code, first.json()["href"]) == (201, path)
    again = await management.put(path, json={"properties": {"description": "other"}})
    assert (again.status_code, again.json()["properties"]["description"]) == (200, "other")
    assert again.json()["properties"]["accessKey"] == first.json()["properties"]["accessKey"]
    assert (await management.put("/accesskeys/nonsense", json=EMPTY)).status_code == 400


async def test_a_removed_key_is_gone_from_both_apis(running: Running, management: httpx.AsyncClient) -> None:
    user = (await running.api.get("/um/users")).json()["items"][0]["id"]
    old = (await running.api.post(f"/um/users/{user}/s3keys")).json()["id"]
    new = await made(management)
    both = [one["properties"]["accessKey"] for one in (await management.get("/accesskeys")).json()["items"]]
    assert sorted(both) == sorted([old, new["properties"]["accessKey"]])
    assert (await management.delete(f"/accesskeys/{new['id']}")).status_code == 202
    assert (await management.get(f"/accesskeys/{new['id']}")).status_code == 404
    left = (await running.api.get(f"/um/users/{user}/s3keys")).json()["items"]
    assert [one["id"] for one in left] == [old]
    for gone in ("get", "delete"):
        assert (await management.request(gone, f"/accesskeys/{new['id']}")).status_code == 404
    assert (await management.put(f"/accesskeys/{new['id']}/renew")).status_code == 404


async def test_five_keys_are_all(management: httpx.AsyncClient) -> None:
    for _ in range(5):
        await made(management)
    sixth = await management.post("/accesskeys", json=EMPTY)
    assert sixth.status_code == 422
    assert "5" in sixth.json()["messages"][0]["message"]
    page = (await management.get("/accesskeys", params={"limit": 2, "offset": 1})).json()
    assert len(page["items"]) == 2
    assert {"prev", "self", "next"} == set(page["_links"])


async def test_users_see_their_own_and_need_the_privilege(
    running: Running, management: httpx.AsyncClient
) -> None:
    await made(management)
    async with plain_user(running) as (plain, join):
        assert (await plain.get("/accesskeys")).json()["items"] == []
        refused = await plain.post("/accesskeys", json=EMPTY)
        assert refused.status_code == 403
        assert "ACCESS_S3_OBJECT_STORAGE" in refused.text
        await join()
        mine = (await plain.post("/accesskeys", json=EMPTY)).json()
        assert mine["metadata"]["administrative"] is False
        assert (await management.get(f"/accesskeys/{mine['id']}")).status_code == 404
    basic = await running.http.get(
        "/objectstoragemanagement/accesskeys", auth=("plain@example.com", "plain password")
    )
    assert basic.status_code == 401, "tokens only"


@asynccontextmanager
async def plain_user(
    running: Running,
) -> AsyncIterator[tuple[httpx.AsyncClient, Callable[[], Awaitable[None]]]]:
    person = {"firstname": "p", "lastname": "p", "email": "plain@example.com", "password": "plain password"}
    made = await running.api.post("/um/users", json={"properties": {**person, "administrator": False}})

    async def join() -> None:
        group = await running.api.post("/um/groups", json={"properties": {"name": "s3", "s3Privilege": True}})
        await running.api.post(f"/um/groups/{group.json()['id']}/users", json={"id": made.json()["id"]})

    bearer = await token(running.http, person["email"], person["password"])
    headers = {"Authorization": f"Bearer {bearer}"}
    async with client(running.cloud, "/objectstoragemanagement", headers=headers) as api:
        yield api, join


async def test_regions_are_facts(management: httpx.AsyncClient) -> None:
    listed = (await management.get("/regions")).json()["items"]
    assert [one["id"] for one in listed] == [
        "eu-central-3", "eu-central-4", "us-central-1", "de", "eu-central-2", "eu-south-2",
    ]  # fmt: skip
    one = (await management.get("/regions/de")).json()
    assert one["properties"]["endpoint"] == "s3.eu-central-1.ionoscloud.com"
    assert one["properties"]["storageClasses"] == ["STANDARD"]
    assert (await management.get("/regions/nowhere")).status_code == 404
