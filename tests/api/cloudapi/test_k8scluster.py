"""Kubernetes clusters: versions, windows, private ones, and the way in."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from cryptography import x509

from ionstack.apis.cloudapi import k8sversion
from tests.api.cloudapi.calls import changed, datacenter, gone, made, read, refused, unchanged_by_itself
from tests.api.cloudapi.k8s import WINDOW, cluster, pool
from tests.api.conftest import Running

OLDEST, NEWEST = k8sversion.served()[0], k8sversion.served()[-1]


async def test_the_versions(alone: Running) -> None:
    versions = await read(alone, "/k8s/versions")
    assert versions == k8sversion.served()
    assert await read(alone, "/k8s/versions/default") in versions


async def test_a_cluster_lives_and_goes(running: Running) -> None:
    answer = await running.api.post("/k8s", json={"properties": {"name": "one", "maintenanceWindow": WINDOW}})
    assert answer.status_code == 202
    created = answer.json()
    assert (created["type"], created["metadata"]["state"]) == ("k8s", "DEPLOYING")
    path = f"/k8s/{created['id']}"
    whole = await read(running, path)
    assert whole["metadata"]["state"] == "ACTIVE"
    shown = whole["properties"]
    assert shown == {
        "name": "one",
        "k8sVersion": k8sversion.default(),
        "maintenanceWindow": {**WINDOW, "time": "12:02:00Z"},
        "public": True,
        "apiSubnetAllowList": [],
        "s3Buckets": [],
        "availableUpgradeVersions": k8sversion.upgrades(k8sversion.default()),
        "viableNodePoolVersions": k8sversion.viable(k8sversion.default()),
    }
    await unchanged_by_itself(running, path)
    more = {"apiSubnetAllowList": ["192.0.2.0/24", "2001:db8::1"], "s3Buckets": [{"name": "backup"}]}
    await changed(running, "PUT", path, {"properties": {"name": "two", **more}})
    assert (await read(running, path))["properties"] == {**shown, "name": "two", **more}
    limits = (await read(running, "/contracts"))["items"][0]["properties"]["resourceLimits"]
    assert limits["k8sClustersProvisioned"] == 1
    assert [one["id"] for one in (await read(running, "/k8s"))["items"]] == [created["id"]]
    assert (await running.api.patch(path, json={"name": "three"})).status_code == 405
    await changed(running, "DELETE", path)
    await gone(running, path)


async def test_the_states_of_a_cluster(running: Running) -> None:
    async def state() -> str:
        found = (await read(running, "/k8s?depth=1"))["items"]
        return str(found[0]["metadata"]["state"]) if found else "gone"

    async def passes() -> str:
        for _ in range(20):
            await running.drain()
            running.clock.advance(60)
        return await state()

    number = (await read(running, "/contracts"))["items"][0]["properties"]["contractNumber"]
    await running.control("PATCH", f"/contracts/{number}", json={"profile": "realistic"})
    id = (await running.api.post("/k8s", json={"properties": {"name": "one"}})).json()["id"]
    await running.drain()
    assert await state() == "DEPLOYING"
    assert "DEPLOYING" in await refused(running, "GET", f"/k8s/{id}/kubeconfig", code="200")
    body = {"properties": {"datacenterId": "x"}}
    assert (await running.api.post(f"/k8s/{id}/nodepools", json=body)).status_code == 422
    assert await passes() == "ACTIVE"
    await running.api.put(f"/k8s/{id}", json={"properties": {"name": "two"}})
    await running.drain()
    assert await state() == "UPDATING"
    assert await passes() == "ACTIVE"
    await running.api.delete(f"/k8s/{id}")
    await running.drain()
    assert await state() == "DESTROYING"
    assert "being deleted" in await refused(running, "DELETE", f"/k8s/{id}", code="200")
    assert await passes() == "gone"


@pytest.mark.parametrize(
    ("properties", "at", "word"),
    [
        ({"name": None}, "name", ""),
        ({"name": ""}, "name", ""),
        ({"name": "-one"}, "name", "match"),
        ({"name": "x" * 64}, "name", "63"),
        ({"k8sVersion": "1.0.0"}, "k8sVersion", "Expected one of"),
        ({"k8sVersion": "newest"}, "k8sVersion", "Expected one of"),
        ({"maintenanceWindow": {"dayOfTheWeek": "Payday", "time": "10:00:00"}}, "maintenanceWindow.day", ""),
        ({"maintenanceWindow": {"dayOfTheWeek": "Monday", "time": "25:00:00"}}, "maintenanceWindow.time", ""),
        ({"maintenanceWindow": {"dayOfTheWeek": "Monday"}}, "maintenanceWindow.time", "required"),
        ({"public": False}, "location", "private"),
        ({"public": False, "natGatewayIp": "203.0.113.7"}, "location", "private"),
        ({"public": False, "location": "de/txl"}, "natGatewayIp", "private"),
        ({"public": False, "location": "de/txl", "natGatewayIp": "203.0.113.7"}, "natGatewayIp", "reserved"),
        ({"natGatewayIp": "203.0.113.7"}, "natGatewayIp", "private"),
        ({"nodeSubnet": "10.8.0.0/16"}, "nodeSubnet", "private"),
        ({"location": "de/nowhere"}, "location", "does not exist"),
        ({"apiSubnetAllowList": ["10.0.0.0/8", "here"]}, "apiSubnetAllowList.[1]", "network"),
        ({"s3Buckets": [{}]}, "s3Buckets.[0].name", "required"),
    ],
)
async def test_a_cluster_that_cannot_be(alone: Running, properties: Any, at: str, word: str) -> None:
    message = await refused(alone, "POST", "/k8s", {"properties": {"name": "one", **properties}})
    assert message.startswith(f"[(root).properties.{at}")
    assert word in message
    assert (await read(alone, "/k8s"))["items"] == []


async def test_node_pools_are_not_made_along_with_a_cluster(alone: Running) -> None:
    body = {"properties": {"name": "one"}, "entities": {"nodepools": {"items": [{"properties": {}}]}}}
    assert "(root).entities.nodepools" in await refused(alone, "POST", "/k8s", body)


async def test_a_version_goes_up_in_steps_and_never_down(alone: Running) -> None:
    path = await cluster(alone, k8sVersion=OLDEST)

    async def to(version: str) -> str:
        return await refused(alone, "PUT", path, {"properties": {"name": "cluster", "k8sVersion": version}})

    assert "not allowed" in await to(NEWEST)
    offered = (await read(alone, path))["properties"]["availableUpgradeVersions"]
    assert NEWEST not in offered
    await changed(alone, "PUT", path, {"properties": {"name": "cluster", "k8sVersion": offered[-1]}})
    assert "cannot be downgraded" in await to(OLDEST)
    await changed(alone, "PUT", path, {"properties": {"name": "cluster", "k8sVersion": NEWEST}})
    shown = (await read(alone, path))["properties"]
    assert (shown["k8sVersion"], shown["availableUpgradeVersions"]) == (NEWEST, [])


async def test_a_window_is_chosen_once_for_who_chooses_none(alone: Running) -> None:
    path = await cluster(alone)
    window = (await read(alone, path))["properties"]["maintenanceWindow"]
    assert len(window["time"]) == len("10:00:00Z")
    await changed(alone, "PUT", path, {"properties": {"name": "two"}})
    assert (await read(alone, path))["properties"]["maintenanceWindow"] == window


async def test_a_private_cluster(running: Running) -> None:
    block = await made(running, "/ipblocks", {"properties": {"location": "de/txl", "size": 1}})
    (ip,) = block["properties"]["ips"]
    private = {"public": False, "location": "de/txl", "natGatewayIp": ip}
    message = await refused(
        running, "POST", "/k8s", {"properties": {"name": "a", **private, "nodeSubnet": "10.0.0.0/24"}}
    )
    assert "/16" in message
    path = await cluster(running, **private)
    assert (await read(running, path))["properties"]["nodeSubnet"] == "10.7.0.0/16"
    (consumer,) = (await read(running, f"/ipblocks/{block['id']}"))["properties"]["ipConsumers"]
    assert consumer == {"ip": ip, "k8sClusterUuid": path.removeprefix("/k8s/")}
    assert "in use" in await refused(running, "POST", "/k8s", {"properties": {"name": "b", **private}})
    assert "in use" in await refused(running, "DELETE", f"/ipblocks/{block['id']}", code="200")
    for name, value in (
        ("public", True),
        ("location", "de/fra"),
        ("natGatewayIp", "203.0.113.1"),
        ("nodeSubnet", "10.9.0.0/16"),
    ):
        message = await refused(running, "PUT", path, {"properties": {"name": "cluster", name: value}})
        assert message.startswith(f"[(root).properties.{name}]")
    await unchanged_by_itself(running, path)

    elsewhere = await datacenter(running, "us/las")
    sent = {"properties": {"datacenterId": elsewhere.rpartition("/")[2]}}
    assert (await running.api.post(f"{path}/nodepools", json=sent)).status_code == 422
    here = await pool(running, path, await datacenter(running))
    (one, _) = (await read(running, f"{here}/nodes?depth=1"))["items"]
    assert one["properties"]["publicIP"] is None
    assert one["properties"]["privateIP"].startswith("10.7.")
    await changed(running, "DELETE", here)
    await changed(running, "DELETE", path)
    assert (await read(running, f"/ipblocks/{block['id']}"))["properties"]["ipConsumers"] == []


async def test_a_cluster_with_pools_stays(running: Running) -> None:
    path = await cluster(running)
    inside = await pool(running, path, await datacenter(running))
    assert "node pools" in await refused(running, "DELETE", path, code="200")
    found = (await read(running, f"{path}?depth=2"))["entities"]["nodepools"]["items"]
    assert [one["id"] for one in found] == [inside.rpartition("/")[2]]
    await changed(running, "DELETE", inside)
    await changed(running, "DELETE", path)


async def test_a_contract_has_so_many_clusters(alone: Running) -> None:
    number = (await read(alone, "/contracts"))["items"][0]["properties"]["contractNumber"]
    await alone.control("PATCH", f"/contracts/{number}", json={"limits": {"k8sClusterLimitTotal": 1}})
    await cluster(alone)
    body = {"properties": {"name": "two"}}
    assert "k8sClusterLimitTotal" in await refused(alone, "POST", "/k8s", body, code="200")


async def test_the_kubeconfig(running: Running) -> None:
    path = await cluster(running, name="no")
    answer = await running.api.get(f"{path}/kubeconfig")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/yaml")
    config = yaml.safe_load(answer.text)
    assert (config["apiVersion"], config["kind"]) == ("v1", "Config")
    (context,), (place,), (user,) = config["contexts"], config["clusters"], config["users"]
    assert config["current-context"] == context["name"]
    assert context["context"] == {"cluster": place["name"], "user": user["name"]}
    assert place["name"] == "no"
    assert place["cluster"]["server"].startswith("https://")
    pem = base64.b64decode(place["cluster"]["certificate-authority-data"])
    authority = x509.load_pem_x509_certificate(pem)
    authority.verify_directly_issued_by(authority)
    assert len(user["user"]["token"]) == 64

    assert (await running.api.get(f"{path}/kubeconfig")).content == answer.content
    for accept, media_type in (
        ("application/json", "application/json"),
        ("application/x-yaml, application/json", "application/x-yaml"),
        ("text/html, */*", "application/yaml"),
    ):
        other = await running.api.get(f"{path}/kubeconfig", headers={"Accept": accept})
        assert other.headers["content-type"].startswith(media_type)
        assert yaml.safe_load(other.text) == config
    other = await running.api.get(f"{await cluster(running)}/kubeconfig")
    assert yaml.safe_load(other.text)["users"] != config["users"]
    await gone(running, "/k8s/00000000-0000-4000-8000-000000000000/kubeconfig")
