"""Private cross connects: what they connect follows from the LANs that name them."""

from __future__ import annotations

from tests.api.cloudapi.calls import changed, datacenter, gone, made, read, refused
from tests.api.conftest import Running


async def test_a_cross_connect_tells_what_it_connects(running: Running) -> None:
    pcc = (await made(running, "/pccs", {"properties": {"name": "x", "description": "y"}}))["id"]
    one = await datacenter(running, name="one")
    await datacenter(running, name="two")
    await datacenter(running, "de/fra", name="far")
    properties = (await read(running, f"/pccs/{pcc}"))["properties"]
    assert (properties["name"], properties["description"], properties["peers"]) == ("x", "y", [])
    assert [dc["name"] for dc in properties["connectableDatacenters"]] == ["one", "two", "far"]

    await made(running, f"{one}/lans", {"properties": {"name": "back", "pcc": pcc}})
    properties = (await read(running, f"/pccs/{pcc}"))["properties"]
    assert properties["peers"] == [
        {
            "id": "1",
            "name": "back",
            "datacenterId": one.rsplit("/", 1)[1],
            "datacenterName": "one",
            "location": "de/txl",
        }
    ]
    assert [dc["name"] for dc in properties["connectableDatacenters"]] == ["one", "two"]

    await changed(running, "PATCH", one, {"name": "first"})
    await changed(running, "PATCH", f"{one}/lans/1", {"name": "rear"})
    (peer,) = (await read(running, f"/pccs/{pcc}"))["properties"]["peers"]
    assert (peer["name"], peer["datacenterName"]) == ("rear", "first")
    await changed(running, "PATCH", f"/pccs/{pcc}", {"name": "z"})
    assert len((await read(running, f"/pccs/{pcc}"))["properties"]["peers"]) == 1


async def test_a_cross_connect_goes_when_its_lans_have_left(running: Running) -> None:
    pcc = (await made(running, "/pccs", {"properties": {"name": "x"}}))["id"]
    one = await datacenter(running)
    await made(running, f"{one}/lans", {"properties": {"pcc": pcc}})
    assert "[lans]" in await refused(running, "DELETE", f"/pccs/{pcc}", code="200")
    await changed(running, "PATCH", f"{one}/lans/1", {"pcc": None})
    assert (await read(running, f"/pccs/{pcc}"))["properties"]["peers"] == []
    await changed(running, "PATCH", f"{one}/lans/1", {"pcc": pcc})
    await changed(running, "DELETE", one)
    properties = (await read(running, f"/pccs/{pcc}"))["properties"]
    assert (properties["peers"], properties["connectableDatacenters"]) == ([], [])
    await changed(running, "DELETE", f"/pccs/{pcc}")
    await gone(running, f"/pccs/{pcc}")


async def test_only_private_lans_of_one_location_are_connected(running: Running) -> None:
    pcc = (await made(running, "/pccs", {"properties": {"name": "x"}}))["id"]
    one, far = await datacenter(running), await datacenter(running, "de/fra")
    body = {"properties": {"public": True, "pcc": pcc}}
    assert "[(root).properties.pcc]" in await refused(running, "POST", f"{one}/lans", body)
    await made(running, f"{one}/lans", {"properties": {"pcc": pcc}})
    await made(running, f"{far}/lans", {"properties": {}})
    message = await refused(running, "PATCH", f"{far}/lans/1", {"pcc": pcc})
    assert message.startswith("[(root).pcc]")
    assert "another location" in message
    missing = "4bb0a7ba-0000-4000-8000-000000000000"
    assert "does not exist" in await refused(running, "PATCH", f"{far}/lans/1", {"pcc": missing})


async def test_data_centers_come_and_go_without_a_cross_connect_being_written(running: Running) -> None:
    pcc = (await made(running, "/pccs", {"properties": {"name": "x"}}))["id"]
    one = await datacenter(running, name="one")
    (shown,) = (await read(running, "/pccs?depth=1"))["items"]
    assert [dc["name"] for dc in shown["properties"]["connectableDatacenters"]] == ["one"]
    answer = await changed(running, "PATCH", f"/pccs/{pcc}", {"description": "y"})
    assert [dc["name"] for dc in answer["properties"]["connectableDatacenters"]] == ["one"]
    before = (await read(running, f"/pccs/{pcc}"))["metadata"]
    await changed(running, "DELETE", one)
    after = await read(running, f"/pccs/{pcc}")
    assert after["metadata"] == before
    assert after["properties"]["connectableDatacenters"] == []
