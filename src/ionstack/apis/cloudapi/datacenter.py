"""Virtual data centers."""

from __future__ import annotations

from typing import Annotated

from ionstack.apis.cloudapi import pcc
from ionstack.apis.cloudapi.location import CpuArchitecture, GpuArchitecture
from ionstack.catalogue.field import Immutable, Maybe, ReadOnly, Ref, WriteOnly
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Computed, Resource
from ionstack.catalogue.view import Members, Paging, View
from ionstack.engine import documents, rows
from ionstack.engine.change import Change
from ionstack.errors import Problem

IPV6_SPACE = "2001:db8"
"""The documentation prefix: addresses that lead nowhere outside."""


class DatacenterProperties(Properties):
    name: Maybe[str] = None
    description: Maybe[str] = None
    location: Immutable[Annotated[str, Ref("cloudapi.location", kept=False)]]
    sec_auth_protection: bool = False
    default_security_group_id: Maybe[Annotated[str, Ref("cloudapi.securitygroup")]] = None
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
    number = int(change.id[-6:], 16)
    while not await change.unit.allocate("ipv6", f"{number:06x}", change.id):
        number = (number + 1) % (1 << 24)
    change.after["ipv6CidrBlock"] = f"{IPV6_SPACE}:{number >> 8:x}:{(number & 0xFF) << 8:x}::/56"


async def default_group_taken_away(change: Change) -> None:
    """An empty id takes the default security group away."""
    if change.after.get("defaultSecurityGroupId") == "":
        del change.after["defaultSecurityGroupId"]


async def default_group_of_its_own(change: Change) -> Problem | None:
    """The default security group is one of the data center's, and given or made, not both."""
    if not change.sent.get("defaultSecurityGroupId"):
        return None
    if change.sent.get("createDefaultSecurityGroup"):
        return change.problem("createDefaultSecurityGroup", "Not together with defaultSecurityGroupId")
    found = change.targets.get("defaultSecurityGroupId")
    if found is not None and found.parent != change.id:
        return change.problem(
            "defaultSecurityGroupId", f"The securitygroup '{found.id}' does not exist in this data center"
        )
    return None


async def make_a_default_group(change: Change) -> None:
    """A default security group made by the way."""
    if not change.sent.get("createDefaultSecurityGroup"):
        return
    unit = change.unit
    row = await rows.get(unit.tx, datacenter, unit.contract, change.id)
    group = await unit.create(
        unit.engine.catalogue["cloudapi.securitygroup"], {"name": "Default security group"}, parent=row
    )
    row = await rows.get(unit.tx, datacenter, unit.contract, change.id)
    await unit.derive(datacenter, row, {"defaultSecurityGroupId": group.id})


datacenter = Resource(
    kind="cloudapi.datacenter",
    privilege="CREATE_DATA_CENTER",
    protection="secAuthProtection",
    properties=DatacenterProperties,
    rules=(default_group_of_its_own,),
    derivations=(default_group_taken_away, equipped_as_its_location, ipv6_block_of_its_own),
    effects=(pcc.renew_all, make_a_default_group),
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
        "loadbalancers": Members("cloudapi.loadbalancer"),
        "networkloadbalancers": Members("cloudapi.networkloadbalancer"),
        "natgateways": Members("cloudapi.natgateway"),
        "securitygroups": Members("cloudapi.securitygroup"),
    },
    composite=(
        "lans",
        "securitygroups",
        "volumes",
        "servers",
        "natgateways",
        "networkloadbalancers",
        "loadbalancers",
    ),
    paging=Paging(limit=1000, most=10000),
)
