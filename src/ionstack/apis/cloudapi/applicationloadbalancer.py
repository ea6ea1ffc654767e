"""Application load balancers: HTTP, from a listener LAN to target groups in a private LAN."""

from __future__ import annotations

from ionstack.apis.cloudapi import balancer
from ionstack.apis.cloudapi.datacenter import datacenter
from ionstack.catalogue.lifecycle import MACHINE
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import Members, Paging, View


class ApplicationLoadBalancerProperties(balancer.BalancerProperties):
    """Those that all managed balancers have."""


applicationloadbalancer = Resource(
    kind="cloudapi.applicationloadbalancer",
    lifecycle=MACHINE,
    properties=ApplicationLoadBalancerProperties,
    parent="cloudapi.datacenter",
    derivations=balancer.DERIVATIONS,
    rules=balancer.RULES,
    effects=balancer.EFFECTS,
)

applicationloadbalancers = View(
    resource=applicationloadbalancer,
    type="applicationloadbalancer",
    collection="/datacenters/{datacenterId}/applicationloadbalancers",
    item="/datacenters/{datacenterId}/applicationloadbalancers/{applicationLoadBalancerId}",
    parent=datacenter,
    operations={
        "list": "datacentersApplicationloadbalancersGet",
        "create": "datacentersApplicationloadbalancersPost",
        "get": "datacentersApplicationloadbalancersFindByApplicationLoadBalancerId",
        "replace": "datacentersApplicationloadbalancersPut",
        "update": "datacentersApplicationloadbalancersPatch",
        "delete": "datacentersApplicationloadbalancersDelete",
    },
    tag="Application Load Balancers",
    schemas={
        "item": "ApplicationLoadBalancer",
        "list": "ApplicationLoadBalancers",
        "properties": "ApplicationLoadBalancerProperties",
    },
    entities={"forwardingrules": Members("cloudapi.applicationforwardingrule")},
    composite=("forwardingrules",),
    paging=Paging(limit=1000, most=10000),
)
