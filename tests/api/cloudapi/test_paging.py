"""Pages, links, caps and order of collections."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.api.conftest import ROOT, Running


@pytest.fixture
def running(alone: Running) -> Running:
    """Rules do not depend on the store; the stories of `test_workflows` are told on both."""
    return alone


HERE = f"{ROOT}/cloudapi/v6/datacenters"


async def filled(running: Running, *names: str) -> None:
    for name in names:
        await running.make("/datacenters", name=name, location="de/txl")


async def page(running: Running, query: str = "") -> dict[str, Any]:
    answer = await running.api.get(f"/datacenters?{query}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def names(running: Running, query: str = "") -> list[str]:
    return [item["properties"].get("name") for item in (await page(running, f"depth=1&{query}"))["items"]]


async def test_an_empty_collection_is_a_whole_page(running: Running) -> None:
    body = await page(running)
    assert body == {
        "id": "datacenters",
        "type": "collection",
        "href": HERE,
        "offset": 0,
        "limit": 1000,
        "_links": {"self": f"{HERE}?offset=0&limit=1000"},
        "items": [],
    }


async def test_the_links_lead_through_every_page_and_back(running: Running) -> None:
    await filled(running, "a", "b", "c", "d", "e")
    seen, at = [], "/datacenters?depth=1&limit=2&other=x"
    pages = 0
    while at:
        body = (await running.api.get(at)).json()
        assert (body["offset"], body["limit"]) == (2 * pages, 2)
        assert ("prev" in body["_links"]) == (pages > 0)
        assert parse_qs(urlsplit(body["_links"]["self"]).query)["depth"] == ["1"]
        seen += [item["properties"]["name"] for item in body["items"]]
        at, pages = body["_links"].get("next"), pages + 1
        if pages == 3:
            back = (await running.api.get(body["_links"]["prev"])).json()
            assert [item["properties"]["name"] for item in back["items"]] == ["c", "d"]
    assert (seen, pages) == (["a", "b", "c", "d", "e"], 3)


async def test_a_page_that_is_just_full_has_no_next(running: Running) -> None:
    await filled(running, "a", "b")
    assert "next" not in (await page(running, "limit=2"))["_links"]
    assert "next" in (await page(running, "limit=1"))["_links"]
    assert "next" not in (await page(running, "limit=1&offset=1"))["_links"]


async def test_beyond_the_end_is_nothing(running: Running) -> None:
    await filled(running, "a")
    body = await page(running, "offset=5&limit=3")
    assert (body["items"], body["offset"]) == ([], 5)
    assert set(body["_links"]) == {"self", "prev"}
    assert await names(running, "offset=2147483647") == []


async def test_prev_does_not_go_before_the_beginning(running: Running) -> None:
    await filled(running, "a", "b", "c")
    body = await page(running, "offset=1&limit=2")
    assert parse_qs(urlsplit(body["_links"]["prev"]).query)["offset"] == ["0"]


async def test_a_limit_above_the_largest_is_cut_to_it(running: Running) -> None:
    assert (await page(running, "limit=10001"))["limit"] == 10000
    assert (await page(running, "limit=2147483647"))["limit"] == 10000
    assert (await page(running, "limit="))["limit"] == 1000


async def test_max_results_caps_before_filters_and_limit_after(running: Running) -> None:
    await filled(running, "red", "blue", "red", "red")
    assert await names(running, "maxResults=2") == ["red", "blue"]
    assert await names(running, "maxResults=2&filter.name=red") == ["red"]
    assert await names(running, "limit=2&filter.name=red") == ["red", "red"]
    assert await names(running, "maxResults=3&offset=2") == ["red"]
    assert await names(running, "maxResults=3&offset=3") == []
    assert await names(running, "maxResults=2&limit=1&offset=1") == ["blue"]
    assert await names(running, "maxResults=0") == ["red", "blue", "red", "red"]


async def test_order_is_ascending_and_by_creation_without_one(running: Running) -> None:
    await filled(running, "b", "c", "a")
    assert await names(running) == ["b", "c", "a"]
    assert await names(running, "orderBy=name") == ["a", "b", "c"]
    assert await names(running, "orderBy=createdDate") == ["b", "c", "a"]
    for other in ("nosuch", "", "name%20desc", "properties.name", "'", "version"):
        assert sorted(await names(running, f"orderBy={other}")) == ["a", "b", "c"], other
    assert await names(running, "order-by=name") == ["b", "c", "a"]
    assert await names(running, "orderBy=name&limit=1&offset=1") == ["b"]


async def test_numbers_are_ordered_as_numbers(running: Running) -> None:
    for size in (10, 9, 100):
        await running.make("/ipblocks", location="de/txl", size=size)
    items = (await running.api.get("/ipblocks?depth=1&orderBy=size")).json()["items"]
    assert [item["properties"]["size"] for item in items] == [9, 10, 100]


async def test_nested_collections_page_too(running: Running) -> None:
    id = (await running.make("/datacenters", location="de/txl"))["id"]
    for number in range(12):
        await running.make(f"/datacenters/{id}/lans", name=f"lan {number}")
    body = (await running.api.get(f"/datacenters/{id}/lans?limit=5&offset=5&depth=1")).json()
    assert [item["id"] for item in body["items"]] == ["6", "7", "8", "9", "10"]
    assert body["id"] == f"{id}/lans"
    assert body["_links"]["next"] == f"{HERE}/{id}/lans?depth=1&offset=10&limit=5"


@pytest.mark.parametrize("path", ["/locations", "/labels", "/contracts"])
async def test_short_collections_have_no_pages(alone: Running, path: str) -> None:
    body = (await alone.api.get(f"{path}?offset=0&limit=1")).json()
    assert not {"offset", "limit", "_links"} & set(body)


async def test_no_page_can_be_drawn_into_another_query(alone: Running) -> None:
    body = await page(alone, "limit=1&x=%22%3E%3Cscript%3E&y=a%26offset%3D9&depth=0")
    query = parse_qs(urlsplit(body["_links"]["self"]).query)
    assert query["y"] == ["a&offset=9"]
    assert query["offset"] == ["0"]
