"""Images: public ones are the vendor's, private ones the contract's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.cloudapi.calls import changed, datacenter, gone, made, read, refused, unchanged_by_itself
from tests.api.conftest import Running


@pytest.fixture
def running(alone: Running) -> Running:
    """Rules do not depend on the store; the stories of `test_workflows` are told on both."""
    return alone


GOLDEN = {"name": "golden", "location": "de/txl", "size": 4, "cloudInit": "V1"}


async def add(running: Running, status: int = 201, **properties: Any) -> Any:
    answer = await running.control("POST", "/images", json={**GOLDEN, **properties})
    assert answer.status_code == status, answer.text
    return answer.json()


async def private(running: Running) -> str:
    return f"/images/{(await add(running, contract=running.cloud.owner.contract))['id']}"


async def test_a_private_image_is_its_contracts(running: Running) -> None:
    path = await private(running)
    shown = await read(running, path)
    assert (shown["properties"]["public"], shown["properties"]["size"], shown["metadata"]["state"]) == (
        False,
        4,
        "AVAILABLE",
    )
    found = await running.api.get("/images", params={"filter.public": "false", "depth": "1"})
    assert [item["properties"]["name"] for item in found.json()["items"]] == ["golden"]
    other = (await running.control("POST", "/contracts", json={})).json()
    bearer = {"Authorization": f"Bearer {other['token']}"}
    assert (await running.http.get(f"/cloudapi/v6{path}", headers=bearer)).status_code == 404


async def test_a_private_image_changes_and_goes(running: Running) -> None:
    path = await private(running)
    await changed(running, "PATCH", path, {"description": "new", "cpuHotPlug": False, "public": True})
    shown = (await read(running, path))["properties"]
    assert (shown["description"], shown["cpuHotPlug"], shown["public"]) == ("new", False, False)
    await unchanged_by_itself(running, path)
    await changed(running, "DELETE", path)
    await gone(running, path)


async def test_a_volume_of_a_private_image_takes_no_password(running: Running) -> None:
    image = (await private(running)).rpartition("/")[2]
    volumes = f"{await datacenter(running)}/volumes"
    body = {"properties": {"size": 10, "image": image, "userData": "I2Nsb3VkLWNvbmZpZw=="}}
    assert (await made(running, volumes, body))["properties"]["image"] == image
    body["properties"]["imagePassword"] = "longenough1"
    assert "only accepted for public Images" in await refused(running, "POST", volumes, body)


@pytest.mark.parametrize(
    ("method", "body"),
    [("PATCH", {"name": "mine"}), ("PUT", {"properties": {"licenceType": "LINUX"}}), ("DELETE", None)],
)
async def test_a_public_image_is_not_ones_own(running: Running, method: str, body: Any) -> None:
    before = (await read(running, "/images?depth=1"))["items"][0]
    answer = await running.api.request(method, f"/images/{before['id']}", json=body)
    assert answer.status_code == 403, answer.text
    assert await read(running, f"/images/{before['id']}") == before


async def test_an_image_for_everybody_is_found_by_its_alias_and_removed(running: Running) -> None:
    added = await add(running, aliases=["our:latest"], name="ours")
    volumes = f"{await datacenter(running)}/volumes"
    disk = {"properties": {"size": 10, "imageAlias": "our:latest", "imagePassword": "longenough1"}}
    assert (await made(running, volumes, disk))["properties"]["image"] == added["id"]
    assert (await running.control("DELETE", f"/images/{added['id']}")).status_code == 204
    await gone(running, f"/images/{added['id']}")


async def test_what_clients_would_have_to_choose_from_is_refused(running: Running) -> None:
    await add(running, aliases=["our:latest"])
    assert "already" in str(await add(running, 422))
    assert "is that of the image" in str(await add(running, 422, name="second", aliases=["our:latest"]))
    await add(running, name="second", aliases=["our:latest"], location="de/fra")
    await add(running, 404, contract=99)
    await add(running, 422, location="nowhere")
    public = (await read(running, "/images?depth=1"))["items"][0]["id"]
    assert (await running.control("DELETE", f"/images/{public}")).status_code == 404
