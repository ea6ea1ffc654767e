"""The six operations that a view has: list, create, get, replace, update, delete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ionstack.catalogue.operation import Answer, Call
from ionstack.catalogue.properties import secrets
from ionstack.catalogue.registry import Views
from ionstack.catalogue.view import Members, View
from ionstack.dialects.carry import Made, carry_out
from ionstack.dialects.cloudapi import linking, query, render, schemas
from ionstack.dialects.cloudapi.linking import refuse_entities
from ionstack.dialects.page import links
from ionstack.dialects.page import page as paged
from ionstack.dialects.query import search
from ionstack.dialects.target import Target
from ionstack.dialects.text import body
from ionstack.engine import rows, sight
from ionstack.engine.row import Row
from ionstack.engine.unit import Unit
from ionstack.engine.validation import Validator
from ionstack.errors import Invalid
from ionstack.store.port import Tx

if TYPE_CHECKING:
    from ionstack.app import Cloud

Rows = list[Row]


class Crud:
    """The operations of one view."""

    def __init__(self, view: View, views: Views) -> None:
        self.view, self.views = view, views
        self.target = Target(view)

    async def list(self, cloud: Cloud, call: Call) -> Answer:
        """The collection, to the depth asked for."""
        return await self.listed(cloud, call)

    async def listed(self, cloud: Cloud, call: Call, *, prefix: str = "", id: str = "") -> Answer:
        """The collection, or the part of it whose ids start with `prefix`."""
        view, contract = self.view, call.principal.contract
        depth, page = query.depth(call.query), (paged(call.query, view.paging) if view.paging else None)

        async def work(tx: Tx) -> tuple[Row | None, Sequence[Row], render.Tree]:
            parent = await self.target.parent(tx, call)
            above, seer = (parent.id, "") if parent else ("", sight.viewer(call.principal))
            wanted = search(call.query, view, contract, above, page, prefix=prefix, viewer=seer)
            found = await self._completed(tx, call, await cloud.engine.recall.search(tx, wanted))
            shown = found[: page.limit] if page else found
            return parent, found, await self.children(cloud, tx, shown, depth - 1)

        parent, found, children = await cloud.engine.read(work)
        shown = found[: page.limit] if page else found
        items = render.Renderer(self.views, call.base).items(view, shown, depth, children)
        pages = links(call, page, more=len(found) > page.limit) if page else ""
        text = render.collection(call, id or self._collection_id(parent), items, pages)
        return Answer(200, self._body(call, text))

    async def get(self, cloud: Cloud, call: Call) -> Answer:
        """One resource, to the depth asked for; its ETag in a header where no depth is."""
        depth = query.depth(call.query)

        async def work(tx: Tx) -> tuple[Row, render.Tree]:
            (row,) = await self._completed(tx, call, [await self.target.find(tx, call)])
            return row, await self.children(cloud, tx, [row], depth)

        if (depth and self.view.entities) or self.view.resource.completion:
            row, children = await cloud.engine.read(work)
        else:
            row, children = await self.target.recall(cloud.engine, call), {}
        headers = {} if call.query.get("depth") is not None else {"ETag": row.etag}
        return Answer(
            200,
            self._body(call, render.Renderer(self.views, call.base).full(self.view, row, depth, children)),
            headers,
        )

    async def create(self, cloud: Cloud, call: Call) -> Answer:
        """Create a resource, with what its body's entities hold: all of it or nothing."""
        self._creation.check(call.body)
        query.depth(call.query)
        refuse_entities(call.body, self.view.composite)

        async def work(unit: Unit) -> list[Row]:
            parent = await self.target.open_parent(unit, call)
            row, *inside = await self._create(unit, self.view, parent, call.body, call.region, "(root)")
            return [*await self._completed(unit.tx, call, [row]), *inside]

        made = await self._carry_out(cloud, call, work)
        row, children = made.rows[0], render.tree(made.rows[1:])
        text = render.Renderer(self.views, call.base).full(
            self.view, row, 2, children, entities=len(made.rows) > 1
        )
        return self._changed(call, made, text, status=self.view.status("create"))

    async def replace(self, cloud: Cloud, call: Call) -> Answer:
        """PUT: what is not sent goes back to its default."""
        self._replacement.check(call.body)
        return await self._change(
            cloud, call, call.body["properties"], replace=True, path="(root).properties"
        )

    async def update(self, cloud: Cloud, call: Call) -> Answer:
        """PATCH: the body holds the bare properties that change."""
        self._patch.check(call.body)
        if call.body and not call.body.keys() & self.view.resource.fields.keys():
            raise Invalid(
                f"The body names no attribute of a {self.view.type}; PATCH takes the attributes themselves"
            )
        return await self._change(cloud, call, call.body, replace=False, path="(root)")

    async def delete(self, cloud: Cloud, call: Call) -> Answer:
        """Delete a resource and what is in it; the body is empty."""

        async def work(unit: Unit) -> list[Row]:
            row = await self.target.open(unit, call)
            return [await unit.delete(self.view.resource, row)]

        made = await self._carry_out(cloud, call, work)
        return self._changed(call, made, "")

    async def _change(
        self, cloud: Cloud, call: Call, sent: Mapping[str, Any], *, replace: bool, path: str
    ) -> Answer:
        depth = query.depth(call.query)

        async def work(unit: Unit) -> list[Row]:
            row = await self.target.open(unit, call)
            changed = await unit.update(self.view.resource, row, sent, replace=replace, path=path)
            inside = (
                await rows.under_root(unit.tx, row.contract, row.root) if depth and self.view.entities else []
            )
            shown = await self._completed(unit.tx, call, [changed])
            return [*shown, *(one for one in inside if one.id != row.id)]

        made = await self._carry_out(cloud, call, work)
        text = render.Renderer(self.views, call.base).full(
            self.view, made.rows[0], depth, render.tree(made.rows[1:])
        )
        return self._changed(call, made, text)

    async def _create(
        self, unit: Unit, view: View, parent: Row | None, body: Mapping[str, Any], region: str, path: str
    ) -> Rows:
        """The created row, then those of the entities in its body."""
        sets = {
            view.entities[name].of: [member["id"].lower() for member in _items(body, name)]
            for name in view.composite
            if view.entities[name].of and _items(body, name)
        }
        row = await unit.create(
            view.resource,
            body["properties"],
            parent=parent,
            region=region,
            inner=sets,
            path=f"{path}.properties",
        )
        made = [row]
        for name in view.composite:
            if view.entities[name].of:
                continue
            for index, member in enumerate(_items(body, name)):
                place = f"{path}.entities.{name}.items.[{index}]"
                made += await self._compose(unit, view.entities[name], parent, row, member, region, place)
        return made

    async def _compose(
        self,
        unit: Unit,
        members: Members,
        beside: Row | None,
        row: Row,
        member: Mapping[str, Any],
        region: str,
        path: str,
    ) -> Rows:
        """One entity of a composite creation: made inside the new row, or beside it and attached to it."""
        below = self.views[members.kind]
        if not members.by:
            return await self._create(unit, below, row, member, region, path)
        link = {members.by: linking.value(below, members.by, row, self.views[row.kind])}
        return [
            await linking.join(
                unit, below, link, member, root=row.root, beside=beside, region=region, path=path
            )
        ]

    async def _completed(self, tx: Tx, call: Call, found: Sequence[Row]) -> Sequence[Row]:
        complete = self.view.resource.completion
        return await complete(tx, call.principal, found) if complete else found

    async def _carry_out(self, cloud: Cloud, call: Call, work: Any) -> Made:
        return await carry_out(cloud, call, self.view.resource, work)

    def _changed(self, call: Call, made: Made, text: str, *, status: int = 0) -> Answer:
        return made.answer(call, self._body(call, text) if text else b"", status=status)

    def _body(self, call: Call, text: str) -> bytes:
        return body(text, pretty=query.pretty(call.query))

    def _collection_id(self, parent: Row | None) -> str:
        if parent is None or self.view.parent is None:
            return self.view.name
        return f"{self.view.parent.ids.wire(parent.id)}/{self.view.name}"

    async def children(self, cloud: Cloud, tx: Tx, shown: Sequence[Row], depth: int) -> render.Tree:
        """Everything under the rows that a depth shows. At depth 0 a resource's entities are references."""
        if depth < 1 or not self.view.entities:
            return {}
        inside: list[Row] = []
        links: list[rows.Link] = []
        contract = shown[0].contract if shown else 0
        for root in dict.fromkeys(row.root for row in shown):
            inside += await cloud.engine.recall.under_root(tx, contract, root)
            if self._linked:
                links += await rows.links_under(tx, contract, root)
        return render.tree([*inside, *await self._outside(tx, contract, inside, links)], links)

    async def _outside(
        self, tx: Tx, contract: int, inside: Sequence[Row], links: Sequence[rows.Link]
    ) -> Sequence[Row]:
        """What is shown inside and lives elsewhere: images in the drives of a server."""
        kinds = self._included
        known = {row.id for row in inside}
        wanted = {
            target: kinds[field] for _, field, target in links if field in kinds and target not in known
        }
        found = [await rows.find(tx, self.views[kind].resource, contract, id) for id, kind in wanted.items()]
        return [row for row in found if row is not None]

    @cached_property
    def _included(self) -> Mapping[str, str]:
        """The kinds of what resources refer to and show inside, by the property that refers to it."""
        return {
            members.of: members.kind
            for view in self.views
            for members in view.entities.values()
            if members.of
        }

    @cached_property
    def _linked(self) -> bool:
        """Whether what is shown inside, at any depth, is found by references."""
        return any(
            members.linked or Crud(self.views[members.kind], self.views)._linked
            for members in self.view.entities.values()
        )

    @cached_property
    def _secrets(self) -> frozenset[str]:
        kinds = [self.view, *(self.views[self.view.entities[name].kind] for name in self.view.composite)]
        return frozenset().union(*(secrets(view.resource.properties) for view in kinds))

    @cached_property
    def _creation(self) -> Validator:
        return Validator(schemas.creation(self.view, self.views), self._secrets)

    @cached_property
    def _replacement(self) -> Validator:
        return Validator(schemas.replacement(self.view), self._secrets)

    @cached_property
    def _patch(self) -> Validator:
        return Validator(schemas.patch(self.view), self._secrets)


def _items(body: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """The entities of one name in the body of a composite creation."""
    return ((body.get("entities") or {}).get(name) or {}).get("items") or ()
