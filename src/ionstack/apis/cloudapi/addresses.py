"""IPv4 addresses of what stands in LANs: where they may come from, and that nobody has one twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from ionstack.apis.cloudapi import facts
from ionstack.apis.cloudapi.ipblock import ipblock
from ionstack.engine import documents, rows, sight
from ionstack.engine.change import Change
from ionstack.engine.find import Search
from ionstack.engine.row import Row
from ionstack.errors import Problem

RESERVED = "use"
"""The pool of reserved addresses that are in use somewhere."""


async def location(change: Change) -> str:
    """The location of what is changed: its own, or that of the data center that it is in or names."""
    own = change.after.get("location") or change.before.get("location")
    if own:
        return str(own)
    return str(documents.load((await _datacenter(change)).desired)["location"])


async def lan_of(change: Change, number: int) -> Row:
    """A LAN of the data center that the change is in; NotFound without one."""
    root, lan = change.parent.root if change.parent else "", change.unit.engine.catalogue["cloudapi.lan"]
    return await rows.get(change.unit.tx, lan, change.unit.contract, lan.ids.stored(root, str(number)))


async def is_public(change: Change, number: int) -> bool:
    """Whether a LAN leads to the internet."""
    return bool(documents.load((await lan_of(change, number)).desired)["public"])


def pool(lan: Row) -> str:
    """The pool that holds the addresses which are chosen for what is in a LAN."""
    return RESERVED if documents.load(lan.desired)["public"] else private_pool(lan)


def private_pool(lan: Row) -> str:
    """The pool of a LAN's own addresses."""
    return f"{lan.id}/ipv4"


def hosts(network: IPv4Network, first: int) -> Iterator[IPv4Address]:
    """Every host address once, from an arbitrary one on."""
    count, base = network.num_addresses - 2, int(network.network_address) + 1
    return (IPv4Address(base + (first + index) % count) for index in range(count))


async def reserved(change: Change, ip: str) -> bool:
    """Whether an address is in an IP block of the data center's location that the caller sees, or that the
    resource has an address of already."""
    row = await block_of(change, ip)
    if row is None:
        return False
    held = any(ip in value for value in change.before.values() if isinstance(value, list))
    return held or await sight.sees(change.unit.tx, change.unit.order.principal, row)


async def block_of(change: Change, ip: str) -> Row | None:
    """The IP block of the data center's location that an address is in."""
    place = facts.metro_region(await location(change))
    for row in await _blocks(change):
        block = documents.load(row.desired)
        if ip in block["ips"] and facts.metro_region(block["location"]) == place:
            return row
    return None


async def take_reserved(change: Change, name: str) -> Problem | None:
    """Hold the reserved addresses of a property; a problem names one that is not to be had."""
    if change.action == "delete" or not change.changed(name):
        return None
    for index, ip in enumerate(change.after.get(name) or ()):
        if problem := await take_one(change, ip, f"{name}.[{index}]"):
            return problem
    return None


async def take_one(change: Change, ip: str, place: str) -> Problem | None:
    """Hold a reserved address; a problem says, for its place in the body, why it is not to be had."""
    if not await reserved(change, ip):
        return change.problem(place, f"The address {ip} is not reserved in an IP block of this location")
    if not await change.unit.allocate(RESERVED, ip, change.id):
        return change.problem(place, f"The address {ip} is in use")
    return None


async def take_private(change: Change, number: int, given: Sequence[str], place: str) -> Problem | None:
    """Hold addresses in a LAN, with or without a mask; a problem names one that cannot be had."""
    held = private_pool(await lan_of(change, number))
    for index, text in enumerate(given):
        try:
            ip = IPv4Interface(text).ip
        except ValueError:
            return change.problem(
                f"{place}.[{index}]", f"Attribute value '{text[:60]}' is no IPv4 address or network"
            )
        if not await change.unit.allocate(held, str(ip), change.id):
            return change.problem(f"{place}.[{index}]", f"The address {ip} is in use in this LAN")
    return None


async def free_in(change: Change, number: int) -> list[str]:
    """A free address of a private LAN with the LAN's mask; none if the LAN is full or public."""
    found = await lan_of(change, number)
    block = documents.load(found.desired)["ipv4CidrBlock"]
    for address in hosts(IPv4Network(block), 0) if block else ():
        if await change.unit.allocate(private_pool(found), str(address), change.id):
            await change.unit.release(change.id, str(address))
            return [f"{address}/{IPv4Network(block).prefixlen}"]
    return []


async def give_back(change: Change, held: Iterable[str]) -> None:
    """Let go of addresses, with or without a mask, that the resource held before the change."""
    for text in held:
        await change.unit.release(change.id, text.split("/", 1)[0])


async def tell_if_changed(change: Change, name: str, more: Mapping[str, Any] | None = None) -> None:
    """Write the users of the addresses that a property holds into their IP blocks."""
    before, after = change.before.get(name, []), change.after.get(name, [])
    if before != after:
        await tell(change, before, after, more)


async def tell(
    change: Change, before: Sequence[str], after: Sequence[str], more: Mapping[str, Any] | None = None
) -> None:
    """Write the users of addresses into the IP blocks that these are of; `more` is told of the user."""
    unit, touched = change.unit, {*before, *after}
    for found in await _blocks(change):
        if not touched.intersection(documents.load(found.desired)["ips"]):
            continue
        row = await rows.lock(unit.tx, ipblock, unit.contract, found.id)
        block = documents.desired(ipblock, row)
        place = {}
        if change.parent is not None:
            root = await _datacenter(change)
            place = {
                "datacenterId": root.id,
                "datacenterName": documents.load(root.desired).get("name", ""),
            }
        consumers = [one for one in block["ipConsumers"] if one["ip"] not in touched]
        consumers += [{"ip": ip, **(more or {}), **place} for ip in block["ips"] if ip in after]
        await unit.derive(ipblock, row, {"ipConsumers": consumers})


async def _datacenter(change: Change) -> Row:
    named = change.after.get("datacenterId") or change.before.get("datacenterId")
    root = named or (change.parent.root if change.parent else "")
    kind = change.unit.engine.catalogue["cloudapi.datacenter"]
    return await rows.get(change.unit.tx, kind, change.unit.contract, root)


async def _blocks(change: Change) -> Sequence[Row]:
    return await rows.search(change.unit.tx, Search(change.unit.contract, ipblock.kind))
