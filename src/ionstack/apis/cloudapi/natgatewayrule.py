"""Rules of a NAT gateway: whose packets leave under which of its addresses."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal

from ionstack.apis.cloudapi.natgateway import natgateway
from ionstack.catalogue.field import Maybe, Range
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import View
from ionstack.engine import documents
from ionstack.engine.change import Change
from ionstack.errors import Problem

Port = Annotated[int, Range(1, 65535)]


class TargetPortRange(Properties):
    start: Maybe[Port] = None
    end: Maybe[Port] = None


class NatGatewayRuleProperties(Properties):
    name: str
    type: Literal["SNAT"] = "SNAT"
    protocol: Literal["TCP", "UDP", "ICMP", "ALL"] = "ALL"
    source_subnet: str
    public_ip: str
    target_subnet: Maybe[str] = None
    target_port_range: Maybe[TargetPortRange] = None


async def readable_subnets(change: Change) -> Problem | None:
    """Source and target are IPv4 addresses or networks."""
    for name in ("sourceSubnet", "targetSubnet"):
        given = change.after.get(name)
        if not given:
            continue
        try:
            IPv4Network(given, strict=False)
        except ValueError:
            return change.problem(name, f"Attribute value '{given[:60]}' is no IPv4 address or network")
    return None


async def an_address_of_its_gateway(change: Change) -> Problem | None:
    """Packets leave under an address that the gateway has."""
    if change.action == "delete" or change.parent is None:
        return None
    offered = documents.load(change.parent.desired)["publicIps"]
    if change.after["publicIp"] not in offered:
        return change.problem(
            "publicIp",
            f"Attribute value '{change.after['publicIp'][:60]}' not allowed. Expected one of [{', '.join(offered)}]",
        )
    return None


async def ports_where_there_are_ports(change: Change) -> Problem | None:
    """TCP and UDP have ports: both ends or none, in order."""
    ports = change.after.get("targetPortRange")
    if not ports:
        return None
    if change.after["protocol"] not in ("TCP", "UDP"):
        return change.problem("targetPortRange", f"The protocol {change.after['protocol']} has no ports")
    start, end = ports.get("start"), ports.get("end")
    if start is None or end is None:
        return change.problem("targetPortRange", "A port range has a start and an end")
    if start > end:
        return change.problem("targetPortRange", "The range ends before it starts")
    return None


natgatewayrule = Resource(
    kind="cloudapi.natgatewayrule",
    properties=NatGatewayRuleProperties,
    parent="cloudapi.natgateway",
    rules=(readable_subnets, an_address_of_its_gateway, ports_where_there_are_ports),
)

_PATH = "/datacenters/{datacenterId}/natgateways/{natGatewayId}/rules"

natgatewayrules = View(
    resource=natgatewayrule,
    type="natgateway-rule",
    collection=_PATH,
    item=f"{_PATH}/{{natGatewayRuleId}}",
    parent=natgateway,
    operations={
        "list": "datacentersNatgatewaysRulesGet",
        "create": "datacentersNatgatewaysRulesPost",
        "get": "datacentersNatgatewaysRulesFindByNatGatewayRuleId",
        "replace": "datacentersNatgatewaysRulesPut",
        "update": "datacentersNatgatewaysRulesPatch",
        "delete": "datacentersNatgatewaysRulesDelete",
    },
    tag="NAT Gateways",
    schemas={"item": "NatGatewayRule", "list": "NatGatewayRules", "properties": "NatGatewayRuleProperties"},
)
