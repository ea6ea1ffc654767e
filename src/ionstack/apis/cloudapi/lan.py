"""LANs: numbered networks of a data center, public or private."""

from __future__ import annotations

from ipaddress import IPv6Network
from typing import Annotated

from ionstack.apis.cloudapi import facts, ipfailover, pcc
from ionstack.apis.cloudapi.datacenter import datacenter
from ionstack.apis.cloudapi.ipfailover import IpFailover
from ionstack.catalogue.field import Maybe, ReadOnly, Ref, Wire
from ionstack.catalogue.ids import sequential
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import Attachment, Members, Paging, View
from ionstack.engine import documents
from ionstack.engine.change import Change
from ionstack.errors import Problem


class LanProperties(Properties):
    name: Maybe[str] = None
    public: bool = False
    pcc: Maybe[
        Annotated[
            str, Ref("cloudapi.pcc", refusal="[lans] Cannot delete cross connect which is connected to lans")
        ]
    ] = None
    ip_failover: list[IpFailover] = []
    ipv4_cidr_block: ReadOnly[str | None]
    ipv6_cidr_block: Annotated[str | None, Wire("ipv6CidrBlock")] = None


async def ipv4_block_if_private(change: Change) -> None:
    """A private LAN has a /24 of its own in its data center; a public one has none."""
    number = int(change.resource.ids.wire(change.id)) - 1
    block = f"10.{number >> 8 & 0xFF}.{number & 0xFF}.0/24"
    change.after["ipv4CidrBlock"] = None if change.after["public"] else block


async def ipv6_block_if_automatic(change: Change) -> None:
    """`AUTO` keeps the block that there is, else becomes the next free /64 of the data center's /56."""
    if change.after.get("ipv6CidrBlock") != "AUTO" or change.parent is None:
        return
    if change.before.get("ipv6CidrBlock"):
        change.after["ipv6CidrBlock"] = change.before["ipv6CidrBlock"]
        return
    space = documents.load(change.parent.desired)["ipv6CidrBlock"]
    for block in IPv6Network(space).subnets(new_prefix=64):
        if await _take(change, block):
            change.after["ipv6CidrBlock"] = str(block)
            return


async def ipv6_block_within_datacenter(change: Change) -> Problem | None:
    """A given block is a /64 inside the data center's /56 that no other LAN has."""
    given = change.after.get("ipv6CidrBlock")
    if change.parent is None or given is None or not change.changed("ipv6CidrBlock"):
        return None
    if given == "AUTO":
        return change.problem("ipv6CidrBlock", "The data center has no free /64 block left")
    if change.sent.get("ipv6CidrBlock") == "AUTO":
        return None
    space = IPv6Network(documents.load(change.parent.desired)["ipv6CidrBlock"])
    try:
        block = IPv6Network(given)
    except ValueError:
        block = None
    if block is None or block.prefixlen != 64 or not block.subnet_of(space):
        return change.problem(
            "ipv6CidrBlock", f"Attribute value '{given}' must be AUTO or a /64 block within {space}"
        )
    if not await _take(change, block):
        return change.problem("ipv6CidrBlock", f"The block {block} is in use by another LAN")
    change.after["ipv6CidrBlock"] = str(block)
    return None


async def left_ipv6_block_is_free(change: Change) -> None:
    """A block that a LAN no longer has may be another's."""
    left = change.before.get("ipv6CidrBlock")
    if change.action == "update" and left and change.changed("ipv6CidrBlock"):
        await change.unit.release(change.id, left)


async def _take(change: Change, block: IPv6Network) -> bool:
    above = change.parent.id if change.parent else ""
    return await change.unit.allocate(f"{above}/ipv6", str(block), change.id)


async def public_by_privilege(change: Change) -> Problem | None:
    """A LAN is connected to the internet by whoever may do so."""
    if change.after.get("public") and change.changed("public"):
        change.unit.prove_privilege("CREATE_INTERNET_ACCESS")
    return None


async def private_if_connected(change: Change) -> Problem | None:
    """Only a private LAN can be part of a cross connect."""
    if change.after.get("pcc") and change.after.get("public"):
        return change.problem("pcc", "A public LAN cannot be part of a private cross connect")
    return None


async def connected_in_one_location(change: Change) -> Problem | None:
    """The LANs of a cross connect are in data centers of one location."""
    if change.action == "delete" or not change.after.get("pcc") or not change.changed("pcc"):
        return None
    place = await pcc.metro_region(change.unit, change.after["pcc"])
    if change.parent is None or not place:
        return None
    if facts.metro_region(documents.load(change.parent.desired)["location"]) == place:
        return None
    return change.problem("pcc", "The cross connect connects data centers of another location")


lan = Resource(
    kind="cloudapi.lan",
    properties=LanProperties,
    parent="cloudapi.datacenter",
    ids=sequential("lans"),
    derivations=(ipv4_block_if_private, ipv6_block_if_automatic),
    rules=(
        public_by_privilege,
        ipv6_block_within_datacenter,
        private_if_connected,
        connected_in_one_location,
        ipfailover.led_by_a_nic_that_has_the_address,
        ipfailover.kept_while_shared,
    ),
    effects=(left_ipv6_block_is_free,),
)

lans = View(
    resource=lan,
    type="lan",
    collection="/datacenters/{datacenterId}/lans",
    item="/datacenters/{datacenterId}/lans/{lanId}",
    parent=datacenter,
    operations={
        "list": "datacentersLansGet",
        "create": "datacentersLansPost",
        "get": "datacentersLansFindById",
        "replace": "datacentersLansPut",
        "update": "datacentersLansPatch",
        "delete": "datacentersLansDelete",
    },
    tag="LANs",
    schemas={"item": "Lan", "list": "Lans", "properties": "LanProperties"},
    entities={"nics": Members("cloudapi.nic", by="lan")},
    composite=("nics",),
    attachments={
        "nics": Attachment(
            "datacentersLansNicsGet",
            "datacentersLansNicsPost",
            "datacentersLansNicsFindById",
            schema="LanNics",
            paging=Paging(limit=1000, most=10000),
        )
    },
    paging=Paging(limit=1000, most=10000),
)
