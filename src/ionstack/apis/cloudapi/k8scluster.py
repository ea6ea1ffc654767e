"""Kubernetes clusters: a control plane, public or private, and what its versions allow."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, ip_network
from typing import Annotated

import orjson

from ionstack.apis.cloudapi import addresses, k8sversion
from ionstack.apis.cloudapi.maintenance import Window, maintained
from ionstack.catalogue.field import Format, Immutable, Lasting, Length, Matches, Maybe, Ref
from ionstack.catalogue.lifecycle import Lifecycle
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Computed, Resource, Usage
from ionstack.catalogue.view import Members, View
from ionstack.engine import documents, rows
from ionstack.engine.change import Change
from ionstack.engine.row import Row
from ionstack.errors import Problem

NODES = "10.7.0.0/16"
"""Where the nodes of a cluster have their private addresses unless a private cluster says otherwise."""

Name = Annotated[str, Length(1, 63), Matches("^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$")]
"""A Kubernetes label value."""

_PRIVATE_ONLY = ("natGatewayIp", "nodeSubnet")

LIFE = Lifecycle(
    settled="ACTIVE",
    busy="ACTIVE",  # a node pool that is changed leaves its cluster as it is
    creating="DEPLOYING",
    updating="UPDATING",
    deleting="DESTROYING",
    seconds={"create": (180.0, 420.0), "update": (60.0, 240.0), "delete": (60.0, 180.0)},
)


class S3Bucket(Properties):
    name: str


class KubernetesClusterProperties(Properties):
    name: Name
    k8s_version: Lasting[Maybe[str]] = None
    maintenance_window: Window = None
    public: Immutable[bool] = True
    location: Immutable[Maybe[Annotated[str, Ref("cloudapi.location", kept=False)]]] = None
    nat_gateway_ip: Immutable[Maybe[Annotated[str, Format("ipv4")]]] = None
    node_subnet: Immutable[Maybe[str]] = None
    api_subnet_allow_list: list[str] = []
    s3_buckets: list[S3Bucket] = []


async def with_a_version(change: Change) -> None:
    """A cluster without a choice has the default version."""
    if change.action != "delete":
        change.after.setdefault("k8sVersion", k8sversion.default())


async def with_a_subnet_if_private(change: Change) -> None:
    """A private cluster's nodes have a network of their own."""
    if change.action == "create" and not change.after["public"]:
        change.after.setdefault("nodeSubnet", NODES)


async def offered_version(change: Change) -> Problem | None:
    """A new cluster takes any version, another one a newer one that its own can be upgraded to."""
    if change.action == "delete":
        return None
    had = change.before.get("k8sVersion")
    return k8sversion.change_problem(change, k8sversion.upgrades(had) if had else k8sversion.served())


async def private_or_public(change: Change) -> Problem | None:
    """A private cluster says where it is and under which address it reaches out; a public one does neither."""
    if change.action != "create":
        return None
    if change.after["public"]:
        given = next((name for name in _PRIVATE_ONLY if change.after.get(name)), None)
        return change.problem(given, "Attribute is only for private clusters") if given else None
    missing = next((name for name in ("location", "natGatewayIp") if not change.after.get(name)), None)
    return change.problem(missing, "Attribute is required for private clusters") if missing else None


async def reserved_nat_gateway_ip(change: Change) -> Problem | None:
    """The address of a private cluster is reserved in its location and used by nobody else."""
    ip = change.after.get("natGatewayIp")
    if change.action != "create" or change.after["public"] or not (ip and change.after.get("location")):
        return None
    return await addresses.take_one(change, ip, "natGatewayIp")


async def node_subnet_of_a_fitting_size(change: Change) -> Problem | None:
    """The nodes' network is a private /16."""
    given = change.after.get("nodeSubnet")
    if change.action != "create" or not given:
        return None
    try:
        network = IPv4Network(given)
    except ValueError:
        network = None
    if network is None or network.prefixlen != 16 or not network.is_private:
        return change.problem("nodeSubnet", f"Attribute value '{given[:60]}' must be a private /16 network")
    return None


async def allowed_subnets(change: Change) -> Problem | None:
    """Who may reach the API server is said in addresses and networks."""
    for index, one in enumerate(change.after.get("apiSubnetAllowList", ())):
        try:
            ip_network(one)
        except ValueError:
            return change.problem(
                f"apiSubnetAllowList.[{index}]", f"Attribute value '{one[:60]}' is no IP address or network"
            )
    return None


async def without_pools_when_it_goes(change: Change) -> Problem | None:
    """A cluster that has node pools stays."""
    if change.action == "delete" and await pools(change):
        return Problem("The Kubernetes cluster has node pools; delete these first", code="200")
    return None


async def tell_the_pools(change: Change) -> None:
    """What the pools can be upgraded to follows from the cluster's version."""
    if change.action != "update" or not change.changed("k8sVersion"):
        return
    resource = change.unit.engine.catalogue["cloudapi.k8snodepool"]
    for row in await pools(change):
        found = k8sversion.pool_upgrades(
            documents.load(row.desired)["k8sVersion"], change.after["k8sVersion"]
        )
        await change.unit.derive(resource, row, {"availableUpgradeVersions": found})


async def tell_the_ip_block(change: Change) -> None:
    """The IP block knows that the cluster uses its address."""
    before, after = ([one] if (one := of.get("natGatewayIp")) else [] for of in (change.before, change.after))
    if before != after:
        await addresses.tell(change, before, after, {"k8sClusterUuid": change.id})


async def pools(change: Change) -> Sequence[Row]:
    """The cluster's node pools, but for those that are being deleted."""
    return await rows.inside(change.unit.tx, change.unit.contract, "cloudapi.k8snodepool", change.id)


def _upgrades(row: Row) -> str:
    return orjson.dumps(k8sversion.upgrades(documents.load(row.desired)["k8sVersion"])).decode()


def _viable(row: Row) -> str:
    return orjson.dumps(k8sversion.viable(documents.load(row.desired)["k8sVersion"])).decode()


_VERSIONS = {"type": "array", "items": {"type": "string"}}

k8scluster = Resource(
    kind="cloudapi.k8scluster",
    privilege="CREATE_K8S_CLUSTER",
    properties=KubernetesClusterProperties,
    lifecycle=LIFE,
    derivations=(with_a_version, with_a_subnet_if_private, maintained),
    rules=(
        offered_version,
        private_or_public,
        reserved_nat_gateway_ip,
        node_subnet_of_a_fitting_size,
        allowed_subnets,
        without_pools_when_it_goes,
    ),
    effects=(tell_the_pools, tell_the_ip_block),
    computed={
        "availableUpgradeVersions": Computed(_VERSIONS, _upgrades),
        "viableNodePoolVersions": Computed(_VERSIONS, _viable),
    },
    usage=(Usage("k8sClustersProvisioned", "k8sClusterLimitTotal", lambda _: 1),),
)

k8sclusters = View(
    resource=k8scluster,
    type="k8s",
    collection="/k8s",
    item="/k8s/{k8sClusterId}",
    operations={
        "list": "k8sGet",
        "create": "k8sPost",
        "get": "k8sFindByClusterId",
        "replace": "k8sPut",
        "delete": "k8sDelete",
    },
    tag="Kubernetes",
    schemas={
        "item": "KubernetesCluster",
        "list": "KubernetesClusters",
        "properties": "KubernetesClusterProperties",
    },
    entities={"nodepools": Members("cloudapi.k8snodepool")},
)
