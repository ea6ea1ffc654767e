"""Forwarding rules of an application load balancer: which HTTP call goes where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Annotated, Any, Literal

from ionstack.apis.cloudapi import balancer
from ionstack.apis.cloudapi.applicationloadbalancer import applicationloadbalancer
from ionstack.apis.cloudapi.targetgroup import Port
from ionstack.catalogue.field import Format, Maybe, Range, Ref
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import Paging, View
from ionstack.engine.change import Change
from ionstack.errors import Problem

NEEDED = {"FORWARD": "targetGroup", "REDIRECT": "location", "STATIC": "responseMessage"}
"""What an HTTP rule cannot do without, by type."""

STATUSES = {"REDIRECT": (301, 302, 303, 307, 308), "STATIC": range(200, 600)}
USUAL_STATUS = {"REDIRECT": 301, "STATIC": 503}

WITH_KEY = ("HEADER", "QUERY", "COOKIE")
"""The conditions that are about something by name."""


class Condition(Properties):
    type: Literal["HEADER", "PATH", "QUERY", "METHOD", "HOST", "COOKIE", "SOURCE_IP"]
    condition: Maybe[Literal["EXISTS", "CONTAINS", "EQUALS", "MATCHES", "STARTS_WITH", "ENDS_WITH"]] = None
    negate: bool = False
    key: Maybe[str] = None
    value: Maybe[str] = None


class HttpRule(Properties):
    name: str
    type: Literal["FORWARD", "STATIC", "REDIRECT", "forward", "static", "redirect"]
    target_group: Maybe[Annotated[str, Ref("cloudapi.targetgroup")]] = None
    drop_query: Maybe[bool] = None
    location: Maybe[str] = None
    status_code: Maybe[int] = None
    response_message: Maybe[str] = None
    content_type: Maybe[str] = None
    conditions: list[Condition] = []


class ApplicationForwardingRuleProperties(Properties):
    name: str
    protocol: Literal["HTTP"]
    listener_ip: Annotated[str, Format("ipv4")]
    listener_port: Port
    client_timeout: Annotated[int, Range(0, 2**31 - 1)] = 50000
    server_certificates: list[Annotated[str, Format("uuid")]] = []
    http_rules: list[HttpRule] = []


async def answering_as_usual(change: Change) -> None:
    """A redirect is a 301 and a static answer a 503, unless another status is given."""
    for rule in change.after.get("httpRules", ()):
        usual = USUAL_STATUS.get(rule["type"].upper())
        if usual and rule.get("statusCode") is None:
            rule["statusCode"] = usual


async def complete_http_rules(change: Change) -> Problem | None:
    """Each HTTP rule has a name of its own and what its type asks for."""
    names: set[str] = set()
    for place, rule in _each("httpRules", change.after.get("httpRules", ())):
        kind = rule["type"].upper()
        if rule["name"] in names:
            return change.problem(f"{place}.name", f"Another HTTP rule has the name '{rule['name'][:60]}'")
        names.add(rule["name"])
        if not rule.get(NEEDED[kind]):
            return change.problem(f"{place}.{NEEDED[kind]}", f"Attribute is required for a {kind} rule")
        status = rule.get("statusCode")
        if status is not None and status not in STATUSES.get(kind, ()):
            return change.problem(f"{place}.statusCode", f"Attribute value '{status}' not allowed here")
    return None


async def complete_conditions(change: Change) -> Problem | None:
    """Each condition has a key where there are names, and a value where it compares."""
    for above, rule in _each("httpRules", change.after.get("httpRules", ())):
        for place, condition in _each(f"{above}.conditions", rule["conditions"]):
            fault = _fault(condition)
            if fault:
                return change.problem(f"{place}.{fault[0]}", fault[1])
    return None


def _fault(condition: Mapping[str, Any]) -> tuple[str, str] | None:
    """The attribute of a condition that is wrong, and how."""
    kind, how, value = condition["type"], condition.get("condition"), condition.get("value")
    if bool(condition.get("key")) != (kind in WITH_KEY):
        return "key", f"Attribute {'is required' if kind in WITH_KEY else 'must be null'} for {kind}"
    if kind == "SOURCE_IP":
        if how:
            return "condition", "Attribute must be null for SOURCE_IP"
        return None if _is_network(value) else ("value", "Attribute value must be an IP address or network")
    if not how:
        return "condition", "Attribute is required"
    if (value is None) != (how == "EXISTS"):
        return "value", f"Attribute {'must be null' if how == 'EXISTS' else 'is required'} for {how}"
    return None


def _each(name: str, members: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((f"{name}.[{index}]", member) for index, member in enumerate(members))


def _is_network(text: str | None) -> bool:
    try:
        ip_network(text or "", strict=False)
    except ValueError:
        return False
    return True


applicationforwardingrule = Resource(
    kind="cloudapi.applicationforwardingrule",
    properties=ApplicationForwardingRuleProperties,
    parent="cloudapi.applicationloadbalancer",
    derivations=(answering_as_usual,),
    rules=(balancer.listening_where_its_balancer_does, complete_http_rules, complete_conditions),
)

_PATH = "/datacenters/{datacenterId}/applicationloadbalancers/{applicationLoadBalancerId}/forwardingrules"

applicationforwardingrules = View(
    resource=applicationforwardingrule,
    type="forwarding-rule",
    collection=_PATH,
    item=f"{_PATH}/{{forwardingRuleId}}",
    parent=applicationloadbalancer,
    operations={
        "list": "datacentersApplicationloadbalancersForwardingrulesGet",
        "create": "datacentersApplicationloadbalancersForwardingrulesPost",
        "get": "datacentersApplicationloadbalancersForwardingrulesFindByForwardingRuleId",
        "replace": "datacentersApplicationloadbalancersForwardingrulesPut",
        "update": "datacentersApplicationloadbalancersForwardingrulesPatch",
        "delete": "datacentersApplicationloadbalancersForwardingrulesDelete",
    },
    tag="Application Load Balancers",
    schemas={
        "item": "ApplicationLoadBalancerForwardingRule",
        "list": "ApplicationLoadBalancerForwardingRules",
        "properties": "ApplicationLoadBalancerForwardingRuleProperties",
    },
    paging=Paging(limit=1000, most=10000),
)
