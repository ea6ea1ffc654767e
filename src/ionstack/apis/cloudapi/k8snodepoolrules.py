"""What must hold of a Kubernetes node pool."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from ionstack.apis.cloudapi import addresses, facts, k8sversion
from ionstack.apis.cloudapi.cpu import unfit
from ionstack.catalogue.resource import Rule
from ionstack.engine import documents
from ionstack.engine.change import Change
from ionstack.errors import Problem

MOST_NODES = 100
"""How many nodes a pool has at most."""

_NAME = r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_VALUE = re.compile(f"({_NAME})?")
_KEY = re.compile(rf"([a-z0-9]([a-z0-9.-]{{0,251}}[a-z0-9])?/)?{_NAME}")


async def in_an_active_cluster(change: Change) -> Problem | None:
    """A cluster takes node pools once it is deployed."""
    if change.action != "create" or change.parent is None or change.parent.state in ("ACTIVE", "UPDATING"):
        return None
    return Problem(
        f"The Kubernetes cluster must be ACTIVE. Current state of the resource is {change.parent.state}.",
        code="200",
    )


async def name_left_alone(change: Change) -> Problem | None:
    """The name is not even repeated in a change, as the real cloud has it."""
    if change.action == "update" and "name" in change.sent:
        return change.problem("name", "The attribute 'name' cannot be changed after creation")
    return None


async def in_the_location_of_its_cluster(change: Change) -> Problem | None:
    """Nodes are in the cluster's location, if it has one."""
    if change.action != "create" or change.parent is None:
        return None
    place = documents.load(change.parent.desired).get("location")
    own = documents.load(change.targets["datacenterId"].desired)["location"]
    if place and facts.metro_region(place) != facts.metro_region(own):
        return change.problem("datacenterId", f"The data center is not in the cluster's location {place}")
    return None


async def memory_in_steps(change: Change) -> Problem | None:
    """Memory comes in steps of 1 GB."""
    if change.action == "create" and change.after["ramSize"] % 1024:
        return change.problem(
            "ramSize", f"Attribute value '{change.after['ramSize']}' must be a multiple of 1024"
        )
    return None


async def cpu_of_the_datacenter(change: Change) -> Problem | None:
    """The data center has the CPU family, with as many cores and as much memory as one node has."""
    if change.action != "create":
        return None
    if change.after["serverType"] == "VCPU" and change.sent.get("cpuFamily"):
        return change.problem("cpuFamily", "The attribute 'cpuFamily' must not be provided for VCPU servers")
    datacenter = documents.load(change.targets["datacenterId"].desired)
    first = next((one["cpuFamily"] for one in datacenter["cpuArchitecture"]), None)
    family = change.after.get("cpuFamily") or first
    return unfit(change, datacenter, family, cores="coresCount", ram="ramSize")


async def version_of_the_cluster(change: Change) -> Problem | None:
    """A new pool takes any version that its cluster can have nodes of, another one a newer one of these."""
    if change.action == "delete" or change.parent is None:
        return None
    cluster, had = documents.load(change.parent.desired)["k8sVersion"], change.before.get("k8sVersion")
    offered = k8sversion.pool_upgrades(had, cluster) if had else k8sversion.viable(cluster)
    return k8sversion.change_problem(change, offered)


async def scaled_within_bounds(change: Change) -> Problem | None:
    """An autoscaler has at least one node, and the count is within its bounds. It cannot be taken away."""
    if change.action == "delete":
        return None
    bounds = change.after["autoScaling"]
    least, most = bounds["minNodeCount"], bounds["maxNodeCount"]
    if not change.sent.get("autoScaling") and not most:
        return None
    if least < 1:
        return change.problem("autoScaling.minNodeCount", "autoScaling.minNodeCount must be > 0")
    if not least <= most <= MOST_NODES:
        return change.problem(
            "autoScaling.maxNodeCount", f"autoScaling.maxNodeCount must be from {least} to {MOST_NODES}"
        )
    if not least <= change.after["nodeCount"] <= most:
        return change.problem("nodeCount", f"Attribute value must be within autoScaling, {least} to {most}")
    return None


async def reserved_public_ips(change: Change) -> Problem | None:
    """Public addresses are reserved in the location, and one more than there can be nodes.

    The one more is for the node that replaces another.
    """
    if change.action == "delete" or not change.after["publicIps"]:
        return None
    needed = max(change.after["nodeCount"], change.after["autoScaling"]["maxNodeCount"]) + 1
    if len(change.after["publicIps"]) < needed:
        return change.problem(
            "publicIps", f"At least {needed} addresses are required: one more than there are nodes at most"
        )
    private = change.parent is not None and not documents.load(change.parent.desired)["public"]
    if private:
        return change.problem("publicIps", "The nodes of a private cluster have no public addresses")
    return await addresses.take_reserved(change, "publicIps")


async def reachable_lans(change: Change) -> Problem | None:
    """Each LAN is named once, and routes lead to networks by addresses."""
    seen: set[int] = set()
    for index, lan in enumerate(change.after.get("lans", ())):
        if lan["id"] in seen:
            return change.problem(f"lans.[{index}].id", "The LAN is named twice")
        seen.add(lan["id"])
        for number, route in enumerate(lan["routes"]):
            place = f"lans.[{index}].routes.[{number}]"
            for name, read in (("network", ip_network), ("gatewayIp", ip_address)):
                try:
                    read(route.get(name, ""))
                except ValueError:
                    return change.problem(
                        f"{place}.{name}", "Attribute value must be an IP network, and its gateway's address"
                    )
    return None


async def kubernetes_words(change: Change) -> Problem | None:
    """Labels, annotations and taints are written as Kubernetes has it."""
    after: Mapping[str, Any] = change.after
    for name in ("labels", "annotations"):
        for key, value in after.get(name, {}).items():
            if not _KEY.fullmatch(key):
                return change.problem(name, f"'{key[:60]}' is no Kubernetes key")
            if name == "labels" and not _VALUE.fullmatch(value):
                return change.problem(name, f"'{value[:60]}' is no Kubernetes label value")
    for index, taint in enumerate(after.get("taints", ())):
        if not _KEY.fullmatch(taint["key"]):
            return change.problem(f"taints.[{index}].key", f"'{taint['key'][:60]}' is no Kubernetes key")
        if not _VALUE.fullmatch(taint.get("value") or ""):
            return change.problem(
                f"taints.[{index}].value", f"'{taint['value'][:60]}' is no Kubernetes label value"
            )
    return None


RULES: tuple[Rule, ...] = (
    in_an_active_cluster,
    name_left_alone,
    in_the_location_of_its_cluster,
    memory_in_steps,
    cpu_of_the_datacenter,
    version_of_the_cluster,
    scaled_within_bounds,
    reserved_public_ips,
    reachable_lans,
    kubernetes_words,
)
