"""Sets of references that one call replaces: `PUT <item>/securitygroups` with `{"ids": [...]}`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ionstack.catalogue.access import CHANGER
from ionstack.catalogue.operation import Answer, Call, Operation, Reply, Schema
from ionstack.catalogue.registry import Views
from ionstack.catalogue.view import Selection, View
from ionstack.dialects.carry import carry_out
from ionstack.dialects.cloudapi import query, render
from ionstack.dialects.cloudapi.parameters import COMMON, path_parameters
from ionstack.dialects.target import Target
from ionstack.dialects.text import body
from ionstack.engine import rows
from ionstack.engine.row import Row
from ionstack.engine.unit import Unit
from ionstack.engine.validation import Validator
from ionstack.errors import Invalid, Problem

if TYPE_CHECKING:
    from ionstack.app import Cloud

IDS: Schema = {
    "type": "object",
    "required": ["ids"],
    "properties": {"ids": {"type": "array", "items": {"type": "string", "format": "uuid"}}},
}


class Selected:
    """One set: `above` is the resource that has it, under the entity `name`."""

    def __init__(self, above: View, name: str, views: Views) -> None:
        self.above, self.name, self.views = above, name, views
        self.property = above.entities[name].of
        self.view = views[above.entities[name].kind]
        self.target = Target(above)
        self._validator = Validator(IDS)

    async def replace(self, cloud: Cloud, call: Call) -> Answer:
        """Let the resource refer to what the body names and to nothing else; the answer shows these."""
        self._validator.check(call.body)
        depth = query.depth(call.query)
        ids = list(dict.fromkeys(id.lower() for id in call.body["ids"]))

        async def work(unit: Unit) -> Sequence[Row]:
            above = await self.target.open(unit, call)
            chosen = [await self._chosen(unit, above, id) for id in ids]
            inner = {self.property: ids}
            return [await unit.update(self.above.resource, above, {}, inner=inner, verb="select"), *chosen]

        made = await carry_out(cloud, call, self.above.resource, work)
        above, *chosen = made.rows
        items = render.Renderer(self.views, call.base).items(self.view, chosen, depth, {})
        text = render.collection(call, f"{self.above.resource.ids.wire(above.id)}/{self.name}", items)
        return made.answer(call, body(text, pretty=query.pretty(call.query)), status=200)

    async def _chosen(self, unit: Unit, above: Row, id: str) -> Row:
        row = await rows.find(unit.tx, self.view.resource, unit.contract, id)
        if row is None or row.deleting or row.root != above.root:
            noun = self.view.resource.kind.rsplit(".", 1)[-1]
            raise Invalid(Problem(f"The {noun} '{id}' does not exist", "(root).ids"))
        return row


def of_view(view: View, views: Views) -> Sequence[Operation]:
    """The operations on a view's sets."""
    return [_of(Selected(view, name, views), name, one) for name, one in view.selections.items()]


def _of(selected: Selected, name: str, selection: Selection) -> Operation:
    path = f"{selected.above.item}/{name}"
    listed: Schema = {"$ref": f"#/components/schemas/{selected.view.schemas['list']}"}
    return Operation(
        id=selection.operation,
        method="PUT",
        path=path,
        handler=selected.replace,
        replies={200: Reply(listed, ("Location",))},
        tag=selected.view.tag,
        summary=f"Replace the {name} of a {selected.above.type}",
        parameters=(*path_parameters(path), *COMMON),
        body=IDS,
        errors=(404, 415, 422),
        access=CHANGER,
    )
