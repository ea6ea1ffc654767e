"""NAT gateways: how private LANs reach the internet, under reserved addresses."""

from __future__ import annotations

from typing import Annotated, Any

from ionstack.apis.cloudapi import addresses
from ionstack.apis.cloudapi.datacenter import datacenter
from ionstack.catalogue.field import Format, Length, Maybe, Range, Ref
from ionstack.catalogue.lifecycle import MACHINE
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Resource, Usage
from ionstack.catalogue.view import Members, Paging, View
from ionstack.engine import documents, rows
from ionstack.engine.change import Change
from ionstack.engine.find import Search
from ionstack.errors import Problem


class NatGatewayLan(Properties):
    id: Annotated[int, Range(1, 2**31 - 1), Ref("cloudapi.lan", scoped=True)]
    gateway_ips: Maybe[list[str]] = None


class NatGatewayProperties(Properties):
    name: str
    public_ips: Annotated[list[Annotated[str, Format("ipv4")]], Length(1)]
    lans: list[NatGatewayLan] = []


async def let_go(change: Change) -> None:
    """What the gateway no longer names is free, and what it keeps is taken anew."""
    if change.action != "update":
        return
    if change.changed("publicIps"):
        await addresses.give_back(change, change.before["publicIps"])
    if change.changed("lans"):
        await addresses.give_back(change, _gateway_ips(change.before))


async def addressed_in_each_lan(change: Change) -> None:
    """In a LAN without an address of its choice the gateway keeps its address, or gets a free one."""
    if change.action == "delete" or not change.changed("lans"):
        return
    had = {one["id"]: one.get("gatewayIps") for one in change.before.get("lans", ())}
    change.after["lans"] = [
        one
        if one.get("gatewayIps")
        else {**one, "gatewayIps": had.get(one["id"]) or await addresses.free_in(change, one["id"])}
        for one in change.after["lans"]
    ]


async def private_lans(change: Change) -> Problem | None:
    """A gateway serves private LANs, each once."""
    seen: set[int] = set()
    for index, one in enumerate(change.after.get("lans", ()) if change.changed("lans") else ()):
        if await addresses.is_public(change, one["id"]):
            return change.problem(f"lans.[{index}].id", "A NAT gateway serves private LANs only")
        if one["id"] in seen:
            return change.problem(f"lans.[{index}].id", "The LAN is named twice")
        seen.add(one["id"])
    return None


async def usable_gateway_ips(change: Change) -> Problem | None:
    """An address in a LAN is the gateway's alone."""
    for index, one in enumerate(change.after.get("lans", ()) if change.changed("lans") else ()):
        place = f"lans.[{index}].gatewayIps"
        if not one["gatewayIps"]:
            return change.problem(place, "The LAN has no free address left")
        problem = await addresses.take_private(change, one["id"], one["gatewayIps"], place)
        if problem:
            return problem
    return None


async def reserved_public_ips(change: Change) -> Problem | None:
    """Public addresses are reserved in an IP block of the location, and used by nobody else."""
    return await addresses.take_reserved(change, "publicIps")


async def public_ips_of_its_rules(change: Change) -> Problem | None:
    """An address that a rule translates to stays with the gateway."""
    if change.action != "update" or not change.changed("publicIps"):
        return None
    for rule in await rows.search(
        change.unit.tx, Search(change.unit.contract, "cloudapi.natgatewayrule", change.id)
    ):
        ip = documents.load(rule.desired)["publicIp"]
        if ip not in change.after["publicIps"]:
            return change.problem("publicIps", f"The address {ip} is used by the rule '{rule.id}'")
    return None


async def tell_the_ip_blocks(change: Change) -> None:
    """IP blocks know that the gateway uses their addresses."""
    await addresses.tell_if_changed(change, "publicIps")


def _gateway_ips(properties: Any) -> list[str]:
    return [ip for one in properties.get("lans", ()) for ip in one.get("gatewayIps", ())]


natgateway = Resource(
    kind="cloudapi.natgateway",
    lifecycle=MACHINE,
    properties=NatGatewayProperties,
    parent="cloudapi.datacenter",
    derivations=(let_go, addressed_in_each_lan),
    rules=(private_lans, usable_gateway_ips, reserved_public_ips, public_ips_of_its_rules),
    effects=(tell_the_ip_blocks,),
    usage=(Usage("natGatewayProvisioned", "natGatewayLimitTotal", lambda _: 1),),
)

natgateways = View(
    resource=natgateway,
    type="natgateway",
    collection="/datacenters/{datacenterId}/natgateways",
    item="/datacenters/{datacenterId}/natgateways/{natGatewayId}",
    parent=datacenter,
    operations={
        "list": "datacentersNatgatewaysGet",
        "create": "datacentersNatgatewaysPost",
        "get": "datacentersNatgatewaysFindByNatGatewayId",
        "replace": "datacentersNatgatewaysPut",
        "update": "datacentersNatgatewaysPatch",
        "delete": "datacentersNatgatewaysDelete",
    },
    tag="NAT Gateways",
    schemas={"item": "NatGateway", "list": "NatGateways", "properties": "NatGatewayProperties"},
    entities={
        "rules": Members("cloudapi.natgatewayrule"),
        "flowlogs": Members("cloudapi.natgatewayflowlog"),
    },
    composite=("rules", "flowlogs"),
    paging=Paging(limit=1000, most=10000),
)
