"""How one resource is made to refer to another: what attaching writes, and what may be made on the way."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from ionstack.catalogue.view import View
from ionstack.engine.row import Row
from ionstack.engine.unit import Unit
from ionstack.errors import Invalid, Problem


def value(members: View, name: str, above: Row, ids: View) -> Any:
    """What the property `name` of a member holds to point at `above`: its id, or its number if it has one."""
    field = members.resource.fields[name]
    if field.ref is None or not field.ref.scoped:
        return above.id
    wire = ids.resource.ids.wire(above.id)
    return int(wire) if field.schema["type"] == "integer" else wire


async def join(
    unit: Unit,
    view: View,
    link: Mapping[str, Any],
    body: Mapping[str, Any],
    *,
    root: str,
    beside: Row | None,
    region: str = "",
    path: str = "(root)",
) -> Row:
    """Attach what a body names by its id, or make what it describes beside the resource and attach that."""
    if body.get("id"):
        row = await unit.open(view.resource, str(body["id"]).lower())
        if row.root != root:
            message = f"The {view.type} '{row.id}' is not in the same data center"
            raise Invalid(Problem(message, code="200"))
        return await unit.update(view.resource, row, {}, inner=link, verb="attach", path=path)
    if beside is None or beside.kind != view.resource.parent:
        raise Invalid(Problem(f"The {view.type} to attach is named by its id", f"{path}.id"))
    sent = body.get("properties") or {}
    return await unit.create(
        view.resource, sent, parent=beside, region=region, inner=link, path=f"{path}.properties"
    )


def refuse_entities(body: Mapping[str, Any], but: Container[str] = ()) -> None:
    """What cannot be created in the same call is refused, not dropped."""
    entities = body.get("entities")
    problems = [
        Problem("These entities cannot be created in this call", f"(root).entities.{name}")
        for name, entity in (entities if isinstance(entities, dict) else {}).items()
        if name not in but and isinstance(entity, dict) and entity.get("items")
    ]
    if problems:
        raise Invalid(*problems)
