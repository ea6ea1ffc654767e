"""Security groups: firewall rules with a name, for servers and network interfaces of a data center."""

from __future__ import annotations

from typing import Annotated

from ionstack.apis.cloudapi.datacenter import datacenter
from ionstack.catalogue.field import Length, Maybe, Ref
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Bound, Resource
from ionstack.catalogue.view import Members, Paging, View

SecurityGroupIds = Annotated[
    list[str], Ref("cloudapi.securitygroup", refusal="The security group is in use and cannot be deleted")
]


class SecurityGroupProperties(Properties):
    name: Annotated[str, Length(0, 60)]
    description: Maybe[Annotated[str, Length(0, 300)]] = None


SO_MANY_ON_A_RESOURCE = Bound("securityGroupsPerResource", lambda one: len(one.get("securityGroups", ())))
"""A contract bounds how many groups a server or network interface has."""


securitygroup = Resource(
    kind="cloudapi.securitygroup",
    privilege="CREATE_NETWORK_SECURITY_GROUPS",
    properties=SecurityGroupProperties,
    parent="cloudapi.datacenter",
    room="securityGroupsPerVdc",
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
