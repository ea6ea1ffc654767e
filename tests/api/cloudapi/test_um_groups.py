"""Groups: the privileges they give to their users, and the resources they share."""

from __future__ import annotations

import pytest

from ionstack.identity.privileges import ALL, PRIVILEGES
from tests.api.cloudapi.calls import changed, datacenter, gone, made, read, refused
from tests.api.cloudapi.test_um_users import NOWHERE, calling, user
from tests.api.conftest import Running


async def group(running: Running, **properties: object) -> str:
    """The path of a new group."""
    body = {"properties": {"name": "crew", **properties}}
    return f"/um/groups/{(await made(running, '/um/groups', body))['id']}"


async def test_a_group_is_made_read_replaced_and_deleted(running: Running) -> None:
    body = await made(running, "/um/groups", {"properties": {"name": "crew", "createSnapshot": True}})
    path = f"/um/groups/{body['id']}"
    assert set(body) == {"id", "type", "href", "properties"}
    assert (body["type"], body["href"][-len(path) :]) == ("group", path)
    assert body["properties"] == {"name": "crew", **dict.fromkeys(PRIVILEGES, False), "createSnapshot": True}
    whole = await read(running, path)
    assert set(whole) == {"id", "type", "href", "properties", "entities"}
    assert set(whole["entities"]) == {"users", "resources"}
    after = await changed(running, "PUT", path, {"properties": {"name": "team", "reserveIp": True}})
    assert {name for name, given in after["properties"].items() if given is True} == {"reserveIp"}
    assert after["properties"]["name"] == "team"
    await changed(running, "PUT", path, {"properties": after["properties"]})
    assert (await read(running, path))["properties"] == after["properties"]
    await changed(running, "DELETE", path)
    await gone(running, path)


async def test_groups_are_listed_and_filtered(running: Running) -> None:
    for name in ("b", "a"):
        await group(running, name=name, reserveIp=name == "a")
    listed = await read(running, "/um/groups?depth=1")
    assert (listed["id"], [one["properties"]["name"] for one in listed["items"]]) == ("groups", ["b", "a"])
    ordered = await read(running, "/um/groups?depth=1&orderBy=name&filter.reserveIp=true,false")
    assert [one["properties"]["name"] for one in ordered["items"]] == ["a", "b"]
    assert len((await read(running, "/um/groups?filter.reserveIp=true"))["items"]) == 1


@pytest.mark.parametrize(
    ("properties", "place"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": 1}, "name"),
        ({"name": "x", "reserveIp": 1}, "reserveIp"),
    ],
)
async def test_what_a_group_cannot_be(alone: Running, properties: dict[str, object], place: str) -> None:
    path = await group(alone)
    for method, at in (("POST", "/um/groups"), ("PUT", path)):
        message = await refused(alone, method, at, {"properties": properties})
        assert message.startswith(f"[(root).properties.{place}]")


async def test_a_group_is_made_without_users(alone: Running) -> None:
    body = {"properties": {"name": "x"}, "entities": {"users": {"items": [{"id": NOWHERE}]}}}
    assert (await refused(alone, "POST", "/um/groups", body)).startswith("[(root).entities.users]")
    assert (await read(alone, "/um/groups"))["items"] == []


async def test_users_join_and_leave(running: Running) -> None:
    crew, ada = await group(running), await user(running)
    id = ada.rsplit("/", 1)[1]
    for _ in range(2):
        joined = await changed(running, "POST", f"{crew}/users", {"id": id.upper()})
        assert (joined["id"], joined["type"]) == (id, "user")
    assert [one["id"] for one in (await read(running, f"{crew}/users"))["items"]] == [id]
    (mine,) = (await read(running, f"{ada}/groups?depth=1"))["items"]
    assert (mine["type"], mine["properties"]["name"]) == ("group", "crew")
    whole = await read(running, f"{crew}?depth=10")
    (inside,) = whole["entities"]["users"]["items"]
    assert inside["properties"]["email"] == "ada@example.com"
    assert set(inside["entities"]["groups"]) == {"id", "type", "href"}
    await changed(running, "DELETE", f"{crew}/users/{id}")
    assert (await read(running, f"{crew}/users"))["items"] == []
    assert (await running.api.delete(f"{crew}/users/{id}")).status_code == 404
    assert (await refused(running, "POST", f"{crew}/users", {"id": NOWHERE})).startswith("[(root).id]")
    assert (await refused(running, "POST", f"{crew}/users", {})).startswith("[(root).id]")
    await gone(running, f"/um/groups/{NOWHERE}/users")
    await changed(running, "POST", f"{crew}/users", {"id": id})
    await changed(running, "DELETE", ada)
    assert (await read(running, f"{crew}/users"))["items"] == []


async def test_a_user_has_the_privileges_of_all_their_groups_at_once(running: Running) -> None:
    async def privileges() -> frozenset[str]:
        header = str(ada.headers["authorization"])
        return (await running.cloud.identity.authenticate(header, None, "127.0.0.1")).privileges

    id = (await user(running)).rsplit("/", 1)[1]
    one, other = await group(running, createPcc=True), await group(running, createPcc=True, reserveIp=True)
    async with calling(running) as ada:
        assert await privileges() == frozenset()
        await changed(running, "POST", f"{one}/users", {"id": id})
        assert await privileges() == {"CREATE_PCC"}
        await changed(running, "POST", f"{other}/users", {"id": id})
        assert await privileges() == {"CREATE_PCC", "RESERVE_IP"}
        await changed(running, "PUT", other, {"properties": {"name": "x", "s3Privilege": True}})
        assert await privileges() == {"CREATE_PCC", "ACCESS_S3_OBJECT_STORAGE"}
        await changed(running, "DELETE", f"{one}/users/{id}")
        assert await privileges() == {"ACCESS_S3_OBJECT_STORAGE"}
        await changed(running, "DELETE", other)
        assert await privileges() == frozenset()
        await changed(running, "PUT", f"/um/users/{id}", {"properties": {"administrator": True}})
        assert await privileges() == ALL


async def test_an_emptied_contract_has_its_users_and_no_groups(running: Running) -> None:
    id = (await user(running)).rsplit("/", 1)[1]
    crew = await group(running, createPcc=True)
    await changed(running, "POST", f"{crew}/users", {"id": id})
    async with calling(running) as ada:
        assert (await ada.post("/pccs", json={"properties": {}})).status_code == 202
        number = running.cloud.owner.contract
        assert (await running.control("POST", f"/contracts/{number}/reset")).status_code == 204
        assert (await ada.post("/pccs", json={"properties": {}})).status_code == 403
    assert (await read(running, "/um/groups"))["items"] == []
    assert len((await read(running, "/um/users"))["items"]) == 2


async def test_resources_are_shared(running: Running) -> None:
    crew, dc = await group(running), await datacenter(running)
    id = dc.rsplit("/", 1)[1]
    share = f"{crew}/shares/{id}"
    await gone(running, share)
    made_ = await changed(running, "POST", share, {"properties": {"editPrivilege": True}})
    assert made_ == {
        "id": id,
        "type": "resource",
        "href": made_["href"],
        "properties": {"editPrivilege": True, "sharePrivilege": False},
    }
    assert made_["href"].endswith(share)
    assert "already" in await refused(running, "POST", share, {"properties": {}}, code="200")
    assert await read(running, share) == made_
    after = await changed(running, "PUT", share, {"properties": {"sharePrivilege": True}})
    assert after["properties"] == {"editPrivilege": False, "sharePrivilege": True}
    listed = await read(running, f"{crew}/shares?depth=1&filter.sharePrivilege=true")
    assert [one["id"] for one in listed["items"]] == [id]
    (resource,) = (await read(running, f"{crew}/resources?depth=1"))["items"]
    assert (resource["id"], resource["type"], resource["properties"]["name"]) == (id, "datacenter", "dc")
    seen = await read(running, f"/um/resources/datacenter/{id}?depth=2")
    assert [one["properties"]["name"] for one in seen["entities"]["groups"]["items"]] == ["crew"]
    message = await refused(running, "PUT", share, {"properties": {"editPrivilege": "yes"}})
    assert message.startswith("[(root).properties.editPrivilege]")
    await changed(running, "DELETE", share)
    assert (await running.api.delete(share)).status_code == 404
    assert (await running.api.put(share, json={"properties": {}})).status_code == 404


async def test_a_share_goes_with_what_is_shared(running: Running) -> None:
    crew, dc = await group(running), await datacenter(running)
    share = f"{crew}/shares/{dc.rsplit('/', 1)[1]}"
    await changed(running, "POST", share, {"properties": {}})
    await changed(running, "DELETE", dc)
    await gone(running, share)
    assert (await read(running, f"{crew}/resources"))["items"] == []


async def test_only_what_can_be_shared_is(running: Running) -> None:
    crew, dc = await group(running), await datacenter(running)
    image = (await read(running, "/images"))["items"][0]["id"]
    lan = await made(running, f"{dc}/volumes", {"properties": {"size": 1, "licenceType": "LINUX"}})
    for id in (NOWHERE, image, lan["id"]):
        answer = await running.api.post(f"{crew}/shares/{id}", json={"properties": {}})
        assert answer.status_code == 404
    nowhere = f"/um/groups/{NOWHERE}/shares/{dc.rsplit('/', 1)[1]}"
    assert (await running.api.post(nowhere, json={"properties": {}})).status_code == 404
    any_type = await running.api.post(
        f"{crew}/shares/{dc.rsplit('/', 1)[1]}", content=b'{"properties":{}}', headers={"Content-Type": "*/*"}
    )
    assert any_type.status_code == 202


async def test_resources_by_type(running: Running) -> None:
    dc = await datacenter(running)
    await made(running, "/pccs", {"properties": {"name": "cross"}})
    everything = await read(running, "/um/resources?depth=1")
    assert [one["type"] for one in everything["items"]] == ["datacenter", "pcc"]
    assert [one["type"] for one in (await read(running, "/um/resources?filter.name=ross"))["items"]] == [
        "pcc"
    ]
    (one,) = (await read(running, "/um/resources/datacenter?depth=1"))["items"]
    assert one["metadata"]["state"] == "AVAILABLE"
    for type in ("snapshot", "image", "ipblock", "backupunit", "k8s"):
        assert (await read(running, f"/um/resources/{type}"))["items"] == [], type
    for path in (
        "/um/resources/server",
        f"/um/resources/pcc/{dc.rsplit('/', 1)[1]}",
        f"/um/resources/x/{NOWHERE}",
    ):
        await gone(running, path)
