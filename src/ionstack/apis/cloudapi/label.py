"""Labels: key and value on a resource, and all labels of a contract by URN."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import orjson

from ionstack.apis.cloudapi.datacenter import datacenters
from ionstack.apis.cloudapi.image import images
from ionstack.apis.cloudapi.ipblock import ipblocks
from ionstack.apis.cloudapi.server import servers
from ionstack.apis.cloudapi.snapshot import snapshots
from ionstack.apis.cloudapi.volume import volumes
from ionstack.catalogue.access import MEMBER, SEER
from ionstack.catalogue.field import Immutable, Length
from ionstack.catalogue.ids import keyed
from ionstack.catalogue.lifecycle import RECORD
from ionstack.catalogue.operation import Answer, Call, Operation, Reply
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.registry import Views
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import View
from ionstack.dialects.cloudapi import query, render
from ionstack.dialects.cloudapi.parameters import COMMON, SEARCHING, path_parameters
from ionstack.dialects.cloudapi.plain import matching
from ionstack.dialects.text import body, path, quoted, splice
from ionstack.engine import documents, rows, sight
from ionstack.engine.find import Search
from ionstack.engine.row import Row
from ionstack.errors import NotFound
from ionstack.store.port import Tx

if TYPE_CHECKING:
    from ionstack.app import Cloud

LABELLED = (datacenters, servers, volumes, ipblocks, snapshots, images)
"""The views whose resources carry labels."""


class LabelProperties(Properties):
    key: Immutable[Annotated[str, Length(1, 63)]]
    value: Annotated[str, Length(1, 255)]


label = Resource(
    kind="cloudapi.label",
    properties=LabelProperties,
    ids=keyed("labels", by="key"),
    lifecycle=RECORD,
    capability="",
    attached=True,
)


def labels_of(labelled: View) -> View:
    """The labels of one kind of resource."""
    stem = labelled.operations["list"].removesuffix("Get")
    return View(
        resource=label,
        type="label",
        collection=f"{labelled.item}/labels",
        item=f"{labelled.item}/labels/{{key}}",
        parent=labelled.resource,
        operations={
            "list": f"{stem}LabelsGet",
            "create": f"{stem}LabelsPost",
            "get": f"{stem}LabelsFindByKey",
            "replace": f"{stem}LabelsPut",
            "delete": f"{stem}LabelsDelete",
        },
        tag="Labels",
        schemas={"item": "LabelResource", "list": "LabelResources", "properties": "LabelResourceProperties"},
        stateful=False,
    )


def by_urn(views: Views) -> Sequence[Operation]:
    """`/labels` and `/labels/{labelurn}`: every label of the contract, whatever it is on."""
    everything = AllLabels(views)
    item, listed = ({"$ref": f"#/components/schemas/{name}"} for name in ("Label", "Labels"))
    return [
        Operation(
            id="labelsGet", method="GET", path="/labels", handler=everything.list, replies={200: Reply(listed)},
            tag="Labels", summary="List every label", parameters=(*COMMON, *SEARCHING), components=COMPONENTS,
            access=MEMBER,
        ),
        Operation(
            id="labelsFindByUrn", method="GET", path="/labels/{labelurn}", handler=everything.get,
            replies={200: Reply(item)}, tag="Labels", summary="Retrieve a label by its URN",
            parameters=(*path_parameters("/labels/{labelurn}"), *COMMON), errors=(404,), components=COMPONENTS,
            access=SEER,
        ),
    ]  # fmt: skip


class AllLabels:
    """Labels as seen from the contract: named by URN, telling what they are on."""

    def __init__(self, views: Views) -> None:
        self.views = views

    async def list(self, cloud: Cloud, call: Call) -> Answer:
        """Every label of the contract."""
        depth = query.depth(call.query)

        async def work(tx: Tx) -> list[str]:
            found = await rows.search(
                tx,
                Search(call.principal.contract, label.kind, parent=None, viewer=sight.viewer(call.principal)),
            )
            return [await self._full(tx, row, call.base) for row in found]

        items = matching(call.query, await cloud.engine.read(work))
        if depth == 0:
            items = [_reference(item) for item in items]
        text = (
            f'{{"id":"labels","type":"collection","href":"{call.base}/labels","items":[{",".join(items)}]}}'
        )
        return Answer(200, body(text, pretty=query.pretty(call.query)))

    async def get(self, cloud: Cloud, call: Call) -> Answer:
        """The label of a URN."""
        query.depth(call.query)
        kind, id, key = _parts(call.path["labelurn"])

        async def work(tx: Tx) -> str:
            row = await rows.get(tx, label, call.principal.contract, label.ids.stored(id, key))
            await sight.prove_seen(tx, call.principal, row)
            text = await self._full(tx, row, call.base)
            if orjson.loads(text)["properties"]["resourceType"] != kind:
                raise NotFound
            return text

        text = await cloud.engine.read(work)
        return Answer(200, body(text, pretty=query.pretty(call.query)))

    async def _full(self, tx: Tx, row: Row, base: str) -> str:
        view, above = await _labelled(tx, row)
        id = view.resource.ids.wire(above.id)
        key = label.ids.wire(row.id)
        urn = f"urn:label:{view.type}:{id}:{key}"
        more = {"resourceId": id, "resourceType": view.type, "resourceHref": f"{base}{path(view, above)}"}
        shown = splice(row.desired, documents.dump(more))
        href = f"{base}/labels/{quote(urn, safe=':')}"
        return (
            f'{{"id":{quoted(urn)},"type":"label","href":{quoted(href)},'
            f'"metadata":{render.metadata(labels_of(view), row)},"properties":{shown}}}'
        )


async def _labelled(tx: Tx, row: Row) -> tuple[View, Row]:
    """What a label is on."""
    for view in LABELLED:
        found = await rows.find(tx, view.resource, row.contract, row.parent)
        if found is not None:
            return view, found
    raise NotFound


def _reference(item: str) -> str:
    whole = orjson.loads(item)
    return documents.dump({name: whole[name] for name in ("id", "type", "href")})


def _parts(urn: str) -> tuple[str, str, str]:
    """Resource type, resource id and key of a URN; NotFound for anything else."""
    parts = urn.split(":", 4)
    if len(parts) != 5 or parts[:2] != ["urn", "label"]:
        raise NotFound
    return parts[2], parts[3].lower(), parts[4]


_TEXT = {"type": "string"}
COMPONENTS = {
    "Label": {
        "type": "object",
        "properties": {
            "id": {"type": "string", "readOnly": True},
            "type": {"type": "string", "enum": ["label"], "readOnly": True},
            "href": {"type": "string", "format": "uri", "readOnly": True},
            "metadata": {"$ref": "#/components/schemas/NoStateMetaData"},
            "properties": {"$ref": "#/components/schemas/LabelProperties"},
        },
    },
    "LabelProperties": {
        "type": "object",
        "properties": dict.fromkeys(("key", "value", "resourceId", "resourceType", "resourceHref"), _TEXT),
    },
    "Labels": {
        "type": "object",
        "properties": {
            "id": {"type": "string", "readOnly": True},
            "type": {"type": "string", "enum": ["collection"]},
            "href": {"type": "string", "format": "uri", "readOnly": True},
            "items": {"type": "array", "items": {"$ref": "#/components/schemas/Label"}, "readOnly": True},
        },
    },
}
