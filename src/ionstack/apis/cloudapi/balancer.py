"""What network and application load balancers have in common: two LANs, addresses, listeners."""

from __future__ import annotations

from typing import Annotated

from ionstack.apis.cloudapi import addresses
from ionstack.catalogue.field import Maybe, Range, Ref
from ionstack.catalogue.properties import Properties
from ionstack.engine import documents
from ionstack.engine.change import Change
from ionstack.errors import Problem

LanNumber = Annotated[int, Range(1, 2**31 - 1), Ref("cloudapi.lan", scoped=True)]


class BalancerProperties(Properties):
    name: str
    listener_lan: LanNumber
    ips: list[str] = []
    target_lan: LanNumber
    lb_private_ips: list[str] = []
    central_logging: Maybe[bool] = None
    logging_format: Maybe[str] = None


async def let_go(change: Change) -> None:
    """Addresses that were given up are free; those that stay are taken anew."""
    if change.action != "update":
        return
    for name, lan in (("ips", "listenerLan"), ("lbPrivateIps", "targetLan")):
        if change.changed(name) or change.changed(lan):
            await addresses.give_back(change, change.before[name])


async def addressed_in_its_target_lan(change: Change) -> None:
    """Without private addresses of its choice a balancer keeps its address, or gets a free one."""
    if change.action == "delete" or change.after["lbPrivateIps"]:
        return
    stays = change.action == "update" and not change.changed("targetLan")
    had = change.before.get("lbPrivateIps") if stays else None
    change.after["lbPrivateIps"] = had or await addresses.free_in(change, change.after["targetLan"])


async def a_private_target(change: Change) -> Problem | None:
    """The balanced machines are in a private LAN."""
    if (
        change.changed("targetLan")
        and change.after
        and await addresses.is_public(change, change.after["targetLan"])
    ):
        return change.problem("targetLan", "The target LAN must be private")
    return None


async def usable_listener_ips(change: Change) -> Problem | None:
    """A public balancer listens on reserved addresses, a private one on addresses of its LAN."""
    if change.action == "delete" or not (change.changed("ips") or change.changed("listenerLan")):
        return None
    if await addresses.is_public(change, change.after["listenerLan"]):
        if not change.changed("ips"):
            return change.problem("ips", "The addresses are not those of a public LAN")
        return await addresses.take_reserved(change, "ips")
    return await addresses.take_private(change, change.after["listenerLan"], change.after["ips"], "ips")


async def usable_private_ips(change: Change) -> Problem | None:
    """Its addresses in the target LAN are the balancer's alone."""
    if change.action == "delete" or not (change.changed("lbPrivateIps") or change.changed("targetLan")):
        return None
    if not change.after["lbPrivateIps"]:
        return change.problem("lbPrivateIps", "The LAN has no free address left")
    return await addresses.take_private(
        change, change.after["targetLan"], change.after["lbPrivateIps"], "lbPrivateIps"
    )


async def tell_the_ip_blocks(change: Change) -> None:
    """IP blocks know that the balancer uses their addresses."""
    await addresses.tell_if_changed(change, "ips")


async def listening_where_its_balancer_does(change: Change) -> Problem | None:
    """A rule listens on an address of its balancer, and on a port where no other rule does."""
    if change.action == "delete" or change.parent is None:
        return None
    ips, ip = documents.load(change.parent.desired)["ips"], change.after["listenerIp"]
    if ips and ip not in ips:
        return change.problem(
            "listenerIp", f"Attribute value '{ip[:60]}' not allowed. Expected one of [{', '.join(ips)}]"
        )
    if not (change.changed("listenerIp") or change.changed("listenerPort")):
        return None
    if change.before:
        before = f"{change.before['listenerIp']}:{change.before['listenerPort']}"
        await change.unit.release(change.id, before)
    listener = f"{ip}:{change.after['listenerPort']}"
    if not await change.unit.allocate(f"{change.parent.id}/listeners", listener, change.id):
        return change.problem("listenerPort", f"Another rule listens on {listener}")
    return None


DERIVATIONS = (let_go, addressed_in_its_target_lan)
RULES = (a_private_target, usable_listener_ips, usable_private_ips)
EFFECTS = (tell_the_ip_blocks,)
