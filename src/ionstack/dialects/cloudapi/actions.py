"""Actions on a resource: `POST <item>/start` and its like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ionstack.catalogue.access import CHANGER
from ionstack.catalogue.operation import Answer, Call, Handler, Operation, Reply
from ionstack.catalogue.view import Action, View
from ionstack.dialects.carry import carry_out
from ionstack.dialects.cloudapi import query
from ionstack.dialects.cloudapi.parameters import COMMON, path_parameters
from ionstack.dialects.target import Target
from ionstack.engine.row import Row
from ionstack.engine.unit import Unit

if TYPE_CHECKING:
    from ionstack.app import Cloud


def of_view(view: View) -> Sequence[Operation]:
    """The operations of a view's actions."""
    return [
        Operation(
            id=action.operation,
            method="POST",
            path=f"{view.item}/{name}",
            handler=_handler(view, name, action),
            replies={202: Reply(None, ("Location",))},
            tag=view.tag,
            summary=f"{name.capitalize()} a {view.type}",
            parameters=(*path_parameters(view.item), *COMMON),
            errors=(404, 422),
            access=CHANGER,
        )
        for name, action in view.actions.items()
    ]


def _handler(view: View, verb: str, action: Action) -> Handler:
    target = Target(view)

    async def handle(cloud: Cloud, call: Call) -> Answer:
        query.depth(call.query)

        async def work(unit: Unit) -> list[Row]:
            row = await target.open(unit, call)
            return [await unit.update(view.resource, row, {}, inner=action.inner, verb=verb)]

        made = await carry_out(cloud, call, view.resource, work)
        return made.answer(call, b"")

    return handle
