"""Network interfaces: where a server meets a LAN, with real addresses from real pools."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Annotated, Any, Literal

from ionstack.apis.cloudapi import addresses, facts, ipfailover
from ionstack.apis.cloudapi.devices import room_for_one_more
from ionstack.apis.cloudapi.lan import lan
from ionstack.apis.cloudapi.securitygroup import SO_MANY_ON_A_RESOURCE, SecurityGroupIds
from ionstack.apis.cloudapi.server import server
from ionstack.catalogue.field import Immutable, Internal, Length, Maybe, Range, ReadOnly, Ref
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import Members, Paging, Selection, View
from ionstack.engine import documents, rows
from ionstack.engine.change import Change
from ionstack.engine.find import Search
from ionstack.errors import Problem

_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")
_VENDOR_MAC = 0x0201 << 32


class NicProperties(Properties):
    name: Maybe[str] = None
    lan: Annotated[
        int,
        Range(1, 2**31 - 1),
        Ref("cloudapi.lan", scoped=True, refusal="[nics] Cannot delete lan which contains nics"),
    ]
    mac: Immutable[Maybe[str]] = None
    ips: Maybe[list[str]] = None
    dhcp: bool = True
    dhcpv6: Maybe[bool] = None
    ipv6_ips: Maybe[Annotated[list[str], Length(0, 50)]] = None
    ipv6_cidr_block: str | None = None
    firewall_active: bool = False
    firewall_type: Maybe[Literal["INGRESS", "EGRESS", "BIDIRECTIONAL"]] = "INGRESS"
    device_number: ReadOnly[Maybe[int]] = None
    pci_slot: ReadOnly[Maybe[int]] = None
    security_groups: Internal[SecurityGroupIds] = []
    balancer: Internal[Maybe[Annotated[str, Ref("cloudapi.loadbalancer")]]] = None


async def lan_on_demand(change: Change) -> None:
    """A NIC in a LAN that does not exist makes it, as a private one."""
    if change.action == "delete" or change.parent is None:
        return
    tx, contract, root = change.unit.tx, change.unit.contract, change.parent.root
    stored = lan.ids.stored(root, str(change.after["lan"]))
    if await rows.find(tx, lan, contract, stored) is None:
        datacenter = await rows.get(tx, change.unit.engine.catalogue["cloudapi.datacenter"], contract, root)
        await change.unit.create(lan, {"public": False}, parent=datacenter, id=stored)
        await change.unit.count_at_least(f"{root}/{lan.ids.collection}", change.after["lan"])


async def named_by_a_mac(change: Change) -> None:
    """A NIC without a MAC address gets one of the vendor's range."""
    if change.action != "create":
        return
    if change.after.get("mac"):
        change.after["mac"] = change.after["mac"].lower()
        return
    number = int(change.id[-8:], 16)
    while True:
        digits = f"{_VENDOR_MAC | number:012x}"
        mac = ":".join(digits[at : at + 2] for at in range(0, 12, 2))
        if await change.unit.allocate("mac", mac, change.id):
            change.after["mac"] = mac
            return
        number = (number + 1) % (1 << 32)


async def in_the_next_slot(change: Change) -> None:
    """A new NIC has the next free PCI slot of its server."""
    if change.action != "create" or change.parent is None:
        return
    search = Search(change.unit.contract, nic.kind, change.parent.id)
    taken = {documents.load(row.desired).get("pciSlot") for row in await rows.search(change.unit.tx, search)}
    change.after["pciSlot"] = next(slot for slot in range(6, 1000) if slot not in taken)


async def addressed(change: Change) -> None:
    """Without addresses of its own a NIC gets one: private in a private LAN, public in a public one."""
    if change.action == "delete" or not (change.changed("lan") or change.changed("ips")):
        return
    unit = change.unit
    found = await addresses.lan_of(change, change.after["lan"])
    for address in change.before.get("ips") or ():
        await unit.release(change.id, address)
    if change.changed("lan") and not change.changed("ips"):
        change.after.pop("ips", None)
    if change.after.get("ips"):
        return
    properties = documents.load(found.desired)
    if properties["public"]:
        network = facts.public_network(await addresses.location(change))
        pool = f"ipv4/{network}"
    else:
        network = IPv4Network(properties["ipv4CidrBlock"])
        pool = addresses.private_pool(found)
    for address in addresses.hosts(network, int(change.id[-8:], 16) if properties["public"] else 10):
        if await unit.allocate(pool, str(address), change.id):
            change.after["ips"] = [str(address)]
            return


async def addressed_in_ipv6(change: Change) -> None:
    """In a LAN with an IPv6 block a NIC has a /80 of it and an address; elsewhere neither."""
    if change.action == "delete" or not (change.changed("lan") or change.action == "create"):
        return
    block = documents.load((await addresses.lan_of(change, change.after["lan"])).desired).get("ipv6CidrBlock")
    if not block:
        return
    change.after.setdefault("dhcpv6", True)
    if not change.after.get("ipv6CidrBlock"):
        number = int(change.id[-4:], 16)
        base = int(IPv6Network(block).network_address)
        while not await change.unit.allocate(f"{change.after['lan']}/{block}", str(number), change.id):
            number = (number + 1) % (1 << 16)
        change.after["ipv6CidrBlock"] = str(IPv6Network((base | number << 48, 80)))
    if not change.after.get("ipv6Ips"):
        first = int(IPv6Network(change.after["ipv6CidrBlock"]).network_address) + 2
        change.after["ipv6Ips"] = [str(IPv6Address(first))]


async def a_mac_of_its_own(change: Change) -> Problem | None:
    """A given MAC address is one, and nobody else's in the data center."""
    if change.action != "create" or not change.sent.get("mac") or change.parent is None:
        return None
    if not _MAC.fullmatch(change.after["mac"]):
        return change.problem("mac", f"Attribute value '{change.after['mac'][:40]}' is no MAC address")
    if not await change.unit.allocate(f"{change.parent.root}/mac", change.after["mac"], change.id):
        return change.problem("mac", "The MAC address is in use in this data center")
    return None


async def usable_addresses(change: Change) -> Problem | None:
    """Addresses given by hand are free; in a public LAN they are reserved in an IP block of the location."""
    if change.action == "delete" or not change.changed("ips"):
        return None
    if not change.after.get("ips"):
        return change.problem("ips", "The LAN has no free address left")
    if not change.sent.get("ips"):
        return None
    found = await addresses.lan_of(change, change.after["lan"])
    public = documents.load(found.desired)["public"]
    pool, shared = addresses.pool(found), await ipfailover.shared(change, found)
    for text in change.after["ips"]:
        try:
            address = ip_address(text)
        except ValueError:
            return change.problem("ips", f"Attribute value '{text[:60]}' is no IP address")
        if public and not await addresses.reserved(change, text):
            return change.problem(
                "ips", f"The address {address} is not reserved in an IP block of this location"
            )
        if text not in shared and not await change.unit.allocate(pool, text, change.id):
            return change.problem("ips", f"The address {address} is in use by another network interface")
    return None


async def ipv6_only_where_it_is(change: Change) -> Problem | None:
    """IPv6 properties belong to LANs with an IPv6 block."""
    if change.action == "delete":
        return None
    if documents.load((await addresses.lan_of(change, change.after["lan"])).desired).get("ipv6CidrBlock"):
        return None
    for name in ("ipv6CidrBlock", "ipv6Ips", "dhcpv6"):
        if change.sent.get(name):
            return change.problem(name, "The LAN has no IPv6 block")
    return None


async def tell_the_ip_blocks(change: Change) -> None:
    """`ipConsumers` of an IP block follow from the interfaces that use its addresses."""
    before, after = await _consumed(change, change.before), await _consumed(change, change.after)
    if change.parent is not None and before != after:
        more = {
            "mac": change.after.get("mac", ""),
            "nicId": change.id,
            "serverId": change.parent.id,
            "serverName": documents.load(change.parent.desired).get("name", ""),
        }
        await addresses.tell(change, before, after, more)


async def _consumed(change: Change, properties: Mapping[str, Any]) -> list[str]:
    """The addresses that are held as those of an IP block: in a public LAN, and not another's to share."""
    if not properties.get("ips"):
        return []
    found = await addresses.lan_of(change, properties["lan"])
    if not documents.load(found.desired)["public"]:
        return []
    shared = await ipfailover.shared(change, found)
    return [ip for ip in properties["ips"] if ip not in shared]


async def with_a_place_in_its_server(change: Change) -> Problem | None:
    """A server holds only so many devices."""
    if change.action != "create" or change.parent is None:
        return None
    return await room_for_one_more(change, change.parent.id)


async def balanced_once(change: Change) -> Problem | None:
    """No two classic load balancers balance the same interface."""
    balancer = change.after.get("balancer")
    if not balancer or not change.changed("balancer"):
        return None
    if change.before.get("balancer"):
        return Problem("The network interface is balanced by another load balancer", code="200")
    return None


nic = Resource(
    kind="cloudapi.nic",
    properties=NicProperties,
    parent="cloudapi.server",
    preparations=(lan_on_demand,),
    derivations=(named_by_a_mac, in_the_next_slot, addressed, addressed_in_ipv6),
    rules=(
        a_mac_of_its_own,
        usable_addresses,
        ipv6_only_where_it_is,
        balanced_once,
        with_a_place_in_its_server,
        ipfailover.master_keeps_its_address,
    ),
    effects=(tell_the_ip_blocks, ipfailover.pass_on_its_addresses),
    bounds=(SO_MANY_ON_A_RESOURCE,),
)

nics = View(
    resource=nic,
    type="nic",
    collection="/datacenters/{datacenterId}/servers/{serverId}/nics",
    item="/datacenters/{datacenterId}/servers/{serverId}/nics/{nicId}",
    parent=server,
    operations={
        "list": "datacentersServersNicsGet",
        "create": "datacentersServersNicsPost",
        "get": "datacentersServersNicsFindById",
        "replace": "datacentersServersNicsPut",
        "update": "datacentersServersNicsPatch",
        "delete": "datacentersServersNicsDelete",
    },
    tag="Network interfaces",
    schemas={"item": "Nic", "list": "Nics", "properties": "NicProperties"},
    entities={
        "flowlogs": Members("cloudapi.nicflowlog"),
        "firewallrules": Members("cloudapi.firewallrule"),
        "securitygroups": Members("cloudapi.securitygroup", of="securityGroups"),
    },
    selections={"securitygroups": Selection("datacentersServersNicsSecuritygroupsPut")},
    composite=("firewallrules", "flowlogs"),
    paging=Paging(limit=1000, most=10000),
)
