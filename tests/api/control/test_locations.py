"""Locations that an operator adds: they are as good as the vendor's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.cloudapi.calls import read
from tests.api.conftest import Running

PLACE = {"id": "us/dev", "name": "basement", "like": "de/txl"}


async def add(running: Running, status: int = 201, **body: Any) -> Any:
    answer = await running.control("POST", "/locations", json={**PLACE, **body})
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_an_added_location_has_all_that_its_model_has(running: Running) -> None:
    await add(running)
    model = await read(running, "/locations/de/txl")
    shown = await read(running, "/locations/us/dev")
    assert shown["properties"] == {**model["properties"], "name": "basement", "metroRegion": "us/dev"}
    regions = (await read(running, "/locations/us"))["items"]
    assert {"us/dev", "us/las"} <= {one["id"] for one in regions}
    listed = (await running.control("GET", "/locations")).json()["items"]
    assert [one["id"] for one in listed if one["added"]] == ["us/dev"]


async def test_everything_can_be_had_in_it(running: Running) -> None:
    await add(running)
    datacenter = (await running.make("/datacenters", name="here", location="us/dev"))["id"]
    block = await running.make("/ipblocks", location="us/dev", size=2)
    lan = (await running.make(f"/datacenters/{datacenter}/lans", public=True))["id"]
    alias = {"imageAlias": "ubuntu:latest", "imagePassword": "longenough1", "size": 10}
    volume = await running.make(f"/datacenters/{datacenter}/volumes", **alias)
    server = (await running.make(f"/datacenters/{datacenter}/servers", cores=1, ram=1024))["id"]
    nics = f"/datacenters/{datacenter}/servers/{server}/nics"
    ips = block["properties"]["ips"]
    made = await running.make(nics, lan=int(lan), ips=ips)
    assert made["properties"]["ips"] == ips
    chosen = await running.make(nics, lan=int(lan))
    assert (await read(running, f"{nics}/{chosen['id']}"))["properties"]["ips"]
    image = await read(running, f"/images/{volume['properties']['image']}")
    assert image["properties"]["location"] == "us/dev"
    await running.make("/pccs", name="cross")


async def test_images_are_added_there(running: Running) -> None:
    golden = {"name": "golden", "location": "us/dev", "size": 2}
    assert (await running.control("POST", "/images", json=golden)).status_code == 422
    await add(running)
    assert (await running.control("POST", "/images", json=golden)).status_code == 201
    found = (await read(running, "/images?depth=1&filter.location=us/dev"))["items"]
    assert "golden" in {one["properties"]["name"] for one in found}


async def test_it_stays_while_it_is_used_and_goes_with_its_images(running: Running) -> None:
    await add(running)
    made = await running.make("/ipblocks", location="us/dev", size=1)
    refused = await running.control("DELETE", "/locations/us/dev")
    assert refused.status_code == 409
    assert made["id"] in refused.text
    assert (await running.api.delete(f"/ipblocks/{made['id']}")).status_code == 202
    assert (await running.control("DELETE", "/locations/us/dev")).status_code == 204
    assert (await running.api.get("/locations/us/dev")).status_code == 404
    assert (await read(running, "/images?depth=1&filter.location=us/dev"))["items"] == []
    refused = await running.api.post(
        "/datacenters", json={"properties": {"name": "late", "location": "us/dev"}}
    )
    assert refused.status_code == 422


@pytest.mark.parametrize(
    "body",
    [{"id": "US/DEV"}, {"id": "us"}, {"id": "us/dev/2"}, {"id": "de/fra"}, {"like": "xx/yyy"}, {"id": "us/"}],
)
async def test_what_cannot_be_a_location_is_refused(alone: Running, body: dict[str, str]) -> None:
    assert (await add(alone, 422, **body))["messages"]


@pytest.mark.parametrize("path", ["de/fra", "us/dev"])
async def test_only_what_was_added_is_removed(alone: Running, path: str) -> None:
    assert (await alone.control("DELETE", f"/locations/{path}")).status_code == 404
