"""Servers with their volumes and network interfaces: made in one call, changed, moved and taken apart."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Running

SERVER = {"name": "web", "cores": 2, "ram": 4096}
DISK = {"name": "disk", "size": 10, "imageAlias": "ubuntu:latest", "imagePassword": "longenough1"}


@pytest.fixture
async def datacenter(running: Running) -> str:
    answer = await running.api.post("/datacenters", json={"properties": {"name": "dc", "location": "de/txl"}})
    return f"/datacenters/{answer.json()['id']}"


async def post(running: Running, path: str, body: Any) -> Any:
    answer = await running.api.post(path, json=body)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def get(running: Running, path: str) -> Any:
    answer = await running.api.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(running: Running, method: str, path: str, body: Any = None) -> list[str]:
    answer = await running.api.request(method, path, json=body)
    assert answer.status_code == 422, answer.text
    return [line["message"] for line in answer.json()["messages"]]


def composite(**properties: Any) -> dict[str, Any]:
    rule = {"properties": {"protocol": "TCP", "portRangeStart": 22, "portRangeEnd": 22}}
    nic = {"properties": {"lan": 1, "firewallActive": True}, "entities": {"firewallrules": {"items": [rule]}}}
    return {
        "properties": {**SERVER, **properties},
        "entities": {"volumes": {"items": [{"properties": DISK}]}, "nics": {"items": [nic]}},
    }


async def test_one_call_makes_a_server_with_all_that_is_in_it(running: Running, datacenter: str) -> None:
    answer = await running.api.post(f"{datacenter}/servers", json=composite())
    assert answer.status_code == 202, answer.text
    targets = (await running.api.get(answer.headers["location"])).json()["metadata"]["targets"]
    assert [one["target"]["type"] for one in targets] == ["server", "volume", "lan", "nic", "firewall-rule"]

    read = await get(running, f"{datacenter}/servers/{answer.json()['id']}?depth=5")
    properties = read["properties"]
    assert (properties["vmState"], properties["type"], properties["availabilityZone"]) == (
        "RUNNING",
        "ENTERPRISE",
        "AUTO",
    )
    assert properties["cpuFamily"]
    (volume,) = read["entities"]["volumes"]["items"]
    assert properties["bootVolume"]["id"] == volume["id"]
    assert volume["properties"]["bootServer"] == read["id"]
    assert volume["properties"]["deviceNumber"] == 1
    assert "/servers/" not in volume["href"]
    assert not {"imagePassword", "imageAlias", "server"} & volume["properties"].keys()
    (nic,) = read["entities"]["nics"]["items"]
    assert nic["properties"]["mac"].startswith("02:01:")
    assert nic["properties"]["ips"][0].startswith("10.")
    (rule,) = nic["entities"]["firewallrules"]["items"]
    assert rule["properties"]["protocol"] == "TCP"
    lan = await get(running, f"{datacenter}/lans/1?depth=2")
    assert lan["properties"]["public"] is False
    assert [one["id"] for one in lan["entities"]["nics"]["items"]] == [nic["id"]]
    request = await get(running, answer.headers["location"].removesuffix("/status"))
    assert "longenough1" not in request["properties"]["body"]


async def test_nothing_is_left_of_a_composite_that_is_refused(running: Running, datacenter: str) -> None:
    body = composite()
    body["entities"]["nics"]["items"].append({"properties": {"lan": 1, "ips": ["no address"]}})
    (message,) = await refused(running, "POST", f"{datacenter}/servers", body)
    assert message.startswith("[(root).entities.nics.items.[1].properties.ips]")
    for collection in ("servers", "volumes", "lans"):
        assert (await get(running, f"{datacenter}/{collection}"))["items"] == []


async def test_power(running: Running, datacenter: str) -> None:
    server = f"{datacenter}/servers/{(await post(running, f'{datacenter}/servers', composite()))['id']}"
    for action, state in (("stop", "SHUTOFF"), ("start", "RUNNING"), ("reboot", "RUNNING")):
        answer = await running.api.post(f"{server}/{action}")
        assert (answer.status_code, answer.content) == (202, b"")
        assert (await running.api.get(answer.headers["location"])).json()["metadata"]["status"] == "DONE"
        assert (await get(running, server))["properties"]["vmState"] == state
    await refused(running, "POST", f"{server}/suspend")


async def test_volumes_are_attached_and_detached(running: Running, datacenter: str) -> None:
    server = f"{datacenter}/servers/{(await post(running, f'{datacenter}/servers', composite()))['id']}"
    empty = {"properties": {"name": "data", "size": 5, "licenceType": "LINUX"}}
    volume = (await post(running, f"{datacenter}/volumes", empty))["id"]
    first = (await get(running, server))["properties"]["bootVolume"]["id"]
    await post(running, f"{server}/volumes", {"id": volume})
    listed = await get(running, f"{server}/volumes?depth=1")
    assert [one["properties"]["deviceNumber"] for one in listed["items"]] == [1, 2]
    other = (await post(running, f"{datacenter}/servers", {"properties": SERVER}))["id"]
    (message,) = await refused(running, "POST", f"{datacenter}/servers/{other}/volumes", {"id": volume})
    assert "detach it first" in message

    assert (await running.api.delete(f"{server}/volumes/{first}")).status_code == 202
    assert (await get(running, server))["properties"]["bootVolume"]["id"] == volume
    loose = (await get(running, f"{datacenter}/volumes/{first}"))["properties"]
    assert not {"deviceNumber", "bootServer"} & loose.keys()
    assert (await running.api.get(f"{server}/volumes/{first}")).status_code == 404


@pytest.mark.parametrize("along", [False, True])
async def test_deleting_a_server(running: Running, datacenter: str, along: bool) -> None:
    server = f"{datacenter}/servers/{(await post(running, f'{datacenter}/servers', composite()))['id']}"
    used = (await get(running, "/contracts"))["items"][0]["properties"]["resourceLimits"]
    assert (used["coresProvisioned"], used["ramProvisioned"], used["hddVolumeProvisioned"]) == (
        2,
        4096,
        10240,
    )
    answer = await running.api.delete(f"{server}?deleteVolumes={str(along).lower()}")
    assert answer.status_code == 202, answer.text
    assert (await running.api.get(server)).status_code == 404
    assert len((await get(running, f"{datacenter}/volumes"))["items"]) == (0 if along else 1)
    assert len((await get(running, f"{datacenter}/lans"))["items"]) == 1
    used = (await get(running, "/contracts"))["items"][0]["properties"]["resourceLimits"]
    assert (used["coresProvisioned"], used["hddVolumeProvisioned"]) == (0, 0 if along else 10240)


async def test_a_lan_with_interfaces_stays(running: Running, datacenter: str) -> None:
    await post(running, f"{datacenter}/servers", composite())
    assert await refused(running, "DELETE", f"{datacenter}/lans/1") == [
        "[nics] Cannot delete lan which contains nics"
    ]


async def test_reserved_addresses_know_who_uses_them(running: Running, datacenter: str) -> None:
    block = await post(running, "/ipblocks", {"properties": {"location": "de/txl", "size": 2}})
    await post(running, f"{datacenter}/lans", {"properties": {"public": True}})
    body = composite()
    address = block["properties"]["ips"][0]
    body["entities"]["nics"]["items"][0]["properties"]["ips"] = [address]
    server = await post(running, f"{datacenter}/servers", body)
    (consumer,) = (await get(running, f"/ipblocks/{block['id']}"))["properties"]["ipConsumers"]
    assert (consumer["ip"], consumer["serverId"], consumer["serverName"]) == (address, server["id"], "web")
    assert "in use" in (await refused(running, "POST", f"{datacenter}/servers", body))[0]
    body["entities"]["nics"]["items"][0]["properties"]["ips"] = ["203.0.113.9"]
    assert "not reserved" in (await refused(running, "POST", f"{datacenter}/servers", body))[0]
    await running.api.delete(f"{datacenter}/servers/{server['id']}")
    assert (await get(running, f"/ipblocks/{block['id']}"))["properties"]["ipConsumers"] == []


async def test_cubes_have_the_size_of_their_template(running: Running, datacenter: str) -> None:
    templates = (await get(running, "/templates?depth=1&filter.name=Basic Cube S"))["items"]
    body: dict[str, Any] = {
        "properties": {"name": "cube", "type": "CUBE", "templateUuid": templates[0]["id"]},
        "entities": {
            "volumes": {
                "items": [
                    {"properties": {"type": "DAS", "imageAlias": "debian:12", "imagePassword": "longenough1"}}
                ]
            }
        },
    }
    cube = await post(running, f"{datacenter}/servers", body)
    read = await get(running, f"{datacenter}/servers/{cube['id']}?depth=3")
    assert (read["properties"]["cores"], read["properties"]["ram"]) == (2, 4096)
    assert (await running.api.post(f"{datacenter}/servers/{cube['id']}/suspend")).status_code == 202
    assert (await get(running, f"{datacenter}/servers/{cube['id']}"))["properties"]["vmState"] == "SUSPENDED"
    body["properties"]["cpuFamily"] = "INTEL_SKYLAKE"
    assert "VDC-5-1921" in (await refused(running, "POST", f"{datacenter}/servers", body))[0]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"cores": None}, "(root).properties.cores"),
        ({"cores": 1000}, "(root).properties.cores"),
        ({"ram": 1000}, "(root).properties.ram"),
        ({"cpuFamily": "Z80"}, "(root).properties.cpuFamily"),
        ({"templateUuid": "15c6dd2f-02d2-4987-b439-9a58dd59ecc3"}, "(root).properties.templateUuid"),
        ({"hostname": "-no-"}, "(root).properties.hostname"),
        ({"availabilityZone": "ZONE_9"}, "(root).properties.availabilityZone"),
    ],
)
async def test_a_server_that_cannot_be(running: Running, datacenter: str, change: Any, place: str) -> None:
    body = composite(**change)
    assert any(place in message for message in await refused(running, "POST", f"{datacenter}/servers", body))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"imageAlias": "beos:5"}, "imageAlias"),
        ({"imagePassword": None}, "image"),
        ({"size": 1}, "size"),
        ({"imageAlias": None, "imagePassword": None}, "licenceType"),
        ({"userData": "not base64!"}, "userData"),
        ({"type": "TAPE"}, "type"),
    ],
)
async def test_a_volume_that_cannot_be(running: Running, datacenter: str, change: Any, place: str) -> None:
    body = {"properties": {**DISK, **change}}
    messages = await refused(running, "POST", f"{datacenter}/volumes", body)
    assert any(f"(root).properties.{place}" in message for message in messages)


async def test_a_volume_grows_and_never_shrinks(running: Running, datacenter: str) -> None:
    volume = (
        f"{datacenter}/volumes/{(await post(running, f'{datacenter}/volumes', {'properties': DISK}))['id']}"
    )
    assert (await running.api.patch(volume, json={"size": 20})).status_code == 202
    assert "grow" in (await refused(running, "PATCH", volume, {"size": 10}))[0]


async def test_a_replacement_need_not_repeat_what_was_derived(running: Running, datacenter: str) -> None:
    server = f"{datacenter}/servers/{(await post(running, f'{datacenter}/servers', composite()))['id']}"
    family = (await get(running, server))["properties"]["cpuFamily"]
    answer = await running.api.put(server, json={"properties": {**SERVER, "name": "renamed"}})
    assert answer.status_code == 202, answer.text
    read = (await get(running, server))["properties"]
    assert (read["name"], read["cpuFamily"]) == ("renamed", family)


async def test_a_server_holds_so_many_volumes_and_interfaces_together(
    running: Running, datacenter: str
) -> None:
    body = {
        "properties": SERVER,
        "entities": {
            "volumes": {"items": [{"properties": {"size": 1, "licenceType": "OTHER"}}] * 4},
            "nics": {"items": [{"properties": {"lan": 1}}] * 20},
        },
    }
    server = f"{datacenter}/servers/{(await post(running, f'{datacenter}/servers', body))['id']}"
    told = await refused(running, "POST", f"{server}/nics", {"properties": {"lan": 1}})
    assert "at most 24" in told[0]
    loose = await post(running, f"{datacenter}/volumes", {"properties": {"size": 1, "licenceType": "OTHER"}})
    assert "at most 24" in (await refused(running, "POST", f"{server}/volumes", {"id": loose["id"]}))[0]
