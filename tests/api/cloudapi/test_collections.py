"""Pages, filters, order and caps of collections."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.cloudapi.calls import second_factor
from tests.api.conftest import ROOT, Running

NAMES = ("Alpha", "beta", "Gamma", "delta", "100%_sure")


@pytest.fixture
async def five(running: Running) -> list[str]:
    """Five data centers, oldest first. The first is protected, which takes a second factor."""
    await second_factor(running)
    made = []
    for number, name in enumerate(NAMES):
        place = "de/txl" if number % 2 else "de/fra"
        body = {"properties": {"name": name, "location": place, "secAuthProtection": number == 0}}
        made.append((await running.api.post("/datacenters", json=body)).json()["id"])
    return made


async def names(running: Running, **query: Any) -> list[str]:
    answer = await running.api.get("/datacenters", params={"depth": 1, **query})
    assert answer.status_code == 200, answer.text
    return [item["properties"]["name"] for item in answer.json()["items"]]


async def test_pages_link_to_each_other(running: Running, five: list[str]) -> None:
    path = f"{ROOT}/cloudapi/v6/datacenters"
    first = (await running.api.get("/datacenters?limit=2")).json()
    assert (first["offset"], first["limit"]) == (0, 2)
    assert first["_links"] == {
        "self": f"{path}?offset=0&limit=2",
        "next": f"{path}?offset=2&limit=2",
    }
    middle = (await running.api.get(first["_links"]["next"])).json()
    assert middle["_links"].keys() == {"prev", "self", "next"}
    last = (await running.api.get(middle["_links"]["next"])).json()
    assert last["_links"].keys() == {"prev", "self"}
    seen = [item["id"] for page in (first, middle, last) for item in page["items"]]
    assert seen == five


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"filter.name": "a"}, ["Alpha", "beta", "Gamma", "delta"]),
        ({"filter.name": "ALPHA"}, ["Alpha"]),
        ({"filter.name": "alpha,gamma"}, ["Alpha", "Gamma"]),
        ({"filter.name": "%"}, ["100%_sure"]),
        ({"filter.name": "_"}, ["100%_sure"]),
        ({"filter.name": "lt", "filter.location": "txl"}, ["delta"]),
        ({"filter.secAuthProtection": "true"}, ["Alpha"]),
        ({"filter.features": "nic-hot-plug"}, list(NAMES)),
        ({"filter.state": "AVAILABLE"}, list(NAMES)),
        ({"filter.state": "BUSY"}, []),
        ({"filter.createdBy": "owner@"}, list(NAMES)),
        ({"filter.createdDate": "2026-01-01"}, list(NAMES)),
        ({"filter.createdDate": "2020-01-01"}, []),
        ({"filter.nothing": "x"}, []),
        ({"filter.name": "' OR 1=1 --"}, []),
        ({"maxResults": 3, "filter.name": "delta"}, []),
        ({"maxResults": 2}, ["Alpha", "beta"]),
        ({"orderBy": "name"}, ["100%_sure", "Alpha", "Gamma", "beta", "delta"]),
        ({"orderBy": "nothing"}, list(NAMES)),
        ({"order-by": "name", "unknown": "1"}, list(NAMES)),
    ],
)
async def test_filters_and_order(
    running: Running, five: list[str], filters: dict[str, Any], found: list[str]
) -> None:
    got = await names(running, **filters)
    if filters.get("orderBy") == "name" and running.cloud.store.dialect == "postgresql":
        assert sorted(got) == sorted(found)  # PostgreSQL sorts by its own collation
    else:
        assert got == found


async def test_an_etag_finds_its_resource_until_it_changes(running: Running, five: list[str]) -> None:
    etag = (await running.api.get(f"/datacenters/{five[1]}")).headers["etag"]
    assert await names(running, **{"filter.etag": etag}) == ["beta"]
    await running.api.patch(f"/datacenters/{five[1]}", json={"description": "x"})
    assert await names(running, **{"filter.etag": etag}) == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "offset=-1", "depth=11", "depth=-1", "depth=a", "pretty=maybe"]
)
async def test_nonsense_is_refused(running: Running, query: str) -> None:
    answer = await running.api.get(f"/datacenters?{query}")
    assert answer.status_code == 400
    assert query.split("=")[0] in answer.json()["messages"][0]["message"]


async def test_pretty_is_indented(running: Running, five: list[str]) -> None:
    compact, pretty = [(await running.api.get(f"/datacenters?pretty={word}")) for word in ("false", "true")]
    assert b"\n" not in compact.content
    assert b'\n  "id": "datacenters"' in pretty.content
    assert compact.json()["items"] == pretty.json()["items"]
