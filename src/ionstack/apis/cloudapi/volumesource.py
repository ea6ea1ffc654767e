"""What a volume is made from: an image or snapshot, by id or alias, or nothing but a licence."""

from __future__ import annotations

import base64
import binascii

from ionstack.apis.cloudapi import facts
from ionstack.apis.cloudapi.image import image
from ionstack.catalogue.resource import Resource
from ionstack.engine import documents, rows, sight
from ionstack.engine.change import Change
from ionstack.engine.find import Filter, Match, Search
from ionstack.engine.row import Row
from ionstack.errors import Problem

HOT_PLUG = (
    "cpuHotPlug", "ramHotPlug", "nicHotPlug", "nicHotUnplug", "discVirtioHotPlug", "discVirtioHotUnplug",
)  # fmt: skip
"""What a volume inherits from its image: what its server can do while it runs."""


async def made_from_its_image(change: Change) -> None:
    """An alias becomes the image's id; a volume inherits what its image can do, and its licence."""
    if change.action != "create" or change.parent is None:
        return
    found = await source(change)
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
        if change.sent.get(name) and await source(change) is None:
            return change.problem(name, f"The {name} '{change.sent[name]}' does not exist in this location")
    return None


async def credentials_for_public_images(change: Change) -> Problem | None:
    """A public image needs a password or keys; a private one and an empty volume take neither."""
    if change.action != "create":
        return None
    given = [name for name in ("imagePassword", "sshKeys") if change.sent.get(name)]
    found = await source(change)
    public = found is not None and found.contract == 0
    if public and not given:
        return change.problem("image", "A public image needs an imagePassword or sshKeys")
    if change.sent.get("backupunitId") and not public:
        return change.problem("backupunitId", "A backup unit is only for volumes of a public image")
    if given and not public:
        return change.problem("image", "Passwords/SSH Keys are only accepted for public Images.")
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
    found = await source(change)
    if found is None or documents.load(found.desired).get("cloudInit") != "V1":
        return change.problem("userData", "The image does not run cloud-init")
    return None


async def source(change: Change) -> Row | None:
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
