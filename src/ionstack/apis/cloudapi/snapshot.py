"""Snapshots: what a volume held at one moment, kept for as long as nobody deletes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ionstack.apis.cloudapi.image import Licence
from ionstack.apis.cloudapi.volume import HOT_PLUG, volume, volumes
from ionstack.catalogue.access import CHANGER, Access, Who
from ionstack.catalogue.field import Maybe, ReadOnly
from ionstack.catalogue.lifecycle import DISK
from ionstack.catalogue.operation import Answer, Call, Operation, Reply, Schema
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.registry import Views
from ionstack.catalogue.resource import Resource, Usage
from ionstack.catalogue.view import View
from ionstack.dialects.carry import carry_out
from ionstack.dialects.cloudapi import query, render, schemas
from ionstack.dialects.cloudapi.parameters import COMMON, path_parameters
from ionstack.dialects.target import Target
from ionstack.dialects.text import body
from ionstack.engine import documents, rows, sight
from ionstack.engine.row import Row
from ionstack.engine.unit import Unit
from ionstack.engine.validation import Validator
from ionstack.errors import Invalid, Problem

if TYPE_CHECKING:
    from ionstack.app import Cloud


class SnapshotProperties(Properties):
    name: Maybe[str] = None
    description: Maybe[str] = None
    location: ReadOnly[Maybe[str]] = None
    size: ReadOnly[Maybe[float]] = None
    sec_auth_protection: bool = False
    cpu_hot_plug: bool = False
    cpu_hot_unplug: bool = False
    ram_hot_plug: bool = False
    ram_hot_unplug: bool = False
    nic_hot_plug: bool = False
    nic_hot_unplug: bool = False
    disc_virtio_hot_plug: bool = False
    disc_virtio_hot_unplug: bool = False
    disc_scsi_hot_plug: bool = False
    disc_scsi_hot_unplug: bool = False
    expose_serial: bool = False
    require_legacy_bios: bool = True
    licence_type: Maybe[Licence] = None
    application_type: Maybe[str] = None


snapshot = Resource(
    kind="cloudapi.snapshot",
    lifecycle=DISK,
    privilege="CREATE_SNAPSHOT",
    protection="secAuthProtection",
    properties=SnapshotProperties,
    capability="volume",
    usage=(Usage("hddVolumeProvisioned", "hddLimitPerContract", lambda one: int(one.get("size", 0) * 1024)),),
)

snapshots = View(
    resource=snapshot,
    type="snapshot",
    collection="/snapshots",
    item="/snapshots/{snapshotId}",
    operations={
        "list": "snapshotsGet",
        "get": "snapshotsFindById",
        "replace": "snapshotsPut",
        "update": "snapshotsPatch",
        "delete": "snapshotsDelete",
    },
    tag="Snapshots",
    schemas={"item": "Snapshot", "list": "Snapshots", "properties": "SnapshotProperties"},
)

TAKEN_OVER = (*HOT_PLUG, "exposeSerial", "requireLegacyBios", "licenceType", "applicationType", "size")
"""What a snapshot has from its volume."""

CHOSEN = ("name", "description", "secAuthProtection", "licenceType", "applicationType")
"""What may be said of a snapshot when it is taken."""

_PROPERTIES = schemas.sent(snapshots, creating=True, required=False)["properties"]
CREATION: Schema = {
    "type": "object",
    "properties": {
        "properties": {"type": "object", "properties": {name: _PROPERTIES[name] for name in CHOSEN}}
    },
}
RESTORATION: Schema = {
    "type": "object",
    "required": ["properties"],
    "properties": {
        "properties": {
            "type": "object",
            "required": ["snapshotId"],
            "properties": {"snapshotId": {"type": "string"}},
        }
    },
}


class OfVolumes:
    """`POST <volume>/create-snapshot` and `POST <volume>/restore-snapshot`."""

    def __init__(self, views: Views) -> None:
        self.views, self._target = views, Target(volumes)
        self._creation, self._restoration = Validator(CREATION), Validator(RESTORATION)

    async def create(self, cloud: Cloud, call: Call) -> Answer:
        """Keep what a volume holds."""
        self._creation.check(call.body)
        query.depth(call.query)
        said = call.body.get("properties") or {}
        sent = {name: said[name] for name in CHOSEN if said.get(name) is not None}

        async def work(unit: Unit) -> Sequence[Row]:
            row = await self._target.open(unit, call)
            busy = await unit.update(volume, row, {}, verb="snapshot")
            return [await unit.create(snapshot, sent, inner=await _content(unit, row, sent)), busy]

        made = await carry_out(cloud, call, snapshot, work)
        text = render.Renderer(self.views, call.base).full(snapshots, made.rows[0], 2, {}, entities=False)
        return made.answer(call, body(text, pretty=query.pretty(call.query)))

    async def restore(self, cloud: Cloud, call: Call) -> Answer:
        """Put back what a volume held; the answer is empty."""
        self._restoration.check(call.body)
        query.depth(call.query)
        id = call.body["properties"]["snapshotId"].lower()

        async def work(unit: Unit) -> Sequence[Row]:
            row = await self._target.open(unit, call)
            kept = await rows.find(unit.tx, snapshot, unit.contract, id)
            content = await _content(unit, row, {})
            if (
                kept is None
                or kept.deleting
                or not await sight.sees(unit.tx, call.principal, kept)
                or documents.load(kept.desired)["location"] != content["location"]
            ):
                raise _refused(f"The snapshot '{id}' does not exist in this location")
            if documents.load(kept.desired)["size"] > content["size"]:
                raise _refused("The snapshot is larger than the volume")
            unit.roots[kept.root] = None  # so that it is not read before it is there
            return [await unit.update(volume, row, {}, verb="restore")]

        return (await carry_out(cloud, call, volume, work)).answer(call, b"")

    def operations(self) -> Sequence[Operation]:
        """The two operations."""
        item: Schema = {"$ref": "#/components/schemas/Snapshot"}
        return [
            self._operation("create", CREATION, Reply(item, ("Location",))),
            self._operation("restore", RESTORATION, Reply(None, ("Location",))),
        ]

    def _operation(self, verb: str, taken: Schema, reply: Reply) -> Operation:
        path = f"{volumes.item}/{verb}-snapshot"
        return Operation(
            id=f"datacentersVolumes{verb.capitalize()}SnapshotPost",
            method="POST",
            path=path,
            handler=getattr(self, verb),
            replies={202: reply},
            tag=volumes.tag,
            summary=f"{verb.capitalize()} a snapshot of a volume",
            parameters=(*path_parameters(path), *COMMON),
            body=taken,
            bodiless=True,
            errors=(404, 415, 422),
            access=Access(Who.CHANGER, snapshots.resource.privilege) if verb == "create" else CHANGER,
        )


async def _content(unit: Unit, row: Row, sent: dict[str, object]) -> dict[str, object]:
    """What a snapshot of a volume has from it and from where it is."""
    properties = documents.desired(volume, row)
    above = await rows.get(unit.tx, volumes.parent, unit.contract, row.root)  # type: ignore[arg-type]
    taken = {name: properties[name] for name in TAKEN_OVER if name in properties and name not in sent}
    return {**taken, "location": documents.load(above.desired)["location"]}


def _refused(message: str) -> Invalid:
    return Invalid(Problem(message, "(root).properties.snapshotId"))
