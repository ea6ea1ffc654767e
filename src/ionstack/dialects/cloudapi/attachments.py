"""Collections of what is attached to a resource: list, attach, get, detach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ionstack.catalogue.access import CHANGER, SEER
from ionstack.catalogue.operation import Answer, Call, Operation, Reply, Schema
from ionstack.catalogue.registry import Views
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import Attachment, View
from ionstack.dialects.carry import Made, carry_out
from ionstack.dialects.cloudapi import linking, query, render, schemas
from ionstack.dialects.cloudapi.crud import Crud
from ionstack.dialects.cloudapi.inclusions import Included
from ionstack.dialects.cloudapi.parameters import COMMON, SEARCHING, paging, path_parameters
from ionstack.dialects.page import links, page
from ionstack.dialects.query import search
from ionstack.dialects.target import Target
from ionstack.dialects.text import body
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
        self.paging = above.attachments[name].paging
        self.item = self.view.parameters[-1]
        self._crud = Crud(self.view, views)
        self._validator = Validator(self.schema)

    async def list(self, cloud: Cloud, call: Call) -> Answer:
        """What is attached, to the depth asked for."""
        depth = query.depth(call.query)
        wanted = page(call.query, self.paging) if self.paging else None

        async def work(tx: Tx) -> tuple[Row, Sequence[Row], render.Tree]:
            above = await self.target.find(tx, call)
            looking = search(
                call.query, self.view, above.contract, None, wanted, referring=(above.id, self.members.by)
            )
            found = await cloud.engine.recall.search(tx, looking)
            return above, found, await self._crud.children(cloud, tx, found, depth - 1)

        above, found, children = await cloud.engine.read(work)
        shown = found[: wanted.limit] if wanted else found
        items = render.Renderer(self.views, call.base).items(self.view, shown, depth, children)
        pages = links(call, wanted, more=len(found) > wanted.limit) if wanted else ""
        text = render.collection(call, f"{self.above.resource.ids.wire(above.id)}/{self.name}", items, pages)
        return Answer(200, body(text, pretty=query.pretty(call.query)))

    async def get(self, cloud: Cloud, call: Call) -> Answer:
        """One attached resource."""
        depth = query.depth(call.query)

        async def work(tx: Tx) -> tuple[Row, render.Tree]:
            above = await self.target.find(tx, call)
            row = self._prove(await rows.get(tx, self.view.resource, above.contract, self._id(call)), above)
            return row, await self._crud.children(cloud, tx, [row], depth)

        row, children = await cloud.engine.read(work)
        return Answer(200, self._shown(call, row, depth, children))

    async def attach(self, cloud: Cloud, call: Call) -> Answer:
        """Attach what the body names by id, or make and attach what it describes."""
        self._validator.check(call.body)
        depth = query.depth(call.query)

        async def work(unit: Unit) -> Sequence[Row]:
            above = await self.target.open(unit, call)
            link = {self.members.by: self._link(above)}
            beside = await rows.get(unit.tx, self._beside, unit.contract, above.root)
            return [await linking.join(unit, self.view, link, call.body, root=above.root, beside=beside)]

        made: Made = await carry_out(cloud, call, self.view.resource, work)
        return made.answer(call, self._shown(call, made.rows[0], depth, {}))

    async def detach(self, cloud: Cloud, call: Call) -> Answer:
        """Detach a resource, which stays."""

        async def work(unit: Unit) -> Sequence[Row]:
            above = await self.target.open(unit, call)
            row = self._prove(await unit.open(self.view.resource, self._id(call)), above)
            return [
                await unit.update(self.view.resource, row, {}, inner={self.members.by: None}, verb="detach")
            ]

        return (await carry_out(cloud, call, self.view.resource, work)).answer(call, b"")

    @property
    def _beside(self) -> Resource:
        """What the resource and what is made to be attached to it are in."""
        if self.above.parent is None:
            raise TypeError(f"{self.above.type} is in nothing, so nothing can be made beside it")
        return self.above.parent

    def _link(self, above: Row) -> Any:
        return linking.value(self.view, self.members.by, above, self.above)

    def _id(self, call: Call) -> str:
        return call.path[self.item].lower()

    def _prove(self, row: Row, above: Row) -> Row:
        if documents.desired(self.view.resource, row).get(self.members.by) != self._link(above):
            raise NotFound
        return row

    def _shown(self, call: Call, row: Row, depth: int, children: render.Tree) -> bytes:
        text = render.Renderer(self.views, call.base).full(self.view, row, depth, children)
        return body(text, pretty=query.pretty(call.query))


def of_view(view: View, views: Views) -> Sequence[Operation]:
    """The operations of a view's attachments."""
    return [
        operation
        for name, attachment in view.attachments.items()
        for operation in _of(_attached(view, name, views), attachment)
    ]


def _attached(view: View, name: str, views: Views) -> Attached | Included:
    kind = Included if view.entities[name].of else Attached
    return kind(view, name, views)


def _of(attached: Attached | Included, ids: Attachment) -> Sequence[Operation]:
    above, item = attached.above, attached.item
    path = f"{above.item}/{attached.name}"
    one = f"{path}/{{{item}}}"
    whole: Schema = {"$ref": f"#/components/schemas/{attached.view.schemas['item']}"}
    listed: Schema = {"$ref": f"#/components/schemas/{ids.schema}"}
    components = {ids.schema: schemas.collection(attached.view, paged=bool(ids.paging))}
    common = (*path_parameters(path), *COMMON)
    pages = paging(ids.paging.limit) if ids.paging else ()
    operations = [
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
            parameters=(*common, *pages, *SEARCHING),
            access=SEER,
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
            access=CHANGER,
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
            access=SEER,
        ),
    ]
    if ids.detach:
        operations.append(
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
                access=CHANGER,
            )
        )
    return operations
