"""Snapshots: taken of a volume, kept without it, put back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.cloudapi.calls import changed, datacenter, gone, made, read, refused, unchanged_by_itself
from tests.api.conftest import Running


@pytest.fixture
def running(alone: Running) -> Running:
    """Rules do not depend on the store; the stories of `test_workflows` are told on both."""
    return alone


DISK = {"name": "disk", "size": 10, "imageAlias": "ubuntu:latest", "imagePassword": "longenough1"}


@pytest.fixture
async def place(running: Running) -> str:
    return await datacenter(running)


async def volume(running: Running, place: str, **properties: Any) -> str:
    body = {"properties": {**DISK, **properties}}
    return f"{place}/volumes/{(await made(running, f'{place}/volumes', body))['id']}"


async def snapshot(running: Running, volume: str, **properties: Any) -> str:
    taken = await made(running, f"{volume}/create-snapshot", {"properties": properties})
    return f"/snapshots/{taken['id']}"


async def test_a_snapshot_is_what_its_volume_was(running: Running, place: str) -> None:
    path = await volume(running, place)
    taken = await read(running, await snapshot(running, path, name="before", description="the upgrade"))
    assert taken["type"] == "snapshot"
    shown = taken["properties"]
    assert (shown["name"], shown["description"], shown["location"]) == ("before", "the upgrade", "de/txl")
    assert (shown["size"], shown["licenceType"], shown["cpuHotPlug"], shown["secAuthProtection"]) == (
        10,
        "LINUX",
        True,
        False,
    )
    assert taken["metadata"]["state"] == "AVAILABLE"


async def test_the_request_tells_of_the_snapshot_and_the_volume(running: Running, place: str) -> None:
    path = await volume(running, place)
    answer = await running.api.post(f"{path}/create-snapshot", json={})
    assert answer.status_code == 202, answer.text
    assert answer.json()["metadata"]["state"] == "BUSY"
    targets = (await read(running, answer.headers["location"]))["metadata"]["targets"]
    assert sorted(one["target"]["type"] for one in targets) == ["snapshot", "volume"]


async def test_a_snapshot_outlives_its_volume_and_makes_others(running: Running, place: str) -> None:
    path = await volume(running, place)
    kept = await snapshot(running, path)
    await changed(running, "DELETE", path)
    again = await made(
        running, f"{place}/volumes", {"properties": {"size": 12, "image": kept.rpartition("/")[2]}}
    )
    assert (again["properties"]["image"], again["properties"]["licenceType"]) == (kept[11:], "LINUX")
    await changed(running, "DELETE", kept)
    await gone(running, kept)


async def test_a_snapshot_is_put_back_where_it_fits(running: Running, place: str) -> None:
    path, small = await volume(running, place), await volume(running, place, size=5)
    kept = (await snapshot(running, path)).rpartition("/")[2]
    body = {"properties": {"snapshotId": kept}}
    assert await changed(running, "POST", f"{path}/restore-snapshot", body) is None
    assert "larger than the volume" in await refused(running, "POST", f"{small}/restore-snapshot", body)
    elsewhere = await volume(running, await datacenter(running, "de/fra"))
    assert "does not exist in this location" in await refused(
        running, "POST", f"{elsewhere}/restore-snapshot", body
    )
    missing = {"properties": {"snapshotId": "0" * 8 + "-0000-4000-8000-" + "0" * 12}}
    message = await refused(running, "POST", f"{path}/restore-snapshot", missing)
    assert message.startswith("[(root).properties.snapshotId]")


async def test_a_volume_from_a_snapshot_holds_it_and_takes_no_password(running: Running, place: str) -> None:
    kept = (await snapshot(running, await volume(running, place))).rpartition("/")[2]
    small = {"properties": {"size": 5, "image": kept}}
    assert "smaller than its image" in await refused(running, "POST", f"{place}/volumes", small)
    secret = {"properties": {"size": 10, "image": kept, "imagePassword": "longenough1"}}
    assert "only accepted for public Images" in await refused(running, "POST", f"{place}/volumes", secret)


async def test_what_is_said_of_a_snapshot_changes_and_what_it_is_does_not(
    running: Running, place: str
) -> None:
    kept = await snapshot(running, await volume(running, place), licenceType="OTHER")
    await changed(running, "PATCH", kept, {"name": "renamed", "nicHotPlug": False, "size": 99})
    shown = (await read(running, kept))["properties"]
    assert (shown["name"], shown["nicHotPlug"], shown["licenceType"], shown["size"]) == (
        "renamed",
        False,
        "OTHER",
        10,
    )
    await unchanged_by_itself(running, kept)


async def test_snapshots_count_as_hdd_storage(running: Running, place: str) -> None:
    async def provisioned() -> int:
        limits = (await read(running, "/contracts"))["items"][0]["properties"]["resourceLimits"]
        return int(limits["hddVolumeProvisioned"])

    path = await volume(running, place, type="SSD")
    before = await provisioned()
    kept = await snapshot(running, path)
    assert await provisioned() == before + 10 * 1024
    await changed(running, "DELETE", kept)
    assert await provisioned() == before


async def test_labels_are_put_on_snapshots_and_on_images(running: Running, place: str) -> None:
    kept = await snapshot(running, await volume(running, place))
    image = (await read(running, "/images"))["items"][0]["id"]
    for path, kind in ((kept, "snapshot"), (f"/images/{image}", "image")):
        body = {"properties": {"key": "team", "value": kind}}
        assert (await running.api.post(f"{path}/labels", json=body)).status_code == 201
        urn = f"urn:label:{kind}:{path.rpartition('/')[2]}:team"
        assert (await read(running, f"/labels/{urn}"))["properties"]["value"] == kind
        assert (await running.api.delete(f"{path}/labels/team")).status_code == 200


async def test_no_size_is_too_large_to_be_refused(running: Running, place: str) -> None:
    for size in (2**31, 1.6e308, 10**400):
        answer = await running.api.post(
            f"{place}/volumes", json={"properties": {"size": size, "licenceType": "LINUX"}}
        )
        assert answer.status_code in (400, 422), answer.text
