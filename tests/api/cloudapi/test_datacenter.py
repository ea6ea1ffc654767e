"""Data centers: six operations, depth, and the composite creation."""

from __future__ import annotations

import re

from tests.api.conftest import ROOT, Running

BODY = {"properties": {"name": "One", "description": "first", "location": "de/txl"}}


async def made(running: Running, body: object = BODY) -> str:
    answer = await running.api.post("/datacenters", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def test_creation_is_accepted_busy_and_done_at_the_first_look(running: Running) -> None:
    answer = await running.api.post("/datacenters", json=BODY)
    assert answer.status_code == 202
    body = answer.json()
    assert body["type"] == "datacenter"
    assert body["href"] == f"{ROOT}/cloudapi/v6/datacenters/{body['id']}"
    assert body["metadata"]["state"] == "BUSY"
    assert "entities" not in body
    location = answer.headers["location"]
    assert re.fullmatch(rf"{ROOT}/cloudapi/v6/requests/[0-9a-f-]{{36}}/status", location)
    status = (await running.api.get(location)).json()
    assert status["type"] == "request-status"
    assert status["metadata"]["status"] == "DONE"
    assert status["metadata"]["targets"][0]["target"]["id"] == body["id"]
    assert status["metadata"]["targets"][0]["status"] == "DONE"
    read = (await running.api.get(f"/datacenters/{body['id']}")).json()
    assert read["metadata"]["state"] == "AVAILABLE"
    assert read["properties"]["cpuArchitecture"]
    assert read["properties"]["version"] == 2


async def test_what_was_sent_is_read_back_and_defaults_are_applied_once(running: Running) -> None:
    id = await made(running)
    properties = (await running.api.get(f"/datacenters/{id}")).json()["properties"]
    assert {name: properties[name] for name in BODY["properties"]} == BODY["properties"]
    assert properties["secAuthProtection"] is False
    assert properties["ipv6CidrBlock"].endswith("::/56")
    again = await running.api.put(f"/datacenters/{id}", json={"properties": properties})
    assert again.status_code == 202
    after = (await running.api.get(f"/datacenters/{id}")).json()["properties"]
    assert {**after, "version": 0} == {**properties, "version": 0}


async def test_patch_changes_what_it_names_and_put_replaces(running: Running) -> None:
    id = await made(running)
    patched = await running.api.patch(f"/datacenters/{id}", json={"name": "Two"})
    assert patched.status_code == 202
    assert patched.json()["properties"]["name"] == "Two"
    assert patched.json()["properties"]["description"] == "first"
    replaced = await running.api.put(f"/datacenters/{id}", json={"properties": {"name": "Three"}})
    assert replaced.status_code == 202
    read = (await running.api.get(f"/datacenters/{id}")).json()["properties"]
    assert read["name"] == "Three"
    assert "description" not in read
    assert read["location"] == "de/txl"


async def test_the_location_can_neither_change_nor_be_invented(running: Running) -> None:
    id = await made(running)
    moved = await running.api.patch(f"/datacenters/{id}", json={"location": "de/fra"})
    assert moved.status_code == 422
    assert moved.json()["messages"][0]["errorCode"] == "100"
    assert moved.json()["messages"][0]["message"].startswith("[(root).location]")
    for place in ("de/xxx", ""):
        nowhere = await running.api.post("/datacenters", json={"properties": {"location": place}})
        assert nowhere.status_code == 422
        assert f"'{place}' does not exist" in nowhere.json()["messages"][0]["message"]


async def test_a_composite_creation_makes_all_or_nothing(running: Running) -> None:
    lans = [{"properties": {"name": "front", "public": True}}, {"properties": {"name": "back"}}]
    answer = await running.api.post("/datacenters", json={**BODY, "entities": {"lans": {"items": lans}}})
    body = answer.json()
    assert [lan["properties"]["name"] for lan in body["entities"]["lans"]["items"]] == ["front", "back"]
    status = (await running.api.get(answer.headers["location"])).json()
    assert [target["target"]["type"] for target in status["metadata"]["targets"]] == [
        "datacenter",
        "lan",
        "lan",
    ]

    lans.append({"properties": {"name": "bad", "pcc": "4bb0a7ba-0000-4000-8000-000000000000"}})
    refused = await running.api.post("/datacenters", json={**BODY, "entities": {"lans": {"items": lans}}})
    assert refused.status_code == 422
    assert "[(root).entities.lans.items.[2].properties.pcc]" in refused.json()["messages"][0]["message"]
    listed = (await running.api.get("/datacenters")).json()
    assert [item["id"] for item in listed["items"]] == [body["id"]]


async def test_entities_that_are_not_served_are_refused_not_dropped(running: Running) -> None:
    clusters = {"clusters": {"items": [{"properties": {"name": "new"}}]}}
    answer = await running.api.post("/datacenters", json={**BODY, "entities": clusters})
    assert answer.status_code == 422
    assert "(root).entities.clusters" in answer.json()["messages"][0]["message"]


async def test_depth_opens_level_after_level(running: Running) -> None:
    lans = {"lans": {"items": [{"properties": {"name": "a"}}]}}
    id = await made(running, {**BODY, "entities": lans})
    expected = {
        0: {"id", "type", "href"},
        1: {"id", "type", "href", "items"},
    }
    for depth, keys in expected.items():
        entity = (await running.api.get(f"/datacenters/{id}?depth={depth}")).json()["entities"]["lans"]
        assert set(entity) == keys
    (reference,) = (await running.api.get(f"/datacenters/{id}?depth=1")).json()["entities"]["lans"]["items"]
    assert set(reference) == {"id", "type", "href"}
    (whole,) = (await running.api.get(f"/datacenters/{id}?depth=2")).json()["entities"]["lans"]["items"]
    assert whole["properties"]["name"] == "a"

    assert set((await running.api.get("/datacenters")).json()["items"][0]) == {"id", "type", "href"}
    (item,) = (await running.api.get("/datacenters?depth=1")).json()["items"]
    assert set(item["entities"]["lans"]) == {"id", "type", "href"}
    (item,) = (await running.api.get("/datacenters?depth=3")).json()["items"]
    assert item["entities"]["lans"]["items"][0]["properties"]["name"] == "a"


async def test_deleting_takes_everything_along(running: Running) -> None:
    id = await made(running, {**BODY, "entities": {"lans": {"items": [{"properties": {}}]}}})
    await running.api.post(f"/datacenters/{id}/labels", json={"properties": {"key": "a", "value": "b"}})
    answer = await running.api.delete(f"/datacenters/{id}")
    assert answer.status_code == 202
    assert answer.content == b""
    for path in (f"/datacenters/{id}", f"/datacenters/{id}/lans", f"/datacenters/{id}/lans/1"):
        gone = await running.api.get(path)
        assert gone.status_code == 404
        assert gone.json()["messages"] == [{"errorCode": "309", "message": "Resource does not exist"}]
    assert (await running.api.get("/labels")).json()["items"] == []
    assert (await running.api.get(answer.headers["location"])).json()["metadata"]["status"] == "DONE"


async def test_the_etag_changes_with_every_change(running: Running) -> None:
    id = await made(running)
    first = await running.api.get(f"/datacenters/{id}")
    assert first.headers["etag"] == first.json()["metadata"]["etag"]
    assert re.fullmatch("[0-9a-f]{32}", first.headers["etag"])
    await running.api.post(f"/datacenters/{id}/lans", json={"properties": {}})
    second = await running.api.get(f"/datacenters/{id}")
    assert second.headers["etag"] != first.headers["etag"]
    assert second.json()["properties"]["version"] == first.json()["properties"]["version"] + 1
    assert "etag" not in (await running.api.get(f"/datacenters/{id}?depth=0")).headers
