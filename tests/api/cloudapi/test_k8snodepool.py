"""Kubernetes node pools and their nodes, which are servers that nobody else may touch."""

from __future__ import annotations

from typing import Any

import pytest

from ionstack.apis.cloudapi import k8sversion
from tests.api.cloudapi.calls import changed, datacenter, gone, made, read, refused
from tests.api.cloudapi.k8s import POOL, WINDOW, cluster, pool
from tests.api.conftest import Running
from tests.leftovers import leftovers

OLDEST = k8sversion.served()[0]


async def nodes(running: Running, path: str) -> list[Any]:
    return list((await read(running, f"{path}/nodes?depth=1"))["items"])


async def used(running: Running) -> tuple[int, int, int]:
    limits = (await read(running, "/contracts"))["items"][0]["properties"]["resourceLimits"]
    return limits["coresProvisioned"], limits["ramProvisioned"], limits["ssdVolumeProvisioned"]


@pytest.fixture
async def place(running: Running) -> str:
    """A data center with a LAN."""
    path = await datacenter(running)
    await made(running, f"{path}/lans", {"properties": {}})
    return path


async def test_a_pool_lives_and_goes(running: Running, place: str) -> None:
    above = await cluster(running)
    path = await pool(running, above, place, maintenanceWindow=WINDOW)
    whole = await read(running, path)
    assert (whole["type"], whole["metadata"]["state"]) == ("nodepool", "ACTIVE")
    assert whole["properties"] == {
        **POOL,
        "datacenterId": place.rpartition("/")[2],
        "serverType": "DedicatedCore",
        "cpuFamily": whole["properties"]["cpuFamily"],
        "k8sVersion": k8sversion.default(),
        "maintenanceWindow": {**WINDOW, "time": "12:02:00Z"},
        "autoScaling": {"minNodeCount": 0, "maxNodeCount": 0},
        "lans": [],
        "labels": {},
        "annotations": {},
        "publicIps": [],
        "taints": [],
        "availableUpgradeVersions": [],
    }
    one, other = await nodes(running, path)
    assert one["type"] == "node"
    assert set(one["metadata"]) == {
        "etag", "createdDate", "lastModifiedDate", "state", "lastSoftwareUpdatedDate",
    }  # fmt: skip
    assert one["metadata"]["state"] == "READY"
    assert set(one["properties"]) == {"name", "publicIP", "privateIP", "k8sVersion"}
    assert one["properties"]["privateIP"] != other["properties"]["privateIP"]
    assert one["properties"]["publicIP"] != other["properties"]["publicIP"]
    assert (await read(running, f"{path}/nodes/{one['id']}"))["id"] == one["id"]
    assert await used(running) == (4, 8192, 2 * 20 * 1024)
    await changed(running, "DELETE", path)
    await gone(running, path)
    await gone(running, f"{path}/nodes/{one['id']}")
    assert await used(running) == (0, 0, 0)
    assert (await read(running, f"{place}/servers"))["items"] == []
    assert (await read(running, f"{place}/volumes"))["items"] == []
    await changed(running, "DELETE", place)


@pytest.mark.parametrize(
    ("properties", "at", "word"),
    [
        ({"name": "-"}, "name", "match"),
        ({"datacenterId": "00000000-0000-4000-8000-000000000000"}, "datacenterId", "does not exist"),
        ({"nodeCount": 0}, "nodeCount", "at least 1"),
        ({"nodeCount": 101}, "nodeCount", "at most 100"),
        ({"coresCount": 0}, "coresCount", "at least 1"),
        ({"coresCount": 9999}, "coresCount", "at most"),
        ({"ramSize": 1024}, "ramSize", "at least 2048"),
        ({"ramSize": 3000}, "ramSize", "multiple of 1024"),
        ({"availabilityZone": "ZONE_3"}, "availabilityZone", "Expected one of"),
        ({"storageType": "SSD Premium"}, "storageType", "Expected one of"),
        ({"storageSize": 9}, "storageSize", "at least 10"),
        ({"serverType": "CUBE"}, "serverType", "Expected one of"),
        ({"cpuFamily": ""}, "cpuFamily", "at least 1"),
        ({"cpuFamily": "Z80"}, "cpuFamily", "Expected one of"),
        ({"serverType": "VCPU", "cpuFamily": "INTEL_SKYLAKE"}, "cpuFamily", "VCPU"),
        ({"k8sVersion": "1.0.0"}, "k8sVersion", "Expected one of"),
        ({"k8sVersion": k8sversion.served()[-1]}, "k8sVersion", "Expected one of"),
        ({"autoScaling": {"minNodeCount": 0, "maxNodeCount": 0}}, "autoScaling.minNodeCount", "> 0"),
        ({"autoScaling": {"minNodeCount": 3, "maxNodeCount": 2}}, "autoScaling.maxNodeCount", "from 3"),
        ({"autoScaling": {"minNodeCount": 3, "maxNodeCount": 4}}, "nodeCount", "3 to 4"),
        ({"autoScaling": {"minNodeCount": 3}}, "autoScaling.maxNodeCount", "required"),
        ({"publicIps": ["203.0.113.1"] * 2}, "publicIps", "At least 3"),
        ({"publicIps": ["203.0.113.1"] * 3}, "publicIps.[0]", "not reserved"),
        ({"lans": [{"id": 9}]}, "lans.[0].id", "does not exist"),
        ({"lans": [{"id": 1}, {"id": 1}]}, "lans.[1].id", "twice"),
        ({"lans": [{"id": 1, "routes": [{"network": "x", "gatewayIp": "10.0.0.1"}]}]}, "lans.[0].routes.[0].n", ""),
        ({"lans": [{"id": 1, "routes": [{"network": "10.0.0.0/8"}]}]}, "lans.[0].routes.[0].gatewayIp", ""),
        ({"labels": {"a": 1}}, "labels.a", "text"),
        ({"labels": {"-a": "b"}}, "labels", "no Kubernetes key"),
        ({"labels": {"a": "b c"}}, "labels", "no Kubernetes label value"),
        ({"annotations": {"a b": "c"}}, "annotations", "no Kubernetes key"),
        ({"taints": [{"key": "a", "effect": "Sometimes"}]}, "taints.[0].effect", "Expected one of"),
        ({"taints": [{"effect": "NoSchedule"}]}, "taints.[0].key", "required"),
        ({"taints": [{"key": "/", "effect": "NoSchedule"}]}, "taints.[0].key", "no Kubernetes key"),
        ({"taints": [{"key": "a", "value": " ", "effect": "NoSchedule"}]}, "taints.[0].value", "no Kubernetes"),
        ({"taints": [{"key": "a", "effect": "NoSchedule"}] * 51}, "taints", ""),
    ],
)  # fmt: skip
async def test_a_pool_that_cannot_be(
    running: Running, place: str, properties: Any, at: str, word: str
) -> None:
    path = f"{await cluster(running)}/nodepools"
    sent = {**POOL, "datacenterId": place.rpartition("/")[2], **properties}
    message = await refused(running, "POST", path, {"properties": sent})
    assert message.startswith(f"[(root).properties.{at}")
    assert word in message
    assert (await read(running, path))["items"] == []
    assert (await read(running, f"{place}/servers"))["items"] == []


async def test_what_is_not_sent_stays_and_the_rest_is_replaced(running: Running, place: str) -> None:
    words = {
        "labels": {"example.com/tier": "front"},
        "annotations": {"note": "any text"},
        "taints": [{"key": "only", "value": "them", "effect": "NoExecute"}],
        "lans": [{"id": 1, "routes": [{"network": "10.9.0.0/16", "gatewayIp": "10.0.0.1"}]}],
        "autoScaling": {"minNodeCount": 1, "maxNodeCount": 3},
    }
    path = await pool(running, await cluster(running), place, **words)
    shown = (await read(running, path))["properties"]
    assert {name: shown[name] for name in ("labels", "annotations", "taints", "autoScaling")} == {
        name: words[name] for name in ("labels", "annotations", "taints", "autoScaling")
    }
    assert shown["lans"] == [{**words["lans"][0], "dhcp": True}]  # type: ignore[index]
    await changed(running, "PUT", path, {"properties": {"nodeCount": 2}})
    assert (await read(running, path))["properties"] == shown
    await changed(running, "PUT", path, {"properties": {"nodeCount": 2, "labels": {}, "taints": []}})
    assert (await read(running, path))["properties"] == {**shown, "labels": {}, "taints": []}
    for value in (0, 4):
        body = {
            "properties": {"nodeCount": value or 2, "autoScaling": {"minNodeCount": value, "maxNodeCount": 0}}
        }
        assert "autoScaling" in await refused(running, "PUT", path, body)
    assert "nodeCount" in await refused(running, "PUT", path, {"properties": {"nodeCount": 4}})
    assert "node pool" in await refused(running, "DELETE", f"{place}/lans/1", code="200")


async def test_what_is_given_for_good(running: Running, place: str) -> None:
    path = await pool(running, await cluster(running), place)
    shown = (await read(running, path))["properties"]
    for name, value in {
        "name": shown["name"],
        "datacenterId": (await datacenter(running)).rpartition("/")[2],
        "coresCount": 3,
        "ramSize": 8192,
        "storageSize": 30,
        "storageType": "HDD",
        "availabilityZone": "ZONE_1",
        "cpuFamily": "AMD_OPTERON",
    }.items():
        message = await refused(running, "PUT", path, {"properties": {"nodeCount": 2, name: value}})
        assert message.startswith(f"[(root).properties.{name}]")
        assert "cannot be changed" in message
    assert "nodeCount" in await refused(running, "PUT", path, {"properties": {}})
    same = {name: shown[name] for name in ("datacenterId", "coresCount", "ramSize", "storageSize")}
    await changed(running, "PUT", path, {"properties": {"nodeCount": 2, **same}})


async def test_nodes_come_and_go(running: Running, place: str) -> None:
    path = await pool(running, await cluster(running), place)
    first, second = await nodes(running, path)
    await changed(running, "PUT", path, {"properties": {"nodeCount": 3}})
    third = (await nodes(running, path))[2]
    assert (await used(running))[0] == 6
    await changed(running, "DELETE", f"{path}/nodes/{first['id']}")
    ids = [one["id"] for one in await nodes(running, path)]
    assert ids[:2] == [second["id"], third["id"]]
    assert len(ids) == 3
    await changed(running, "POST", f"{path}/nodes/{second['id']}/replace")
    ids = [one["id"] for one in await nodes(running, path)]
    assert (len(ids), ids[0]) == (3, third["id"])
    await gone(running, f"{path}/nodes/{second['id']}")
    assert len({one["properties"]["name"] for one in await nodes(running, path)}) == 3
    await changed(running, "PUT", path, {"properties": {"nodeCount": 1}})
    assert [one["id"] for one in await nodes(running, path)] == [third["id"]]
    assert await used(running) == (2, 4096, 20 * 1024)
    assert len((await read(running, f"{place}/servers"))["items"]) == 1
    assert len((await read(running, f"{place}/volumes"))["items"]) == 1


async def test_a_new_version_makes_new_nodes(running: Running, place: str) -> None:
    above = await cluster(running, k8sVersion=OLDEST)
    path = await pool(running, above, place)
    before = {one["id"] for one in await nodes(running, path)}
    newer = (await read(running, above))["properties"]["availableUpgradeVersions"][-1]
    body = {"properties": {"nodeCount": 2, "k8sVersion": newer}}
    assert "Expected one of" in await refused(running, "PUT", path, body)
    await changed(running, "PUT", above, {"properties": {"name": "cluster", "k8sVersion": newer}})
    assert newer in (await read(running, path))["properties"]["availableUpgradeVersions"]
    assert {one["id"] for one in await nodes(running, path)} == before
    await changed(running, "PUT", path, body)
    after = await nodes(running, path)
    assert [one["properties"]["k8sVersion"] for one in after] == [newer, newer]
    assert not before & {one["id"] for one in after}
    assert (await read(running, path))["properties"]["availableUpgradeVersions"] == []
    body = {"properties": {"nodeCount": 2, "k8sVersion": OLDEST}}
    assert "cannot be downgraded" in await refused(running, "PUT", path, body)


async def test_reserved_addresses(running: Running, place: str) -> None:
    block = await made(running, "/ipblocks", {"properties": {"location": "de/txl", "size": 4}})
    ips = block["properties"]["ips"]
    above = await cluster(running)
    path = await pool(running, above, place, publicIps=ips[:3])
    assert {one["properties"]["publicIP"] for one in await nodes(running, path)} < set(ips[:3])
    found = (await read(running, f"/ipblocks/{block['id']}"))["properties"]["ipConsumers"]
    assert [one["ip"] for one in found] == ips[:3]
    assert {one["k8sNodePoolUuid"] for one in found} == {path.rpartition("/")[2]}
    assert "in use" in await refused(running, "DELETE", f"/ipblocks/{block['id']}", code="200")
    sent = {**POOL, "name": "b", "datacenterId": place.rpartition("/")[2], "publicIps": ips[1:]}
    assert "in use" in await refused(running, "POST", f"{above}/nodepools", {"properties": sent})
    assert "At least 4" in await refused(running, "PUT", path, {"properties": {"nodeCount": 3}})
    await changed(running, "PUT", path, {"properties": {"nodeCount": 3, "publicIps": ips}})
    assert {one["properties"]["publicIP"] for one in await nodes(running, path)} < set(ips)
    await changed(running, "PUT", path, {"properties": {"nodeCount": 2, "publicIps": ips[1:]}})
    assert {one["properties"]["publicIP"] for one in await nodes(running, path)} < set(ips[1:])
    newer = {"nodeCount": 2, "serverType": "VCPU"}
    await changed(running, "PUT", path, {"properties": newer})
    assert len({one["properties"]["publicIP"] for one in await nodes(running, path)} & set(ips[1:])) == 2
    await changed(running, "PUT", path, {"properties": {"nodeCount": 2, "publicIps": []}})
    assert not {one["properties"]["publicIP"] for one in await nodes(running, path)} & set(ips)
    await changed(running, "PUT", path, {"properties": {"nodeCount": 2, "publicIps": ips}})
    await changed(running, "DELETE", path)
    assert (await read(running, f"/ipblocks/{block['id']}"))["properties"]["ipConsumers"] == []


async def test_the_servers_of_nodes_are_the_pools_alone(running: Running, place: str) -> None:
    path = await pool(running, await cluster(running), place, nodeCount=1, serverType="VCPU")
    (server,) = (await read(running, f"{place}/servers?depth=3"))["items"]
    assert (server["properties"]["type"], server["properties"]["cores"]) == ("VCPU", 2)
    assert server["properties"]["name"] == (await nodes(running, path))[0]["properties"]["name"]
    (volume,) = server["entities"]["volumes"]["items"]
    assert (volume["properties"]["size"], volume["properties"]["type"]) == (20, "SSD")
    machine, disk = f"{place}/servers/{server['id']}", f"{place}/volumes/{volume['id']}"
    spare = (await made(running, f"{place}/volumes", {"properties": {"size": 1, "licenceType": "OTHER"}}))[
        "id"
    ]
    for method, at, body in (
        ("PATCH", machine, {"cores": 4}),
        ("DELETE", machine, None),
        ("POST", f"{machine}/stop", None),
        ("POST", f"{machine}/nics", {"properties": {"lan": 1}}),
        ("POST", f"{machine}/volumes", {"id": spare}),
        ("DELETE", f"{machine}/volumes/{volume['id']}", None),
        ("PATCH", disk, {"size": 30}),
        ("DELETE", disk, None),
    ):
        assert "managed by a Kubernetes node pool" in await refused(running, method, at, body, code="200")
    assert "node pool" in await refused(running, "DELETE", place, code="200")
    assert (await read(running, f"{place}/servers?depth=3"))["items"] == [server]


async def test_nodes_count_for_the_contract(running: Running, place: str) -> None:
    number = (await read(running, "/contracts"))["items"][0]["properties"]["contractNumber"]
    await running.control("PATCH", f"/contracts/{number}", json={"limits": {"coresPerContract": 5}})
    above = await cluster(running)
    path = await pool(running, above, place)
    message = await refused(running, "PUT", path, {"properties": {"nodeCount": 3}}, code="200")
    assert "coresPerContract" in message
    assert len(await nodes(running, path)) == 2
    assert (await read(running, path))["properties"]["nodeCount"] == 2


async def test_a_pool_that_is_being_deleted_is_left_alone(running: Running, place: str) -> None:
    path = await pool(running, await cluster(running), place)
    number = (await read(running, "/contracts"))["items"][0]["properties"]["contractNumber"]
    await running.control("PATCH", f"/contracts/{number}", json={"profile": "realistic"})
    assert (await running.api.delete(path)).status_code == 202
    assert (await read(running, path))["metadata"]["state"] == "DESTROYING"
    states = {one["metadata"]["state"] for one in await nodes(running, path)}
    assert states == {"TERMINATING"}
    assert "being deleted" in await refused(
        running, "PUT", path, {"properties": {"nodeCount": 1}}, code="200"
    )
    for _ in range(20):
        await running.drain()
        running.clock.advance(60)
    await gone(running, path)
    assert (await read(running, f"{place}/servers"))["items"] == []


async def test_what_fails_can_be_mended_or_deleted(running: Running, place: str) -> None:
    async def fails(method: str, path: str, body: Any = None) -> str:
        fault = {"contract": running.cloud.owner.contract, "effect": {"provisioning": "FAILED"}}
        await running.control("POST", "/faults", json={**fault, "method": method})
        answer = await running.api.request(method, path, json=body)
        told = (await running.api.get(answer.headers["location"])).json()
        assert told["metadata"]["status"] == "FAILED"
        return str((answer.json() if answer.content else {}).get("id", ""))

    async def state() -> str:
        return str((await read(running, path))["metadata"]["state"])

    above = await cluster(running)
    sent = {**POOL, "datacenterId": place.rpartition("/")[2]}
    path = f"{above}/nodepools/{await fails('POST', f'{above}/nodepools', {'properties': sent})}"
    assert await state() == "FAILED"
    await changed(running, "PUT", path, {"properties": {"nodeCount": 3}})
    assert await state() == "ACTIVE"
    await fails("DELETE", path)
    assert await state() == "FAILED"
    node = (await nodes(running, path))[0]["id"]
    await fails("POST", f"{path}/nodes/{node}/replace")
    await changed(running, "PUT", path, {"properties": {"nodeCount": 1}})
    assert len(await nodes(running, path)) == 1
    assert await leftovers(running.cloud.store) == {}
    await changed(running, "DELETE", path)
    await changed(running, "DELETE", above)
    await changed(running, "DELETE", place)
    assert await used(running) == (0, 0, 0)
    assert await leftovers(running.cloud.store) == {}
