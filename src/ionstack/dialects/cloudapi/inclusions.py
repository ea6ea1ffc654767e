"""Sets of references that grow and shrink one by one: list, add by id, get, take out (a server's CD-ROMs)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ionstack.catalogue.operation import Answer, Call, Schema
from ionstack.catalogue.registry import Views
from ionstack.catalogue.view import View
from ionstack.dialects.carry import carry_out
from ionstack.dialects.cloudapi import query, render, schemas
from ionstack.dialects.cloudapi.plain import matching
from ionstack.dialects.page import links, page
from ionstack.dialects.target import Target
from ionstack.dialects.text import body
from ionstack.engine import documents, rows
from ionstack.engine.row import Row
from ionstack.engine.unit import Unit
from ionstack.engine.validation import Validator
from ionstack.errors import Invalid, NotFound, Problem
from ionstack.store.port import Tx

if TYPE_CHECKING:
    from ionstack.app import Cloud


class Included:
    """The operations on one set: `above` is the resource that has it, under the entity `name`."""

    def __init__(self, above: View, name: str, views: Views) -> None:
        self.above, self.name, self.views = above, name, views
        self.members, self.paging = above.entities[name], above.attachments[name].paging
        self.view = views[self.members.kind]
        self.schema: Schema = schemas.member(self.members, views)
        self.item = above.attachments[name].item or self.view.parameters[-1]
        self.target = Target(above)
        self._validator = Validator(self.schema)

    async def list(self, cloud: Cloud, call: Call) -> Answer:
        """What is in the set, to the depth asked for."""
        depth = query.depth(call.query)
        wanted = page(call.query, self.paging) if self.paging else None

        async def work(tx: Tx) -> tuple[Row, Sequence[Row]]:
            above = await self.target.find(tx, call)
            found = [await rows.find(tx, self.view.resource, above.contract, id) for id in self._ids(above)]
            return above, [row for row in found if row is not None]

        above, found = await cloud.engine.read(work)
        renderer = render.Renderer(self.views, call.base)
        whole = {renderer.full(self.view, row, 0, {}): row for row in found}
        shown = [whole[text] for text in matching(call.query, list(whole))]
        pages = ""
        if wanted:
            end = wanted.offset + wanted.limit
            pages = links(call, wanted, more=len(shown) > end)
            shown = shown[wanted.offset : end]
        items = renderer.items(self.view, shown, depth, {})
        text = render.collection(call, f"{self.above.resource.ids.wire(above.id)}/{self.name}", items, pages)
        return Answer(200, body(text, pretty=query.pretty(call.query)))

    async def get(self, cloud: Cloud, call: Call) -> Answer:
        """One member of the set."""
        depth = query.depth(call.query)

        async def work(tx: Tx) -> Row:
            above = await self.target.find(tx, call)
            return await rows.get(tx, self.view.resource, above.contract, self._included(above, call))

        row = await cloud.engine.read(work)
        return Answer(200, self._shown(call, row, depth))

    async def attach(self, cloud: Cloud, call: Call) -> Answer:
        """Add what the body names by its id."""
        self._validator.check(call.body)
        depth, id = query.depth(call.query), call.body["id"].lower()

        async def work(unit: Unit) -> Sequence[Row]:
            above = await self.target.open(unit, call)
            if id in self._ids(above):
                raise Invalid(Problem(f"The {self.view.type} '{id}' is attached already", "(root).id"))
            changed = await self._change(unit, above, [*self._ids(above), id], "attach")
            return [await rows.get(unit.tx, self.view.resource, unit.contract, id), changed]

        made = await carry_out(cloud, call, self.above.resource, work)
        return made.answer(call, self._shown(call, made.rows[0], depth))

    async def detach(self, cloud: Cloud, call: Call) -> Answer:
        """Take a member out of the set; the answer is empty."""

        async def work(unit: Unit) -> Sequence[Row]:
            above = await self.target.open(unit, call)
            gone = self._included(above, call)
            return [await self._change(unit, above, [id for id in self._ids(above) if id != gone], "detach")]

        return (await carry_out(cloud, call, self.above.resource, work)).answer(call, b"")

    async def _change(self, unit: Unit, above: Row, ids: Sequence[str], verb: str) -> Row:
        inner = {self.members.of: list(ids)}
        return await unit.update(self.above.resource, above, {}, inner=inner, verb=verb)

    def _ids(self, above: Row) -> Sequence[str]:
        found: Sequence[str] = documents.desired(self.above.resource, above).get(self.members.of) or ()
        return found

    def _included(self, above: Row, call: Call) -> str:
        id = call.path[self.item].lower()
        if id not in self._ids(above):
            raise NotFound
        return id

    def _shown(self, call: Call, row: Row, depth: int) -> bytes:
        text = render.Renderer(self.views, call.base).full(self.view, row, depth, {})
        return body(text, pretty=query.pretty(call.query))
