"""Nodes of Kubernetes node pools. Each is a managed server of the pool's data center, with a boot volume."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated

from ionstack.apis.cloudapi import addresses, facts
from ionstack.apis.cloudapi.datacenter import datacenter
from ionstack.apis.cloudapi.k8scluster import NODES, k8scluster
from ionstack.apis.cloudapi.k8snodepool import nodepool, refill
from ionstack.apis.cloudapi.server import server
from ionstack.apis.cloudapi.volume import volume
from ionstack.catalogue.field import Internal, Maybe, ReadOnly, Ref, Wire
from ionstack.catalogue.lifecycle import Lifecycle
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Document, Resource
from ionstack.catalogue.view import Action, View
from ionstack.engine import documents, rows
from ionstack.engine.change import Change
from ionstack.engine.row import Row
from ionstack.errors import Problem

_SERVERS = {"DedicatedCore": "ENTERPRISE", "VCPU": "VCPU"}
_VOLUMES = {"HDD": "HDD", "SSD": "SSD", "ESSENTIAL": "SSD Standard", "PERFORMANCE": "SSD Premium"}

LIFE = Lifecycle(
    settled="READY",
    busy="BUSY",
    failed="PROVISIONED",  # the machine is there and did not become a node
    creating="PROVISIONING",
    updating="REBUILDING",
    deleting="TERMINATING",
    seconds={"create": (120.0, 300.0), "replace": (180.0, 420.0), "delete": (60.0, 180.0)},
)


class KubernetesNodeProperties(Properties):
    name: ReadOnly[str]
    public_ip: ReadOnly[Annotated[str | None, Wire("publicIP")]]
    private_ip: ReadOnly[Annotated[str, Wire("privateIP")]]
    k8s_version: ReadOnly[str]
    machine: Internal[
        Maybe[
            Annotated[str, Ref("cloudapi.server", refusal="The server is managed by a Kubernetes node pool")]
        ]
    ] = None


async def made_as_its_pool_says(change: Change) -> None:
    """A node has the version of its pool, a name after it, and an address in the cluster's network."""
    if change.action != "create" or change.parent is None:
        return
    unit, pool = change.unit, documents.load(change.parent.desired)
    number = await unit.count_up(f"{change.parent.id}/nodes")
    change.after |= {"name": f"{pool['name']}-{number}", "k8sVersion": pool["k8sVersion"]}
    cluster = documents.load((await _cluster(change)).desired)
    network = IPv4Network(cluster.get("nodeSubnet") or NODES)
    for address in addresses.hosts(network, int(change.id[-8:], 16)):
        if await unit.allocate(f"{change.parent.root}/nodes", str(address), change.id):
            change.after["privateIP"] = str(address)
            break
    change.after["publicIP"] = await _public(change, pool) if cluster["public"] else None


async def _public(change: Change, pool: Document) -> str | None:
    """One of the pool's reserved addresses, or any of the location where it has none."""
    if change.parent is None:
        return None
    name, candidates = f"{change.parent.id}/publicIps", pool["publicIps"]
    if not candidates:
        row = await rows.get(change.unit.tx, datacenter, change.unit.contract, pool["datacenterId"])
        network = facts.public_network(documents.load(row.desired)["location"])
        name = f"ipv4/{network}"
        candidates = (str(one) for one in addresses.hosts(network, int(change.id[-8:], 16)))
    for address in candidates:
        if await change.unit.allocate(name, address, change.id):
            return str(address)
    return None


async def _cluster(change: Change) -> Row:
    root = change.parent.root if change.parent else ""
    return await rows.get(change.unit.tx, k8scluster, change.unit.contract, root)


async def addressed(change: Change) -> Problem | None:
    """A node has a private address, which every network has some of."""
    if change.action == "create" and not change.after.get("privateIP"):
        return Problem("The node subnet has no free address left", code="200")
    return None


async def make_the_machine(change: Change) -> None:
    """The server and its boot volume in the pool's data center."""
    if change.action != "create" or change.parent is None:
        return
    unit, pool = change.unit, documents.load(change.parent.desired)
    place = await unit.open(datacenter, pool["datacenterId"])
    inner = {"managedBy": change.id}
    machine = {
        "name": change.after["name"],
        "type": _SERVERS[pool["serverType"]],
        "cores": pool["coresCount"],
        "ram": pool["ramSize"],
        "availabilityZone": pool["availabilityZone"],
    }
    if machine["type"] == "ENTERPRISE" and pool.get("cpuFamily"):
        machine["cpuFamily"] = pool["cpuFamily"]
    made = await unit.create(server, machine, parent=place, inner=inner)
    disk = {
        "name": change.after["name"],
        "type": _VOLUMES[pool["storageType"]],
        "size": pool["storageSize"],
        "licenceType": "LINUX",
        "availabilityZone": pool["availabilityZone"],
    }
    await unit.create(volume, disk, parent=place, inner={**inner, "server": made.id})
    row = await rows.get(unit.tx, node, unit.contract, change.id)
    await unit.derive(node, row, {"machine": made.id})


async def take_the_machine_away(change: Change) -> None:
    """The server and its volume go with the node; a reserved address is free for the node that follows."""
    machine, address = change.before.get("machine"), change.before.get("publicIP")
    if change.action != "delete" or change.parent is None:
        return
    unit = change.unit
    if address in documents.load(change.parent.desired)["publicIps"]:
        await unit.release(change.id, str(address))
    found = await rows.find(unit.tx, server, unit.contract, machine) if machine else None
    if found is None or found.deleting:
        return
    for row in await rows.referring(unit.tx, unit.contract, found.id, "server"):
        if row.kind == volume.kind:
            await unit.delete(volume, await rows.lock(unit.tx, volume, unit.contract, row.id))
    await unit.delete(server, await rows.lock(unit.tx, server, unit.contract, found.id))


async def go_if_replaced(change: Change) -> None:
    """A node that is to be replaced goes; its pool makes another one."""
    if change.verb == "replace":
        row = await rows.get(change.unit.tx, node, change.unit.contract, change.id)
        await change.unit.delete(node, row)


async def tell_the_pool(change: Change) -> None:
    """A pool that lives makes up for the node that goes."""
    if change.action != "delete" or change.parent is None:
        return
    pool = await rows.get(change.unit.tx, nodepool, change.unit.contract, change.parent.id)
    if not pool.deleting:
        await refill(change.unit, pool)


node = Resource(
    kind="cloudapi.k8snode",
    properties=KubernetesNodeProperties,
    parent="cloudapi.k8snodepool",
    lifecycle=LIFE,
    derivations=(made_as_its_pool_says,),
    rules=(addressed,),
    effects=(make_the_machine, take_the_machine_away, go_if_replaced, tell_the_pool),
)

nodes = View(
    resource=node,
    type="node",
    collection="/k8s/{k8sClusterId}/nodepools/{nodepoolId}/nodes",
    item="/k8s/{k8sClusterId}/nodepools/{nodepoolId}/nodes/{nodeId}",
    parent=nodepool,
    operations={
        "list": "k8sNodepoolsNodesGet",
        "get": "k8sNodepoolsNodesFindById",
        "delete": "k8sNodepoolsNodesDelete",
    },
    tag="Kubernetes",
    schemas={
        "item": "KubernetesNode",
        "list": "KubernetesNodes",
        "properties": "KubernetesNodeProperties",
        "metadata": "KubernetesNodeMetadata",
    },
    actions={"replace": Action("k8sNodepoolsNodesReplacePost", {})},
    metadata=("etag", "createdDate", "lastModifiedDate", "state", "lastSoftwareUpdatedDate"),
    states=("PROVISIONING", "PROVISIONED", "READY", "TERMINATING", "REBUILDING", "BUSY"),
)
