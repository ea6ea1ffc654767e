"""Requests: who asked for what, and what became of it, as the clients that poll and search them need it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.api.conftest import ROOT, USERNAME, Running

BODY = {"properties": {"name": "One", "location": "de/txl"}}


async def found(running: Running, **query: str) -> list[dict[str, Any]]:
    answer = await running.api.get("/requests", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]


async def test_a_request_tells_who_sent_what(running: Running) -> None:
    sent = json.dumps(BODY, indent=3)
    headers = {"Content-Type": "application/json", "User-Agent": "a tool", "Cookie": "no business of anyone"}
    answer = await running.api.post("/datacenters?depth=1&pretty=true", content=sent, headers=headers)
    status = answer.headers["location"]
    request = (await running.api.get(status.removesuffix("/status"))).json()
    assert request["type"] == "request"
    assert request["href"] == status.removesuffix("/status")
    assert request["metadata"]["createdBy"] == USERNAME
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", request["metadata"]["createdDate"])
    assert request["metadata"]["requestStatus"]["href"] == status
    properties = request["properties"]
    assert properties["method"] == "POST"
    assert properties["url"] == f"{ROOT}/cloudapi/v6/datacenters?depth=1&pretty=true"
    assert json.loads(properties["body"]) == BODY
    kept = {name.lower(): value for name, value in properties["headers"].items()}
    assert kept["user-agent"] == "a tool"
    assert not {"authorization", "cookie"} & set(kept)


async def test_a_status_names_every_target(running: Running) -> None:
    lans = {"lans": {"items": [{"properties": {"name": name}} for name in ("a", "b")]}}
    made = await running.api.post("/datacenters", json={**BODY, "entities": lans})
    for query in ("", "?depth=0", "?depth=1", "?depth=5"):
        status = (await running.api.get(made.headers["location"] + query)).json()
        assert status["type"] == "request-status"
        assert status["id"] == "/".join(made.headers["location"].split("/")[-2:])
        assert status["href"] == made.headers["location"]
        assert status["metadata"]["status"] == "DONE"
        assert status["metadata"]["message"] == "Request has been successfully executed"
        id = made.json()["id"]
        at = f"{ROOT}/cloudapi/v6/datacenters/{id}"
        assert status["metadata"]["targets"] == [
            {"target": {"id": id, "type": "datacenter", "href": at}, "status": "DONE"},
            {"target": {"id": "1", "type": "lan", "href": f"{at}/lans/1"}, "status": "DONE"},
            {"target": {"id": "2", "type": "lan", "href": f"{at}/lans/2"}, "status": "DONE"},
        ]


async def test_a_request_outlives_its_target(running: Running) -> None:
    made = await running.api.post("/datacenters", json=BODY)
    gone = await running.api.delete(f"/datacenters/{made.json()['id']}")
    for answer in (made, gone):
        status = await running.api.get(answer.headers["location"])
        assert status.status_code == 200
        (target,) = status.json()["metadata"]["targets"]
        assert target["target"]["id"] == made.json()["id"]
    request = (await running.api.get(gone.headers["location"].removesuffix("/status"))).json()
    assert (request["properties"]["method"], request["properties"]["body"]) == ("DELETE", "")


async def test_the_list_opens_with_depth(running: Running) -> None:
    await running.make("/datacenters", location="de/txl")
    (reference,) = await found(running)
    assert set(reference) == {"id", "type", "href"}
    (one,) = await found(running, depth="1")
    assert set(one["metadata"]["requestStatus"]) == {"id", "type", "href"}
    (whole,) = await found(running, depth="2")
    assert whole["metadata"]["requestStatus"]["metadata"]["status"] == "DONE"
    assert whole["metadata"]["requestStatus"]["metadata"]["targets"][0]["target"]["type"] == "datacenter"


async def test_the_cluster_api_provider_finds_its_request(running: Running) -> None:
    """It asks for POSTs to a path of the last day at depth 2, compares the URL's end and parses the body."""
    datacenter = (await running.make("/datacenters", location="de/txl"))["id"]
    path = f"/datacenters/{datacenter}/lans"
    await running.make("/datacenters", location="de/fra")
    running.clock.advance(60)
    await running.make(path, name="wanted")
    await running.api.patch(f"{path}/1", json={"name": "wanted"})
    day = {"depth": "2", "filter.method": "POST", "filter.url": path}
    (one,) = await found(running, **day, **{"filter.createdAfter": "2000-01-01 00:00:00"})
    assert one["properties"]["url"].split("?")[0].endswith(path)
    assert json.loads(one["properties"]["body"])["properties"]["name"] == "wanted"
    targets = one["metadata"]["requestStatus"]["metadata"]["targets"]
    assert "lan" in [target["target"]["type"] for target in targets]
    assert one["metadata"]["requestStatus"]["metadata"]["message"]
    assert await found(running, **day, **{"filter.createdAfter": "2999-01-01 00:00:00"}) == []


async def test_dates_bound_the_list(running: Running) -> None:
    first = await running.make("/datacenters", location="de/txl")
    running.clock.advance(3600)
    second = await running.make("/datacenters", location="de/txl")
    one, other = await found(running, depth="2")
    targets = [
        item["metadata"]["requestStatus"]["metadata"]["targets"][0]["target"]["id"] for item in (one, other)
    ]
    assert targets == [first["id"], second["id"]]
    written = [item["metadata"]["createdDate"] for item in (one, other)]
    for form in (str, lambda date: date[:19].replace("T", " "), lambda date: date[:19]):
        early, late = (form(date) for date in written)
        assert ids(await found(running, **{"filter.createdAfter": late})) == [other["id"]]
        assert ids(await found(running, **{"filter.createdBefore": late})) == [one["id"]]
        assert ids(await found(running, **{"filter.createdDate": early})) == [one["id"]]
        both = {"filter.createdAfter": early, "filter.createdBefore": late}
        assert ids(await found(running, **both)) == [one["id"]]
    assert await found(running, **{"filter.createdAfter": "yesterday"}) == []


@pytest.mark.parametrize(
    ("name", "value", "count"),
    [
        ("status", "DONE", 2), ("status", "FAILED", 0), ("status", "QUEUED,RUNNING", 0), ("status", "QUEUED,DONE", 2),
        ("requestStatus", "DONE", 2), ("method", "post", 1), ("method", "POST,DELETE", 2), ("body", "haystack", 1),
        ("url", "/datacenters/", 1), ("createdBy", "OWNER", 2), ("createdBy", "nobody", 0), ("nosuch", "x", 0),
        ("headers", "python-httpx", 2), ("url", "%", 0), ("url", "_", 0),
    ],
)  # fmt: skip
async def test_each_filter(alone: Running, name: str, value: str, count: int) -> None:
    id = (await alone.make("/datacenters", name="Haystack", location="de/txl"))["id"]
    await alone.api.delete(f"/datacenters/{id}")
    assert len(await found(alone, **{f"filter.{name}": value})) == count


async def test_an_etag_finds_its_request(alone: Running) -> None:
    for _ in range(3):
        await alone.make("/datacenters", location="de/txl")
    items = await found(alone, depth="1")
    assert len({item["metadata"]["etag"] for item in items}) == 3
    got = await found(alone, **{"filter.etag": items[1]["metadata"]["etag"]})
    assert [item["id"] for item in got] == [items[1]["id"]]


async def test_requests_page_and_order(running: Running) -> None:
    for name in ("a", "b", "c"):
        await running.make("/datacenters", name=name, location="de/txl")
    every = [item["id"] for item in await found(running)]
    body = (await running.api.get("/requests?limit=2")).json()
    assert [item["id"] for item in body["items"]] == every[:2]
    rest = (await running.api.get(body["_links"]["next"])).json()
    assert [item["id"] for item in rest["items"]] == every[2:]
    assert "next" not in rest["_links"]
    assert [item["id"] for item in await found(running, orderBy="createdDate")] == every
    assert [item["id"] for item in await found(running, maxResults="1")] == every[:1]


async def test_what_changes_nothing_leaves_no_request(running: Running) -> None:
    await running.api.post("/datacenters", json={"properties": {}})
    await running.api.get("/datacenters")
    await running.api.delete("/datacenters/4bb0a7ba-0000-4000-8000-000000000000")
    assert await found(running) == []


async def test_secrets_do_not_come_back_in_the_body(running: Running) -> None:
    datacenter = (await running.make("/datacenters", location="de/txl"))["id"]
    images = (await running.api.get("/images?depth=1&filter.imageAliases=ubuntu:latest")).json()["items"]
    image = next(item["id"] for item in images if item["properties"]["location"] == "de/txl")
    await running.make(
        f"/datacenters/{datacenter}/volumes", size=10, type="HDD", image=image, imagePassword="hunter2hunter2"
    )
    answer = await running.api.get("/requests?depth=5")
    assert "hunter2" not in answer.text
    body = json.loads(answer.json()["items"][1]["properties"]["body"])
    assert body["properties"]["image"] == image
