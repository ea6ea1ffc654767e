"""Collections of what is attached to a resource: list, attach, get, detach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ionstack.catalogue.operation import Answer, Call, Operation, Reply, Schema
from ionstack.catalogue.registry import Views
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import Attachment, Paging, View
from ionstack.dialects.carry import Made, carry_out
from ionstack.dialects.cloudapi import query, render, schemas
from ionstack.dialects.cloudapi.parameters import COMMON, SEARCHING, paging, path_parameters
from ionstack.dialects.page import links, page
from ionstack.dialects.target import Target
from ionstack.dialects.text import body, quoted
from ionstack.engine import documents, rows
from ionstack.engine.row import Row
from ionstack.engine.unit import Unit
from ionstack.engine.validation import Validator
from ionstack.errors import NotFound
from ionstack.store.port import Tx

if TYPE_CHECKING:
    from ionstack.app import Cloud


class Attached:
    """The operations on one collection: `above` is the resource that things are attached to."""

    def __init__(self, above: View, name: str, views: Views) -> None:
        self.above, self.name, self.members = above, name, above.entities[name]
        self.view = views[self.members.kind]
        self.target, self.views = Target(above), views
        self.schema: Schema = schemas.member(self.members, views)
        self._validator = Validator(self.schema)

    async def list(self, cloud: Cloud, call: Call) -> Answer:
        """What is attached, to the depth asked for."""
        depth, wanted = query.depth(call.query), page(call.query, self.above.paging or _PAGING)

        async def work(tx: Tx) -> tuple[Row, Sequence[Row]]:
            above = await self.target.find(tx, call)
            return above, await rows.referring(tx, above.contract, above.id, self.members.by)

        above, found = await cloud.engine.read(work)
        shown = found[wanted.offset : wanted.offset + wanted.limit]
        path = call.url.split("?", 1)[0]
        wire = quoted(f"{self.above.resource.ids.wire(above.id)}/{self.name}")
        more = len(found) > wanted.offset + wanted.limit
        text = (
            f'{{"id":{wire},"type":"collection","href":{quoted(path)}{links(call, wanted, more=more)},'
            f'"items":[{render.Renderer(self.views, call.base).items(self.view, shown, depth, {})}]}}'
        )
        return Answer(200, body(text, pretty=query.pretty(call.query)))

    async def get(self, cloud: Cloud, call: Call) -> Answer:
        """One attached resource."""
        depth = query.depth(call.query)

        async def work(tx: Tx) -> Row:
            above = await self.target.find(tx, call)
            row = await rows.get(tx, self.view.resource, above.contract, self._id(call))
            return self._prove(row, above)

        return Answer(200, self._shown(call, await cloud.engine.read(work), depth))

    async def attach(self, cloud: Cloud, call: Call) -> Answer:
        """Attach what the body names by id, or make and attach what it describes."""
        self._validator.check(call.body)
        depth = query.depth(call.query)

        async def work(unit: Unit) -> Sequence[Row]:
            above = await self.target.open(unit, call)
            link = {self.members.by: above.id}
            if call.body.get("id"):
                row = await unit.open(self.view.resource, str(call.body["id"]).lower())
                return [await unit.update(self.view.resource, row, {}, inner=link, verb="attach")]
            parent = await rows.get(unit.tx, self._parent(), unit.contract, above.root)
            sent = call.body.get("properties") or {}
            return [await unit.create(self.view.resource, sent, parent=parent, inner=link)]

        made: Made = await carry_out(cloud, call, self.view.resource, work)
        return made.answer(call, self._shown(call, made.rows[0], depth))

    async def detach(self, cloud: Cloud, call: Call) -> Answer:
        """Detach a resource, which stays."""

        async def work(unit: Unit) -> Sequence[Row]:
            above = await self.target.open(unit, call)
            row = self._prove(await unit.open(self.view.resource, self._id(call)), above)
            return [
                await unit.update(self.view.resource, row, {}, inner={self.members.by: None}, verb="detach")
            ]

        return (await carry_out(cloud, call, self.view.resource, work)).answer(call, b"")

    def _parent(self) -> Resource:
        if self.view.parent is None:
            raise TypeError(f"{self.view.type} is in nothing, so it cannot be made while it is attached")
        return self.view.parent

    def _id(self, call: Call) -> str:
        return call.path[self.view.parameters[-1]].lower()

    def _prove(self, row: Row, above: Row) -> Row:
        if documents.desired(self.view.resource, row).get(self.members.by) != above.id:
            raise NotFound
        return row

    def _shown(self, call: Call, row: Row, depth: int) -> bytes:
        text = render.Renderer(self.views, call.base).full(self.view, row, depth, {})
        return body(text, pretty=query.pretty(call.query))


_PAGING = Paging(limit=1000, most=10000)


def of_view(view: View, views: Views) -> Sequence[Operation]:
    """The operations of a view's attachments."""
    return [
        operation
        for name, attachment in view.attachments.items()
        for operation in _of(Attached(view, name, views), attachment)
    ]


def _of(attached: Attached, ids: Attachment) -> Sequence[Operation]:
    above, item = attached.above, attached.view.parameters[-1]
    path = f"{above.item}/{attached.name}"
    one = f"{path}/{{{item}}}"
    whole: Schema = {"$ref": f"#/components/schemas/{attached.view.schemas['item']}"}
    listed: Schema = {"$ref": f"#/components/schemas/{ids.schema}"}
    components = {ids.schema: schemas.collection(attached.view)}
    common = (*path_parameters(path), *COMMON)
    return [
        Operation(
            id=ids.list,
            method="GET",
            path=path,
            handler=attached.list,
            replies={200: Reply(listed)},
            tag=above.tag,
            summary=f"List the attached {attached.name}",
            errors=(404,),
            components=components,
            parameters=(*common, *paging(_PAGING.limit), *SEARCHING),
        ),
        Operation(
            id=ids.attach,
            method="POST",
            path=path,
            handler=attached.attach,
            tag=above.tag,
            replies={202: Reply(whole, ("Location",))},
            summary=f"Attach a {attached.view.type}",
            parameters=common,
            body=attached.schema,
            errors=(404, 415, 422),
        ),
        Operation(
            id=ids.get,
            method="GET",
            path=one,
            handler=attached.get,
            replies={200: Reply(whole)},
            tag=above.tag,
            summary=f"Retrieve an attached {attached.view.type}",
            errors=(404,),
            parameters=(*path_parameters(one), *COMMON),
        ),
        Operation(
            id=ids.detach,
            method="DELETE",
            path=one,
            handler=attached.detach,
            tag=above.tag,
            replies={202: Reply(None, ("Location",))},
            summary=f"Detach a {attached.view.type}",
            parameters=(*path_parameters(one), *COMMON),
            errors=(404, 422),
        ),
    ]
