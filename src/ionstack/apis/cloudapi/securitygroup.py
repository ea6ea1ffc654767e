"""Security groups: firewall rules with a name, for servers and network interfaces of a data center."""

from __future__ import annotations

from typing import Annotated

from ionstack.apis.cloudapi.datacenter import datacenter
from ionstack.catalogue.field import Length, Maybe, Ref
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import Members, Paging, View
from ionstack.engine import rows, usage
from ionstack.engine.change import Change
from ionstack.engine.find import Search
from ionstack.errors import Problem

SecurityGroupIds = Annotated[
    list[str], Ref("cloudapi.securitygroup", refusal="The security group is in use and cannot be deleted")
]


class SecurityGroupProperties(Properties):
    name: Annotated[str, Length(0, 60)]
    description: Maybe[Annotated[str, Length(0, 300)]] = None


async def so_many_in_a_datacenter(change: Change) -> Problem | None:
    """A contract bounds how many groups a data center has."""
    return await _room(change, "securityGroupsPerVdc")


async def so_many_in_a_group(change: Change) -> Problem | None:
    """A contract bounds how many rules a group has."""
    return await _room(change, "rulesPerSecurityGroup")


async def so_many_on_a_resource(change: Change) -> Problem | None:
    """A contract bounds how many groups a server or network interface has."""
    if change.action == "delete" or not change.changed("securityGroups"):
        return None
    limit = await usage.limit(change.unit.tx, change.unit.contract, "securityGroupsPerResource")
    if limit is not None and len(change.after["securityGroups"]) > limit:
        return Problem(f"The contract's limit 'securityGroupsPerResource' is {limit}", code="200")
    return None


async def _room(change: Change, name: str) -> Problem | None:
    if change.action != "create" or change.parent is None:
        return None
    unit = change.unit
    limit = await usage.limit(unit.tx, unit.contract, name)
    if limit is None:
        return None
    search = Search(unit.contract, change.resource.kind, change.parent.id, limit=limit)
    if len(await rows.search(unit.tx, search)) < limit:
        return None
    return Problem(f"The contract's limit '{name}' is {limit}", code="200")


securitygroup = Resource(
    kind="cloudapi.securitygroup",
    privilege="CREATE_NETWORK_SECURITY_GROUPS",
    properties=SecurityGroupProperties,
    parent="cloudapi.datacenter",
    rules=(so_many_in_a_datacenter,),
)

securitygroups = View(
    resource=securitygroup,
    type="security-group",
    collection="/datacenters/{datacenterId}/securitygroups",
    item="/datacenters/{datacenterId}/securitygroups/{securityGroupId}",
    parent=datacenter,
    operations={
        "list": "datacentersSecuritygroupsGet",
        "create": "datacentersSecuritygroupsPost",
        "get": "datacentersSecuritygroupsFindById",
        "replace": "datacentersSecuritygroupsPut",
        "update": "datacentersSecuritygroupsPatch",
        "delete": "datacentersSecuritygroupsDelete",
    },
    tag="Security Groups",
    schemas={"item": "SecurityGroup", "list": "SecurityGroups", "properties": "SecurityGroupProperties"},
    entities={
        "rules": Members("cloudapi.securitygrouprule"),
        "nics": Members("cloudapi.nic", by="securityGroups"),
        "servers": Members("cloudapi.server", by="securityGroups"),
    },
    composite=("rules",),
    paging=Paging(limit=1000, most=10000),
)
