"""Firewall rules of a network interface."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Literal

from ionstack.apis.cloudapi.nic import nic
from ionstack.catalogue.field import Immutable, Matches, Maybe, Range
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import Paging, View
from ionstack.engine.change import Change
from ionstack.errors import Problem

WITH_PORTS = ("TCP", "UDP")
WITH_ICMP = ("ICMP", "ICMPv6")

Port = Annotated[int, Range(1, 65535)]
Icmp = Annotated[int, Range(0, 254)]


class FirewallruleProperties(Properties):
    name: Maybe[str] = None
    protocol: Immutable[Literal["TCP", "UDP", "ICMP", "ICMPv6", "GRE", "VRRP", "ESP", "AH", "ANY"]]
    source_mac: Annotated[str | None, Matches("^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$")] = None
    ip_version: Literal["IPv4", "IPv6"] | None = None
    source_ip: str | None = None
    target_ip: str | None = None
    icmp_code: Icmp | None = None
    icmp_type: Icmp | None = None
    port_range_start: Maybe[Port] = None
    port_range_end: Maybe[Port] = None
    type: Maybe[Literal["INGRESS", "EGRESS"]] = "INGRESS"


async def of_one_ip_version(change: Change) -> None:
    """The version follows from the addresses; without any it is IPv4."""
    if change.action == "delete" or change.after.get("ipVersion"):
        return
    versions = [version for name in ("sourceIp", "targetIp") if (version := _version(change.after.get(name)))]
    change.after["ipVersion"] = f"IPv{versions[0]}" if versions else "IPv4"


async def readable_addresses(change: Change) -> Problem | None:
    """Addresses are addresses or networks, of the rule's IP version."""
    for name in ("sourceIp", "targetIp"):
        given = change.after.get(name)
        if not given:
            continue
        version = _version(given)
        if version is None:
            return change.problem(name, f"Attribute value '{given[:60]}' is no IP address or network")
        if change.after.get("ipVersion") != f"IPv{version}":
            return change.problem(name, f"The address is not {change.after.get('ipVersion')}")
    return None


async def ports_where_there_are_ports(change: Change) -> Problem | None:
    """Only TCP and UDP have ports: both ends or none, in order."""
    start, end = change.after.get("portRangeStart"), change.after.get("portRangeEnd")
    if start is None and end is None:
        return None
    if change.after["protocol"] not in WITH_PORTS:
        return change.problem("portRangeStart", f"The protocol {change.after['protocol']} has no ports")
    if start is None or end is None:
        missing = "portRangeStart" if start is None else "portRangeEnd"
        return change.problem(missing, "Attribute is required, since the other end is given")
    if start > end:
        return change.problem("portRangeStart", "The range ends before it starts")
    return None


async def icmp_where_there_is_icmp(change: Change) -> Problem | None:
    """Only the ICMP protocols have types and codes."""
    for name in ("icmpType", "icmpCode"):
        if change.after.get(name) is not None and change.after["protocol"] not in WITH_ICMP:
            return change.problem(name, f"The protocol {change.after['protocol']} has no {name}")
    return None


def _version(text: str | None) -> int | None:
    if not text:
        return None
    try:
        return ip_network(text, strict=False).version
    except ValueError:
        return None


firewallrule = Resource(
    kind="cloudapi.firewallrule",
    properties=FirewallruleProperties,
    parent="cloudapi.nic",
    derivations=(of_one_ip_version,),
    rules=(readable_addresses, ports_where_there_are_ports, icmp_where_there_is_icmp),
)

_PATH = "/datacenters/{datacenterId}/servers/{serverId}/nics/{nicId}/firewallrules"

firewallrules = View(
    resource=firewallrule,
    type="firewall-rule",
    collection=_PATH,
    item=f"{_PATH}/{{firewallruleId}}",
    parent=nic,
    operations={
        "list": "datacentersServersNicsFirewallrulesGet",
        "create": "datacentersServersNicsFirewallrulesPost",
        "get": "datacentersServersNicsFirewallrulesFindById",
        "replace": "datacentersServersNicsFirewallrulesPut",
        "update": "datacentersServersNicsFirewallrulesPatch",
        "delete": "datacentersServersNicsFirewallrulesDelete",
    },
    tag="Firewall rules",
    schemas={"item": "FirewallRule", "list": "FirewallRules", "properties": "FirewallruleProperties"},
    paging=Paging(limit=1000, most=10000),
)
