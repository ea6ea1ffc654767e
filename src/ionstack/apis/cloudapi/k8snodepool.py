"""Node pools of Kubernetes clusters: so many equal nodes in a data center."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from ionstack.apis.cloudapi import addresses, k8snodepoolrules, k8sversion
from ionstack.apis.cloudapi.datacenter import datacenter
from ionstack.apis.cloudapi.k8scluster import Name, k8scluster
from ionstack.apis.cloudapi.maintenance import Window, maintained
from ionstack.catalogue.field import Format, Immutable, Lasting, Length, Maybe, Range, ReadOnly, Ref
from ionstack.catalogue.lifecycle import Lifecycle
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import View
from ionstack.engine import documents, rows
from ionstack.engine.change import Change
from ionstack.engine.row import Row
from ionstack.engine.unit import Unit

MOST_TAINTS = 50

LIFE = Lifecycle(
    settled="ACTIVE",
    busy="UPDATING",
    creating="DEPLOYING",
    updating="UPDATING",
    deleting="DESTROYING",
    seconds={"create": (180.0, 480.0), "update": (60.0, 300.0), "delete": (60.0, 240.0)},
)

_REBUILDING = ("k8sVersion", "serverType")
"""What nodes are made with: a change makes them anew."""


class AutoScaling(Properties):
    min_node_count: int
    max_node_count: int


class Route(Properties):
    network: Maybe[str] = None
    gateway_ip: Maybe[str] = None


class NodePoolLan(Properties):
    id: Annotated[
        int,
        Range(1, 2**31 - 1),
        Ref(
            "cloudapi.lan",
            scoped=True,
            within="datacenterId",
            refusal="The LAN is used by a Kubernetes node pool",
        ),
    ]
    dhcp: bool = True
    routes: list[Route] = []


class Taint(Properties):
    key: Annotated[str, Length(1)]
    value: Maybe[str] = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]


class KubernetesNodePoolProperties(Properties):
    name: Immutable[Name]
    datacenter_id: Immutable[
        Annotated[
            str, Ref("cloudapi.datacenter", refusal="The data center is used by a Kubernetes node pool")
        ]
    ]
    node_count: Annotated[int, Range(1, k8snodepoolrules.MOST_NODES)]
    server_type: Lasting[Literal["DedicatedCore", "VCPU"]] = "DedicatedCore"
    cpu_family: Immutable[Maybe[Annotated[str, Length(1)]]] = None
    cores_count: Immutable[Annotated[int, Range(1)]]
    ram_size: Immutable[Annotated[int, Range(2048)]]
    availability_zone: Immutable[Literal["AUTO", "ZONE_1", "ZONE_2"]]
    storage_type: Immutable[Literal["HDD", "SSD", "ESSENTIAL", "PERFORMANCE"]]
    storage_size: Immutable[Annotated[int, Range(10)]]
    k8s_version: Lasting[Maybe[str]] = None
    maintenance_window: Window = None
    auto_scaling: Lasting[Maybe[AutoScaling]] = None
    lans: Lasting[list[NodePoolLan]] = []
    labels: Lasting[dict[str, str]] = {}
    annotations: Lasting[dict[str, str]] = {}
    public_ips: Lasting[list[Annotated[str, Format("ipv4")]]] = []
    taints: Lasting[Annotated[list[Taint], Length(0, MOST_TAINTS)]] = []
    available_upgrade_versions: ReadOnly[list[str]]


async def hold_its_datacenter(change: Change) -> None:
    """The data center is locked before anything in it is looked at, so that no two pools wait for each other."""
    unit, id = change.unit, change.after.get("datacenterId") or change.before.get("datacenterId")
    if id and await rows.find(unit.tx, datacenter, unit.contract, id):
        await rows.lock(unit.tx, datacenter, unit.contract, id)


async def versioned_as_its_cluster(change: Change) -> None:
    """Without a choice a pool has its cluster's version; what it can go to follows from both."""
    if change.action == "delete" or change.parent is None:
        return
    cluster = documents.load(change.parent.desired)["k8sVersion"]
    version = change.after.setdefault("k8sVersion", cluster)
    if version in k8sversion.served():
        change.after["availableUpgradeVersions"] = k8sversion.pool_upgrades(version, cluster)


async def given_a_cpu(change: Change) -> None:
    """Dedicated cores are of the first CPU family of the data center, unless one is chosen."""
    if change.action != "create" or change.after["serverType"] != "DedicatedCore":
        return
    families = documents.load(change.targets["datacenterId"].desired)["cpuArchitecture"]
    if families:
        change.after.setdefault("cpuFamily", families[0]["cpuFamily"])


async def scaled_by_hand(change: Change) -> None:
    """A pool without an autoscaler reads as one from zero to zero."""
    if change.action != "delete":
        change.after.setdefault("autoScaling", {"minNodeCount": 0, "maxNodeCount": 0})


async def let_go(change: Change) -> None:
    """Addresses that the pool no longer names are free, and what it keeps is taken anew."""
    if change.action == "update" and change.changed("publicIps"):
        await addresses.give_back(change, change.before["publicIps"])


async def tell_the_ip_blocks(change: Change) -> None:
    """IP blocks know that the pool uses their addresses."""
    if change.parent is not None:
        more = {"k8sNodePoolUuid": change.id, "k8sClusterUuid": change.parent.id}
        await addresses.tell_if_changed(change, "publicIps", more)


async def nodes_as_wanted(change: Change) -> None:
    """Nodes come and go with the count; those that are no longer as the pool says are made anew."""
    if change.action == "delete":
        return
    unit = change.unit
    pool = await rows.get(unit.tx, nodepool, unit.contract, change.id)
    found = await nodes(unit, pool)
    for index, row in enumerate(found):
        if index >= change.after["nodeCount"] or _outdated(change, row):
            await unit.delete(unit.engine.catalogue["cloudapi.k8snode"], row)
    await refill(unit, pool)


def _outdated(change: Change, row: Row) -> bool:
    """Whether a node has another version, server type or public address than its pool now gives."""
    if any(change.changed(name) for name in _REBUILDING):
        return True
    address = documents.load(row.desired)["publicIP"]
    return change.changed("publicIps") and address not in change.after["publicIps"]


async def refill(unit: Unit, pool: Row) -> None:
    """Make as many nodes as the pool lacks."""
    wanted = documents.load(pool.desired)["nodeCount"]
    for _ in range(wanted - len(await nodes(unit, pool))):
        await unit.create(unit.engine.catalogue["cloudapi.k8snode"], {}, parent=pool)


async def nodes(unit: Unit, pool: Row) -> Sequence[Row]:
    """The nodes of a pool, oldest first, but for those that are being deleted."""
    return await rows.inside(unit.tx, unit.contract, "cloudapi.k8snode", pool.id)


nodepool = Resource(
    kind="cloudapi.k8snodepool",
    properties=KubernetesNodePoolProperties,
    parent="cloudapi.k8scluster",
    lifecycle=LIFE,
    preparations=(hold_its_datacenter,),
    derivations=(versioned_as_its_cluster, given_a_cpu, scaled_by_hand, maintained, let_go),
    rules=k8snodepoolrules.RULES,
    effects=(tell_the_ip_blocks, nodes_as_wanted),
)

nodepools = View(
    resource=nodepool,
    type="nodepool",
    collection="/k8s/{k8sClusterId}/nodepools",
    item="/k8s/{k8sClusterId}/nodepools/{nodepoolId}",
    parent=k8scluster,
    operations={
        "list": "k8sNodepoolsGet",
        "create": "k8sNodepoolsPost",
        "get": "k8sNodepoolsFindById",
        "replace": "k8sNodepoolsPut",
        "delete": "k8sNodepoolsDelete",
    },
    tag="Kubernetes",
    schemas={
        "item": "KubernetesNodePool",
        "list": "KubernetesNodePools",
        "properties": "KubernetesNodePoolProperties",
    },
)
