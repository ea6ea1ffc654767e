"""Locations: the real ones, under every spelling of their ids."""

from __future__ import annotations

import httpx
import pytest

from tests.api.conftest import ROOT, Running

IDS = {
    "de/fra", "de/fra/2", "de/txl", "de/fkb", "es/vit", "fr/par", "gb/lhr", "gb/bhx", "us/las", "us/ewr", "us/mci",
}  # fmt: skip


@pytest.fixture
async def api(alone: Running) -> httpx.AsyncClient:
    return alone.api


async def test_every_location_is_there_with_what_it_offers(running: Running) -> None:
    body = (await running.api.get("/locations?depth=1")).json()
    assert (body["id"], body["type"]) == ("locations", "collection")
    assert {item["id"] for item in body["items"]} >= IDS
    for item in body["items"]:
        properties = item["properties"]
        assert item["type"] == "location"
        assert item["metadata"]["state"] == "AVAILABLE"
        assert properties["name"]
        assert properties["features"]
        assert properties["imageAliases"]
        for architecture in properties["cpuArchitecture"]:
            assert set(architecture) >= {"cpuFamily", "maxCores", "maxRam", "vendor"}
            assert architecture["vendor"] in ("GenuineIntel", "AuthenticAMD")
        assert properties["cpuArchitecture"], item["id"]
        assert isinstance(properties["gpuArchitecture"], list)


async def test_a_child_belongs_to_the_metro_region_of_its_parent(api: httpx.AsyncClient) -> None:
    items = (await api.get("/locations?depth=1")).json()["items"]
    metro = {item["id"]: item["properties"]["metroRegion"] for item in items}
    assert metro["de/fra/2"] == "de/fra"
    assert all(metro[id] == id for id in IDS - {"de/fra/2"})
    assert set(metro.values()) <= set(metro)


@pytest.mark.parametrize(
    ("path", "id"),
    [
        ("/locations/de/fra", "de/fra"),
        ("/locations/de/fra%2F2", "de/fra/2"),
        ("/locations/de/fra%2f2", "de/fra/2"),
        ("/locations/de/fra/2", "de/fra/2"),
        ("/locations/de//fra/", "de/fra"),
    ],
)
async def test_every_spelling_finds_it(api: httpx.AsyncClient, path: str, id: str) -> None:
    body = (await api.get(path)).json()
    assert body["id"] == id
    assert body["href"] == f"{ROOT}/cloudapi/v6/locations/{id}"
    assert (await api.get(body["href"])).json() == body


async def test_a_region_lists_its_own(api: httpx.AsyncClient) -> None:
    body = (await api.get("/locations/de?depth=1")).json()
    assert body["type"] == "collection"
    assert {item["id"] for item in body["items"]} == {id for id in IDS if id.startswith("de/")}
    for unknown in ("xx", "d", "de%2Ffra", "%25", "de_", "DE"):
        assert (await api.get(f"/locations/{unknown}")).status_code == 404, unknown
    for unknown in ("de/xxx", "de/fra/3", "de/FRA", "de/fra/2/x"):
        assert (await api.get(f"/locations/{unknown}")).status_code == 404, unknown


async def test_they_are_filtered_as_their_users_do(api: httpx.AsyncClient) -> None:
    async def ids(query: str) -> set[str]:
        return {item["id"] for item in (await api.get(f"/locations?{query}")).json()["items"]}

    assert await ids("filter.name=FRANKFURT") == {"de/fra", "de/fra/2"}
    assert await ids("filter.features=SSD") >= IDS
    assert await ids("filter.imageAliases=ubuntu:latest") >= {"de/fra"}
    assert await ids("filter.metroRegion=de/fra") == {"de/fra", "de/fra/2"}
    assert await ids("filter.features=time-travel") == set()


async def test_nobody_can_change_them(api: httpx.AsyncClient) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert (await api.request(method, "/locations/de/fra", json={})).status_code == 405
        assert (await api.request(method, "/locations", json={})).status_code == 405
