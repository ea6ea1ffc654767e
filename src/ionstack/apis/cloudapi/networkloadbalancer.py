"""Network load balancers: layer 4, from a listener LAN to a private target LAN."""

from __future__ import annotations

from ionstack.apis.cloudapi import balancer
from ionstack.apis.cloudapi.datacenter import datacenter
from ionstack.catalogue.lifecycle import MACHINE
from ionstack.catalogue.resource import Resource, Usage
from ionstack.catalogue.view import Members, Paging, View


class NetworkLoadBalancerProperties(balancer.BalancerProperties):
    """Those that all managed balancers have."""


networkloadbalancer = Resource(
    kind="cloudapi.networkloadbalancer",
    lifecycle=MACHINE,
    properties=NetworkLoadBalancerProperties,
    parent="cloudapi.datacenter",
    derivations=balancer.DERIVATIONS,
    rules=balancer.RULES,
    effects=balancer.EFFECTS,
    usage=(Usage("nlbProvisioned", "nlbLimitTotal", lambda _: 1),),
)

networkloadbalancers = View(
    resource=networkloadbalancer,
    type="networkloadbalancer",
    collection="/datacenters/{datacenterId}/networkloadbalancers",
    item="/datacenters/{datacenterId}/networkloadbalancers/{networkLoadBalancerId}",
    parent=datacenter,
    operations={
        "list": "datacentersNetworkloadbalancersGet",
        "create": "datacentersNetworkloadbalancersPost",
        "get": "datacentersNetworkloadbalancersFindByNetworkLoadBalancerId",
        "replace": "datacentersNetworkloadbalancersPut",
        "update": "datacentersNetworkloadbalancersPatch",
        "delete": "datacentersNetworkloadbalancersDelete",
    },
    tag="Network Load Balancers",
    schemas={
        "item": "NetworkLoadBalancer",
        "list": "NetworkLoadBalancers",
        "properties": "NetworkLoadBalancerProperties",
    },
    entities={
        "flowlogs": Members("cloudapi.networkloadbalancerflowlog"),
        "forwardingrules": Members("cloudapi.networkforwardingrule"),
    },
    composite=("forwardingrules", "flowlogs"),
    paging=Paging(limit=1000, most=10000),
)
