"""Virtual data centers."""

from __future__ import annotations

from typing import Annotated

from ionstack.apis.cloudapi import pcc
from ionstack.apis.cloudapi.location import CpuArchitecture, GpuArchitecture
from ionstack.catalogue.field import Format, Immutable, Maybe, ReadOnly, Ref, WriteOnly
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Computed, Resource
from ionstack.catalogue.view import Members, Paging, View
from ionstack.engine import documents
from ionstack.engine.change import Change
from ionstack.errors import Problem

IPV6_SPACE = "2001:db8"
"""The documentation prefix: addresses that lead nowhere outside."""


class DatacenterProperties(Properties):
    name: Maybe[str] = None
    description: Maybe[str] = None
    location: Immutable[Annotated[str, Ref("cloudapi.location", kept=False)]]
    sec_auth_protection: bool = False
    default_security_group_id: Maybe[Annotated[str, Format("uuid"), Ref("cloudapi.securitygroup")]] = None
    create_default_security_group: WriteOnly[Maybe[bool]] = None
    features: ReadOnly[list[str]]
    cpu_architecture: ReadOnly[list[CpuArchitecture]]
    gpu_architecture: ReadOnly[list[GpuArchitecture]]
    ipv6_cidr_block: ReadOnly[str | None]


async def equipped_as_its_location(change: Change) -> None:
    """A data center has what its location had when it was made."""
    if change.action != "create":
        return
    location = documents.load(change.targets["location"].desired)
    for name in ("features", "cpuArchitecture", "gpuArchitecture"):
        change.after[name] = location[name]


async def ipv6_block_of_its_own(change: Change) -> None:
    """A /56 out of the cloud's IPv6 space, drawn at random so that creations do not wait for each other."""
    if change.action != "create":
        return
    number = int(change.id[:6], 16)
    while not await change.unit.allocate("ipv6", f"{number:06x}", change.id):
        number = (number + 1) % (1 << 24)
    change.after["ipv6CidrBlock"] = f"{IPV6_SPACE}:{number >> 8:x}:{(number & 0xFF) << 8:x}::/56"


async def no_default_security_group_yet(change: Change) -> Problem | None:
    """Security groups are not served yet, so none can be made by the way."""
    if change.sent.get("createDefaultSecurityGroup"):
        return change.problem("createDefaultSecurityGroup", "Security groups are not served by Ionstack yet")
    return None


datacenter = Resource(
    kind="cloudapi.datacenter",
    properties=DatacenterProperties,
    rules=(no_default_security_group_yet,),
    derivations=(equipped_as_its_location, ipv6_block_of_its_own),
    effects=(pcc.renew_all,),
    computed={"version": Computed({"type": "integer", "format": "int32"}, lambda row: str(row.version))},
)

datacenters = View(
    resource=datacenter,
    type="datacenter",
    collection="/datacenters",
    item="/datacenters/{datacenterId}",
    operations={
        "list": "datacentersGet",
        "create": "datacentersPost",
        "get": "datacentersFindById",
        "replace": "datacentersPut",
        "update": "datacentersPatch",
        "delete": "datacentersDelete",
    },
    tag="Data centers",
    schemas={"item": "Datacenter", "list": "Datacenters", "properties": "DatacenterProperties"},
    entities={
        "servers": Members("cloudapi.server"),
        "volumes": Members("cloudapi.volume"),
        "lans": Members("cloudapi.lan"),
        "networkloadbalancers": Members("cloudapi.networkloadbalancer"),
        "natgateways": Members("cloudapi.natgateway"),
    },
    composite=("lans", "volumes", "servers", "natgateways", "networkloadbalancers"),
    paging=Paging(limit=1000, most=10000),
)
