"""What a server has plugged in: the devices it boots from, CD-ROM drives, GPUs, and volumes that it leaves behind."""

from __future__ import annotations

from typing import Any

from ionstack.apis.cloudapi import facts
from ionstack.apis.cloudapi.image import image
from ionstack.apis.cloudapi.template import template
from ionstack.apis.cloudapi.volume import boot_reference, volume
from ionstack.engine import documents, rows
from ionstack.engine.change import Change
from ionstack.engine.documents import BASE
from ionstack.errors import Problem

MOST_CDROMS = 2


async def booting_from_one_device(change: Change) -> None:
    """Naming a boot device clears the other one; the reference is completed. A boot CD-ROM is in a drive."""
    boot = change.after.get("bootCdrom")
    if boot and change.changed("bootCdrom") and boot["id"] not in change.after["cdroms"]:
        change.after["cdroms"] = [*change.after["cdroms"], boot["id"]]
    elif boot and boot["id"] not in change.after["cdroms"]:
        del change.after["bootCdrom"]
    for name, other in (("bootVolume", "bootCdrom"), ("bootCdrom", "bootVolume")):
        boot = change.after.get(name)
        if boot and change.changed(name):
            change.after[name] = _reference(change, name, boot["id"])
            if other not in change.sent:
                change.after.pop(other, None)


def _reference(change: Change, name: str, id: str) -> dict[str, Any]:
    if name == "bootVolume":
        return boot_reference(change.parent.root if change.parent else "", id)
    return {"id": id, "type": "image", "href": f"{BASE}/images/{id}"}


async def cdroms_for_its_drives(change: Change) -> Problem | None:
    """A server has two drives, for different CD-ROM images of its location."""
    ids = change.after.get("cdroms") or []
    if change.action == "delete" or not ids or not change.changed("cdroms") or change.parent is None:
        return None
    if len(ids) > MOST_CDROMS or len(set(ids)) < len(ids):
        return Problem(f"A server holds at most {MOST_CDROMS} different CD-ROMs", code="200")
    places = facts.sharing(documents.load(change.parent.desired)["location"])
    for id in ids:
        found = await rows.find(change.unit.tx, image, change.unit.contract, id)
        properties = documents.load(found.desired) if found else {}
        if properties.get("location") not in places:
            return change.problem("cdroms", f"The image '{id}' does not exist in this location")
        if properties["imageType"] != "CDROM":
            return change.problem("cdroms", f"The image '{id}' is not a CD-ROM")
    return None


async def gpus_where_they_are(change: Change) -> Problem | None:
    """GPU servers are for locations that have GPUs, with a template that has some."""
    if change.action != "create" or change.after["type"] != "GPU" or change.parent is None:
        return None
    location = documents.load(change.parent.desired)["location"]
    unit = change.unit
    row = await rows.get(unit.tx, unit.engine.catalogue["cloudapi.location"], unit.contract, location)
    if not documents.load(row.desired)["gpuArchitecture"]:
        return change.problem("type", f"There are no GPUs in the location {location}")
    if not await _gpus(change):
        return change.problem("templateUuid", "The template has no GPUs")
    return None


async def equipped_with_gpus(change: Change) -> None:
    """A GPU server comes with the GPUs of its template."""
    if change.action != "create" or change.after["type"] != "GPU":
        return
    unit = change.unit
    row = await rows.get(unit.tx, change.resource, unit.contract, change.id)
    for group in await _gpus(change):
        shown = {name: group[name] for name in ("vendor", "model", "type")}
        for _ in range(group["count"]):
            name = f"{group['vendor']} {group['model']}"
            await unit.create(
                unit.engine.catalogue["cloudapi.gpu"], {}, parent=row, inner={"name": name, **shown}
            )


async def _gpus(change: Change) -> list[dict[str, Any]]:
    found = await rows.find(
        change.unit.tx, template, change.unit.contract, change.after.get("templateUuid") or ""
    )
    gpus: list[dict[str, Any]] = documents.load(found.desired)["gpus"] if found else []
    return gpus


async def boot_volume_is_attached(change: Change) -> Problem | None:
    """A server boots from a volume that is attached to it."""
    boot = change.after.get("bootVolume")
    if change.action == "delete" or not boot or not change.changed("bootVolume"):
        return None
    found = await rows.find(change.unit.tx, volume, change.unit.contract, boot["id"])
    if found is None or documents.desired(volume, found).get("server") != change.id:
        return change.problem("bootVolume", f"The volume '{boot['id']}' is not attached to this server")
    return None


async def tell_the_boot_volumes(change: Change) -> None:
    """`bootServer` of a volume follows from its server's `bootVolume`."""
    if not change.changed("bootVolume"):
        return
    tx, contract = change.unit.tx, change.unit.contract
    for properties, value in ((change.before, None), (change.after, change.id)):
        boot = properties.get("bootVolume")
        found = await rows.find(tx, volume, contract, boot["id"]) if boot else None
        if found is not None and not found.deleting:
            await change.unit.derive(volume, found, {"bootServer": value})


async def let_go_of_its_volumes(change: Change) -> None:
    """A server that is deleted leaves its volumes behind, or takes them along if asked to."""
    if change.action != "delete":
        return
    unit = change.unit
    for row in await rows.referring(unit.tx, unit.contract, change.id, "server"):
        if row.deleting:
            continue
        if "deleteVolumes" in unit.order.flags or documents.load(row.desired)["type"] == "DAS":
            await unit.delete(volume, row)
        else:
            await unit.update(volume, row, {}, inner={"server": None}, verb="detach")
