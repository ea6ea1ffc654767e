"""Volumes: disks of a data center, attached to at most one server."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from ionstack.apis.cloudapi import facts
from ionstack.apis.cloudapi.datacenter import datacenter
from ionstack.apis.cloudapi.devices import room_for_one_more
from ionstack.apis.cloudapi.image import Licence, image
from ionstack.apis.cloudapi.managed import ManagedBy
from ionstack.apis.cloudapi.template import template
from ionstack.catalogue.field import (
    Format,
    Immutable,
    Internal,
    Length,
    Matches,
    Maybe,
    Range,
    ReadOnly,
    Ref,
    Secret,
    WriteOnly,
)
from ionstack.catalogue.lifecycle import DISK
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Bound, Document, Resource, Usage
from ionstack.catalogue.view import Paging, View
from ionstack.engine import documents, rows, sight
from ionstack.engine.change import Change
from ionstack.engine.documents import BASE
from ionstack.engine.find import Filter, Match, Search
from ionstack.engine.row import Row
from ionstack.errors import Problem

HOT_PLUG = (
    "cpuHotPlug", "ramHotPlug", "nicHotPlug", "nicHotUnplug", "discVirtioHotPlug", "discVirtioHotUnplug",
)  # fmt: skip
"""What a volume inherits from its image: what its server can do while it runs."""

MOST_SIZE = 2**31 - 1
"""GB of the largest volume that can be spoken of; the contract's limits are what counts."""

SSD = ("SSD", "SSD Standard", "SSD Premium")
"""The types that the limits of SSD storage are for."""

FIRST_SLOT = 6
"""The PCI slot of a server's first device, as seen in the real cloud."""


class VolumeProperties(Properties):
    name: Maybe[str] = None
    type: Immutable[Literal["HDD", "SSD", "SSD Standard", "SSD Premium", "DAS", "ISO"]] = "HDD"
    size: Maybe[Annotated[float, Range(1, MOST_SIZE)]] = None
    availability_zone: Immutable[Maybe[Literal["AUTO", "ZONE_1", "ZONE_2", "ZONE_3"]]] = None
    image: Immutable[Maybe[str]] = None
    image_alias: WriteOnly[Maybe[str]] = None
    image_password: Secret[Maybe[Annotated[str, Length(8, 50), Matches("^[A-Za-z0-9]*$")]]] = None
    ssh_keys: Secret[Maybe[list[str]]] = None
    user_data: Secret[Maybe[str]] = None
    backupunit_id: Immutable[Maybe[Annotated[str, Format("uuid"), Ref("cloudapi.backupunit")]]] = None
    bus: Literal["VIRTIO", "IDE", "UNKNOWN"] = "VIRTIO"
    licence_type: Maybe[Licence] = None
    application_type: ReadOnly[Maybe[str]] = None
    cpu_hot_plug: bool = False
    ram_hot_plug: bool = False
    nic_hot_plug: bool = False
    nic_hot_unplug: bool = False
    disc_virtio_hot_plug: bool = False
    disc_virtio_hot_unplug: bool = False
    expose_serial: bool = False
    require_legacy_bios: bool = True
    boot_order: Literal["AUTO", "NONE", "PRIMARY"] | None = "AUTO"
    device_number: ReadOnly[Maybe[int]] = None
    pci_slot: ReadOnly[Maybe[int]] = None
    boot_server: ReadOnly[Maybe[str]] = None
    server: Internal[Maybe[Annotated[str, Ref("cloudapi.server", kept=True)]]] = None
    managed_by: ManagedBy = None


async def made_from_its_image(change: Change) -> None:
    """An alias becomes the image's id; a volume inherits what its image can do, and its licence."""
    if change.action != "create" or change.parent is None:
        return
    found = await _source(change)
    if found is None:
        return
    properties = documents.load(found.desired)
    change.after["image"] = found.id
    for name in HOT_PLUG:
        change.after.setdefault(name, False)
        if name not in change.sent:
            change.after[name] = properties[name]
    change.after.setdefault("licenceType", properties["licenceType"])
    if change.after["type"] != "DAS":
        change.after.setdefault("size", max(properties["size"], 1))


async def placed(change: Change) -> None:
    """Disks have a zone, those of a Cube have none; `SSD` is the old name of SSD Premium."""
    if change.action == "create":
        if change.after["type"] == "DAS":
            change.after.pop("availabilityZone", None)
        else:
            change.after.setdefault("availabilityZone", "AUTO")


async def sized_as_its_cube(change: Change) -> None:
    """The disk of a Cube is as large as the Cube's template says."""
    if change.action == "delete" or change.after["type"] != "DAS":
        return
    if change.before.get("size"):
        change.after.setdefault("size", change.before["size"])
        return
    unit, server = change.unit, change.after.get("server")
    found = await rows.find(unit.tx, _servers(change), unit.contract, server) if server else None
    chosen = documents.load(found.desired).get("templateUuid") if found is not None else None
    if chosen and not change.sent.get("size"):
        of = await rows.get(unit.tx, template, unit.contract, chosen)
        change.after["size"] = documents.load(of.desired)["storageSize"]


async def slotted(change: Change) -> None:
    """An attached volume has the next free device number of its server; a detached one has none."""
    if not change.changed("server"):
        return
    server = change.after.get("server")
    if not server:
        for name in ("deviceNumber", "pciSlot", "bootServer"):
            change.after.pop(name, None)
        return
    beside = [row for row in await _attached(change, server) if row.id != change.id]
    taken = {documents.load(row.desired).get("deviceNumber") for row in beside}
    number = next(number for number in range(1, 1000) if number not in taken)
    change.after |= {"deviceNumber": number, "pciSlot": FIRST_SLOT + number}


async def _attached(change: Change, server: str) -> Sequence[Row]:
    return await rows.referring(change.unit.tx, change.unit.contract, server, "server")


async def one_source(change: Change) -> Problem | None:
    """A new volume is made from an image or alias, or is empty with a licence."""
    if change.action != "create":
        return None
    given = [name for name in ("image", "imageAlias") if change.sent.get(name)]
    if len(given) > 1:
        return change.problem(given[1], "Give either image or imageAlias, not both")
    if not given and not change.sent.get("licenceType"):
        return change.problem("licenceType", "One of image, imageAlias and licenceType is required")
    return None


async def known_image(change: Change) -> Problem | None:
    """The image, snapshot or alias exists in the data center's location."""
    if change.action != "create":
        return None
    for name in ("image", "imageAlias"):
        if change.sent.get(name) and await _source(change) is None:
            return change.problem(name, f"The {name} '{change.sent[name]}' does not exist in this location")
    return None


async def credentials_for_public_images(change: Change) -> Problem | None:
    """A public image needs a password or keys; a private one and an empty volume take neither."""
    if change.action != "create":
        return None
    given = [name for name in ("imagePassword", "sshKeys") if change.sent.get(name)]
    found = await _source(change)
    public = found is not None and found.contract == 0
    if public and not given:
        return change.problem("image", "A public image needs an imagePassword or sshKeys")
    if change.sent.get("backupunitId") and not public:
        return change.problem("backupunitId", "A backup unit is only for volumes of a public image")
    if given and not public:
        return change.problem("image", "Passwords/SSH Keys are only accepted for public Images.")
    return None


async def a_size_that_fits(change: Change) -> Problem | None:
    """A size is given, holds the image and never shrinks; a Cube's disk takes its size from the template."""
    if change.action == "delete":
        return None
    size = change.after.get("size")
    if change.after["type"] == "DAS":
        given = change.action == "create" and change.sent.get("size")
        return change.problem("size", "A DAS volume has the size of its template") if given else None
    if size is None:
        return change.problem("size", "Attribute is required")
    if change.action == "update" and size < change.before.get("size", 0):
        return change.problem("size", "A volume can only grow")
    found = await _source(change) if change.action == "create" else None
    if found is not None and size < documents.load(found.desired)["size"]:
        return change.problem("size", "The volume is smaller than its image")
    return None


async def readable_user_data(change: Change) -> Problem | None:
    """User data is base64, for an image that runs cloud-init."""
    data = change.sent.get("userData")
    if change.action != "create" or not data:
        return None
    try:
        base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return change.problem("userData", "Attribute value must be base64")
    found = await _source(change)
    if found is None or documents.load(found.desired).get("cloudInit") != "V1":
        return change.problem("userData", "The image does not run cloud-init")
    return None


async def _source(change: Change) -> Row | None:
    """The image that a new volume is made from, by id or alias; None without one."""
    wanted, alias = change.sent.get("image"), change.sent.get("imageAlias")
    if change.parent is None or not (wanted or alias):
        return None
    places = facts.sharing(documents.load(change.parent.desired)["location"])
    tx, contract = change.unit.tx, change.unit.contract
    if wanted:
        known = [row for kind in _kinds(change) if (row := await rows.find(tx, kind, contract, wanted))]
        found = [row for row in known if await sight.sees(tx, change.unit.order.principal, row)]
    else:
        looking = Filter("imageAliases", Match.TEXT, (f'"{alias}"',), "desired")
        found = list(await rows.search(tx, Search(contract, image.kind, vendor=True, filters=(looking,))))
    return next((row for row in found if documents.load(row.desired)["location"] in places), None)


def _kinds(change: Change) -> list[Resource]:
    known = change.unit.engine.catalogue.resources
    return [known[kind] for kind in ("cloudapi.image", "cloudapi.snapshot") if kind in known]


def _disk(*types: str) -> Callable[[Document], int]:
    def amount(volume: Document) -> int:
        return int((volume.get("size") or 0) * 1024) if volume["type"] in types else 0

    return amount


async def in_one_place(change: Change) -> Problem | None:
    """A volume is attached to one server, of its own data center, that has a device left."""
    server = change.after.get("server")
    if change.action == "delete" or not server or not change.changed("server"):
        return None
    if change.before.get("server"):
        return Problem("The volume is attached to another server; detach it first", code="200")
    found = await rows.find(change.unit.tx, _servers(change), change.unit.contract, server)
    if found is None or change.parent is None or found.root != change.parent.root:
        return Problem("The server and the volume are not in the same data center", code="200")
    return await room_for_one_more(change, server)


async def boots_if_it_is_the_first(change: Change) -> None:
    """The first volume of a server without a boot device becomes it; the next one follows when it goes."""
    if not change.changed("server"):
        return
    unit, kind = change.unit, _servers(change)
    before, after = change.before.get("server"), change.after.get("server")
    if after:
        row = await rows.get(unit.tx, kind, unit.contract, after)
        properties = documents.load(row.desired)
        if not properties.get("bootVolume") and not properties.get("bootCdrom"):
            await _boot_from(change, row, change.id)
    if before:
        left = await rows.find(unit.tx, kind, unit.contract, before)
        if left is not None and (documents.load(left.desired).get("bootVolume") or {}).get("id") == change.id:
            others = [row for row in await _attached(change, before) if row.id != change.id]
            await _boot_from(change, left, others[0].id if others else None)


def boot_reference(root: str, id: str) -> dict[str, str]:
    """A boot volume as the servers of its data center show it."""
    return {"id": id, "type": "volume", "href": f"{BASE}/datacenters/{root}/volumes/{id}"}


async def _boot_from(change: Change, server: Row, id: str | None) -> None:
    unit, kind = change.unit, _servers(change)
    await unit.derive(kind, server, {"bootVolume": boot_reference(server.root, id) if id else None})
    if id:
        row = await rows.get(unit.tx, volume, unit.contract, id)
        await unit.derive(volume, row, {"bootServer": server.id})


def _servers(change: Change) -> Resource:
    return change.unit.engine.catalogue["cloudapi.server"]


volume = Resource(
    kind="cloudapi.volume",
    lifecycle=DISK,
    properties=VolumeProperties,
    parent="cloudapi.datacenter",
    capability="volume",
    derivations=(made_from_its_image, placed, sized_as_its_cube, slotted),
    rules=(
        one_source,
        known_image,
        credentials_for_public_images,
        a_size_that_fits,
        readable_user_data,
        in_one_place,
    ),
    effects=(boots_if_it_is_the_first,),
    usage=(
        Usage("hddVolumeProvisioned", "hddLimitPerContract", _disk("HDD")),
        Usage("ssdVolumeProvisioned", "ssdLimitPerContract", _disk(*SSD)),
        Usage("dasVolumeProvisioned", "", _disk("DAS")),
    ),
    bounds=(
        Bound("hddLimitPerVolume", _disk("HDD")),
        Bound("ssdLimitPerVolume", _disk(*SSD)),
    ),
)

volumes = View(
    resource=volume,
    type="volume",
    collection="/datacenters/{datacenterId}/volumes",
    item="/datacenters/{datacenterId}/volumes/{volumeId}",
    parent=datacenter,
    operations={
        "list": "datacentersVolumesGet",
        "create": "datacentersVolumesPost",
        "get": "datacentersVolumesFindById",
        "replace": "datacentersVolumesPut",
        "update": "datacentersVolumesPatch",
        "delete": "datacentersVolumesDelete",
    },
    tag="Volumes",
    schemas={"item": "Volume", "list": "Volumes", "properties": "VolumeProperties"},
    paging=Paging(limit=1000, most=10000),
)
