"""IP failover: an address that several interfaces of a LAN have, one of which, the master, holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from ionstack.apis.cloudapi import addresses
from ionstack.catalogue.field import Format
from ionstack.catalogue.properties import Properties
from ionstack.engine import documents, rows
from ionstack.engine.change import Change
from ionstack.engine.row import Row
from ionstack.errors import Problem


class IpFailover(Properties):
    ip: Annotated[str, Format("ipv4")]
    nic_uuid: Annotated[str, Format("uuid")]


def masters(lan: Row) -> Mapping[str, str]:
    """The master of each failover address of a LAN."""
    return {group["ip"]: group["nicUuid"] for group in documents.load(lan.desired)["ipFailover"]}


async def led_by_a_nic_that_has_the_address(change: Change) -> Problem | None:
    """A LAN's failover address is one that its master has; in a public LAN it is a reserved one."""
    if change.action == "delete" or not change.changed("ipFailover"):
        return None
    found = {row.id: documents.load(row.desired) for row in await _nics(change, change.id)}
    known: set[str] = set()
    for index, group in enumerate(change.after["ipFailover"]):
        place, ip, nic = f"ipFailover.[{index}]", group["ip"], group["nicUuid"].lower()
        if nic not in found:
            return change.problem(f"{place}.nicUuid", f"The network interface '{nic}' is not in this LAN")
        if ip not in (found[nic].get("ips") or ()):
            return change.problem(f"{place}.ip", f"The network interface '{nic}' has no address {ip}")
        if ip in known:
            return change.problem(f"{place}.ip", f"The address {ip} has another master already")
        if change.after["public"] and await addresses.block_of(change, ip) is None:
            return change.problem(f"{place}.ip", f"The address {ip} is not reserved in an IP block")
        known.add(ip)
        group["nicUuid"] = nic
    return None


async def kept_while_shared(change: Change) -> Problem | None:
    """A failover address stays one as long as another interface has it beside its master."""
    if change.action != "update" or not change.changed("ipFailover"):
        return None
    left = {group["ip"] for group in change.after["ipFailover"]}
    for group in change.before.get("ipFailover") or ():
        if group["ip"] in left:
            continue
        for row in await _sharing(change, change.id, group["ip"], group["nicUuid"]):
            return change.problem(
                "ipFailover",
                f"Failover IP '{group['ip']}' found in Slave NIC '{row.id}'. "
                "IP failover settings cannot be deleted.",
                code="184",
            )
    return None


async def shared(change: Change, lan: Row) -> Sequence[str]:
    """The failover addresses of a LAN that another interface than the changed one holds."""
    return [ip for ip, master in masters(lan).items() if master != change.id]


async def master_keeps_its_address(change: Change) -> Problem | None:
    """The master of a failover address neither gives it up nor leaves the LAN."""
    if change.action != "update" or not (change.changed("ips") or change.changed("lan")):
        return None
    kept = () if change.changed("lan") else change.after.get("ips") or ()
    for ip, master in masters(await addresses.lan_of(change, change.before["lan"])).items():
        if master == change.id and ip not in kept:
            return change.problem("ips", f"The address {ip} is a failover address of the LAN")
    return None


async def pass_on_its_addresses(change: Change) -> None:
    """When a master goes, another interface that has the address takes its place."""
    if change.action != "delete" or not change.before.get("lan"):
        return
    lan = await addresses.lan_of(change, change.before["lan"])
    groups: list[dict[str, Any]] = []
    for ip, master in masters(lan).items():
        heirs = await _sharing(change, lan.id, ip, change.id) if master == change.id else ()
        if master == change.id and heirs:
            await change.unit.release(change.id, ip)
            await change.unit.allocate(addresses.pool(lan), ip, heirs[0].id)
            groups.append({"ip": ip, "nicUuid": heirs[0].id})
        elif master != change.id:
            groups.append({"ip": ip, "nicUuid": master})
    await change.unit.derive(change.unit.engine.catalogue["cloudapi.lan"], lan, {"ipFailover": groups})


async def _nics(change: Change, lan: str) -> Sequence[Row]:
    found = await rows.referring(change.unit.tx, change.unit.contract, lan, "lan")
    return [row for row in found if row.kind == "cloudapi.nic" and not row.deleting]


async def _sharing(change: Change, lan: str, ip: str, but: str) -> Sequence[Row]:
    return [
        row
        for row in await _nics(change, lan)
        if row.id != but and ip in (documents.load(row.desired).get("ips") or ())
    ]
