"""Forwarding rules of a network load balancer."""

from __future__ import annotations

from typing import Annotated, Literal

from ionstack.apis.cloudapi import balancer
from ionstack.apis.cloudapi.networkloadbalancer import networkloadbalancer
from ionstack.apis.cloudapi.targetgroup import Algorithm, Port, ProxyProtocol, Weight
from ionstack.catalogue.field import Format, Maybe, Range
from ionstack.catalogue.properties import Properties, defaults
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import Paging, View
from ionstack.engine.change import Change

Milliseconds = Annotated[int, Range(0, 2**31 - 1)]


class TargetHealthCheck(Properties):
    check: bool = True
    check_interval: Milliseconds = 2000
    maintenance: bool = False


class Target(Properties):
    ip: Annotated[str, Format("ipv4")]
    port: Port
    weight: Weight
    proxy_protocol: ProxyProtocol = "none"
    health_check: Maybe[TargetHealthCheck] = None


class HealthCheck(Properties):
    client_timeout: Milliseconds = 50000
    connect_timeout: Milliseconds = 5000
    target_timeout: Milliseconds = 50000
    retries: Annotated[int, Range(0, 65535)] = 3


class NetworkForwardingRuleProperties(Properties):
    name: str
    algorithm: Algorithm
    protocol: Literal["HTTP", "TCP"]
    listener_ip: Annotated[str, Format("ipv4")]
    listener_port: Port
    health_check: Maybe[HealthCheck] = None
    targets: list[Target]


async def patient_by_default(change: Change) -> None:
    """A rule has time limits, whether they are given or not."""
    if change.action != "delete" and not change.after.get("healthCheck"):
        change.after["healthCheck"] = defaults(HealthCheck)


networkforwardingrule = Resource(
    kind="cloudapi.networkforwardingrule",
    properties=NetworkForwardingRuleProperties,
    parent="cloudapi.networkloadbalancer",
    derivations=(patient_by_default,),
    rules=(balancer.listening_where_its_balancer_does,),
)

_PATH = "/datacenters/{datacenterId}/networkloadbalancers/{networkLoadBalancerId}/forwardingrules"

networkforwardingrules = View(
    resource=networkforwardingrule,
    type="forwarding-rule",
    collection=_PATH,
    item=f"{_PATH}/{{forwardingRuleId}}",
    parent=networkloadbalancer,
    operations={
        "list": "datacentersNetworkloadbalancersForwardingrulesGet",
        "create": "datacentersNetworkloadbalancersForwardingrulesPost",
        "get": "datacentersNetworkloadbalancersForwardingrulesFindByForwardingRuleId",
        "replace": "datacentersNetworkloadbalancersForwardingrulesPut",
        "update": "datacentersNetworkloadbalancersForwardingrulesPatch",
        "delete": "datacentersNetworkloadbalancersForwardingrulesDelete",
    },
    tag="Network Load Balancers",
    schemas={
        "item": "NetworkLoadBalancerForwardingRule",
        "list": "NetworkLoadBalancerForwardingRules",
        "properties": "NetworkLoadBalancerForwardingRuleProperties",
    },
    paging=Paging(limit=1000, most=10000),
)
