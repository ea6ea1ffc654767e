"""CD-ROMs: images in the drives of a server."""

from __future__ import annotations

from typing import Any

import pytest

from ionstack.apis.cloudapi import facts
from tests.api.cloudapi.calls import changed, datacenter, gone, made, read, refused, unchanged_by_itself
from tests.api.conftest import Running


@pytest.fixture
def running(alone: Running) -> Running:
    """Rules do not depend on the store; the stories of `test_workflows` are told on both."""
    return alone


SERVER = {"name": "web", "cores": 1, "ram": 1024}


def images(kind: str, location: str = "de/txl") -> list[str]:
    return [
        id
        for id, image in facts.images().items()
        if image["imageType"] == kind and image["location"] == location
    ]


FIRST, SECOND, THIRD = images("CDROM")[:3]


@pytest.fixture
async def server(running: Running) -> str:
    place = await datacenter(running)
    return f"{place}/servers/{(await made(running, f'{place}/servers', {'properties': SERVER}))['id']}"


async def inside(running: Running, path: str) -> list[str]:
    return [item["id"] for item in (await read(running, path))["items"]]


async def test_an_image_is_put_into_a_drive_and_taken_out(running: Running, server: str) -> None:
    shown = await made(running, f"{server}/cdroms", {"id": FIRST})
    assert (shown["id"], shown["type"], shown["properties"]["imageType"]) == (FIRST, "image", "CDROM")
    assert await inside(running, f"{server}/cdroms") == [FIRST]
    assert (await read(running, f"{server}/cdroms/{FIRST}"))["properties"]["public"] is True
    entities = (await read(running, f"{server}?depth=3"))["entities"]
    assert [item["properties"]["imageType"] for item in entities["cdroms"]["items"]] == ["CDROM"]
    await changed(running, "DELETE", f"{server}/cdroms/{FIRST}")
    await gone(running, f"{server}/cdroms/{FIRST}")
    assert await inside(running, f"{server}/cdroms") == []
    assert (await read(running, f"/images/{FIRST}"))["id"] == FIRST


async def test_drives_are_listed_in_pages_and_searched(running: Running, server: str) -> None:
    for id in (FIRST, SECOND):
        await made(running, f"{server}/cdroms", {"id": id})
    page = await read(running, f"{server}/cdroms?limit=1&offset=1&depth=1")
    assert ([item["id"] for item in page["items"]], page["offset"], page["limit"]) == ([SECOND], 1, 1)
    assert "prev" in page["_links"]
    assert "next" not in page["_links"]
    names = {id: (await read(running, f"/images/{id}"))["properties"]["name"] for id in (FIRST, SECOND)}
    found = await running.api.get(f"{server}/cdroms", params={"filter.name": names[FIRST]})
    assert [item["id"] for item in found.json()["items"]] == [FIRST], names


async def test_a_server_has_two_drives_for_different_cdroms(running: Running, server: str) -> None:
    for id in (FIRST, SECOND):
        await made(running, f"{server}/cdroms", {"id": id})
    assert "at most 2" in await refused(running, "POST", f"{server}/cdroms", {"id": THIRD}, code="200")
    assert "attached already" in await refused(running, "POST", f"{server}/cdroms", {"id": FIRST})


async def test_only_a_cdrom_of_the_location_fits(running: Running, server: str) -> None:
    for id, message in (
        (images("HDD")[0], "is not a CD-ROM"),
        (images("CDROM", "us/las")[0], "does not exist in this location"),
        ("00000000-0000-4000-8000-000000000000", "does not exist"),
    ):
        assert message in await refused(running, "POST", f"{server}/cdroms", {"id": id})
    assert await inside(running, f"{server}/cdroms") == []


async def test_a_server_comes_with_its_cdroms_and_boots_from_one(running: Running, server: str) -> None:
    place = server.partition("/servers/")[0]
    body: dict[str, Any] = {
        "properties": {**SERVER, "bootCdrom": {"id": FIRST}},
        "entities": {"cdroms": {"items": [{"id": SECOND}]}},
    }
    path = f"{place}/servers/{(await made(running, f'{place}/servers', body))['id']}"
    assert await inside(running, f"{path}/cdroms") == [SECOND, FIRST]
    boot = (await read(running, path))["properties"]["bootCdrom"]
    assert (boot["id"], boot["type"], boot["href"].endswith(f"/cloudapi/v6/images/{FIRST}")) == (
        FIRST,
        "image",
        True,
    )
    await unchanged_by_itself(running, path)
    await changed(running, "DELETE", f"{path}/cdroms/{FIRST}")
    assert "bootCdrom" not in (await read(running, path))["properties"]


async def test_booting_from_a_cdrom_puts_it_into_a_drive(running: Running, server: str) -> None:
    await changed(running, "PATCH", server, {"bootCdrom": {"id": FIRST}})
    assert await inside(running, f"{server}/cdroms") == [FIRST]
    await changed(running, "PATCH", server, {"bootCdrom": None})
    assert "bootCdrom" not in (await read(running, server))["properties"]
    assert await inside(running, f"{server}/cdroms") == [FIRST]
