"""IP blocks: public IPv4 addresses reserved in a location."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Annotated

from ionstack.apis.cloudapi import facts
from ionstack.catalogue.field import Immutable, Maybe, Range, ReadOnly, Ref
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Resource, Usage
from ionstack.catalogue.view import Paging, View
from ionstack.engine.change import Change
from ionstack.errors import Problem


class IpConsumer(Properties):
    ip: str
    mac: Maybe[str] = None
    nic_id: Maybe[str] = None
    server_id: Maybe[str] = None
    server_name: Maybe[str] = None
    datacenter_id: Maybe[str] = None
    datacenter_name: Maybe[str] = None
    k8s_node_pool_uuid: Maybe[str] = None
    k8s_cluster_uuid: Maybe[str] = None


class IpBlockProperties(Properties):
    name: Maybe[str] = None
    location: Immutable[Annotated[str, Ref("cloudapi.location", kept=False)]]
    size: Immutable[Annotated[int, Range(1, 2**31 - 1)]]
    ips: ReadOnly[list[str]]
    ip_consumers: ReadOnly[list[IpConsumer]]


async def addresses_of_its_location(change: Change) -> None:
    """Take as many addresses as asked for, from a random place of the location's pool onwards."""
    if change.action != "create":
        return
    pool, wanted = facts.public_network(change.after["location"]), change.after["size"]
    taken: list[IPv4Address] = []
    for address in _from(pool, int(change.id[-8:], 16)):
        if len(taken) == wanted:
            break
        if await change.unit.allocate(f"ipv4/{pool}", str(address), change.id):
            taken.append(address)
    change.after["ips"] = [str(address) for address in sorted(taken)]
    change.after["ipConsumers"] = []


def _from(pool: IPv4Network, number: int) -> list[IPv4Address]:
    """Every host address of a pool once, starting at an arbitrary one."""
    count = pool.num_addresses - 2
    first = int(pool.network_address) + 1
    return [IPv4Address(first + (number + index) % count) for index in range(count)]


async def enough_addresses(change: Change) -> Problem | None:
    """A location without enough free addresses cannot give a block."""
    if change.action == "create" and len(change.after.get("ips", [])) < change.after["size"]:
        return change.problem(
            "size", f"The location {change.after['location']} has not enough free addresses"
        )
    return None


async def unused_when_it_goes(change: Change) -> Problem | None:
    """A block whose addresses are in use stays."""
    if change.action == "delete" and change.before.get("ipConsumers"):
        used = ", ".join(one["ip"] for one in change.before["ipConsumers"])
        return Problem(f"The IP block is in use: {used}", code="200")
    return None


ipblock = Resource(
    kind="cloudapi.ipblock",
    privilege="RESERVE_IP",
    properties=IpBlockProperties,
    derivations=(addresses_of_its_location,),
    rules=(enough_addresses, unused_when_it_goes),
    usage=(
        Usage("reservedIpsOnContract", "reservableIps", lambda block: int(block["size"])),
        Usage("reservedIpsInUse", "", lambda block: len(block.get("ipConsumers", ()))),
    ),
)

ipblocks = View(
    resource=ipblock,
    type="ipblock",
    collection="/ipblocks",
    item="/ipblocks/{ipblockId}",
    operations={
        "list": "ipblocksGet",
        "create": "ipblocksPost",
        "get": "ipblocksFindById",
        "replace": "ipblocksPut",
        "update": "ipblocksPatch",
        "delete": "ipblocksDelete",
    },
    tag="IP blocks",
    schemas={"item": "IpBlock", "list": "IpBlocks", "properties": "IpBlockProperties"},
    paging=Paging(limit=100, most=1000),
)
