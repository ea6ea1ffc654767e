"""References between resources: they must point at something, and hold what they point at in place."""

from __future__ import annotations

from typing import Any

from ionstack.catalogue.properties import Field
from ionstack.catalogue.registry import Catalogue
from ionstack.catalogue.resource import Resource
from ionstack.engine import rows
from ionstack.engine.change import Change
from ionstack.errors import Problem
from ionstack.store.port import Tx
from ionstack.store.statement import statements

SQL = statements("resource")


async def dangling(tx: Tx, change: Change, catalogue: Catalogue) -> list[Problem]:
    """A problem for each reference that the change sets and that points at nothing."""
    problems: list[Problem] = []
    for field in change.resource.references:
        if change.action == "update" and not change.changed(field.name):
            continue
        for wire in _targets(field, change.after.get(field.name)):
            if not await _find(tx, change, field, wire, catalogue):
                noun = field.ref.kind.rsplit(".", 1)[-1] if field.ref else "resource"
                problems.append(change.problem(field.name, f"The {noun} '{wire}' does not exist"))
    return problems


async def record(tx: Tx, change: Change) -> None:
    """Write down what the resource now points at."""
    kept = [field for field in change.resource.references if field.ref and field.ref.kept]
    if not kept or (change.action == "update" and not any(change.changed(field.name) for field in kept)):
        return
    if change.action == "update":
        await tx.run(SQL.references_drop, contract=change.unit.contract, source=change.id)
    for field in kept:
        for wire in _targets(field, change.after.get(field.name)):
            await tx.run(
                SQL.reference_add, contract=change.unit.contract, source=change.id, field=field.name,
                target=_stored(change, field, wire, change.unit.engine.catalogue),
            )  # fmt: skip


async def hindrances(tx: Tx, change: Change) -> list[Problem]:
    """A problem for each resource outside the deleted one that points into it."""
    found = await tx.all(SQL.hindrances, contract=change.unit.contract, id=change.id)
    problems = [_hindrance(change.unit.engine.catalogue[kind], *what) for *what, kind in found]
    return list(dict.fromkeys(problems))


def _hindrance(resource: Resource, source: str, name: str, target: str) -> Problem:
    field = resource.fields.get(name)
    if field is not None and field.ref is not None and field.ref.refusal:
        return Problem(field.ref.refusal, code="200")
    return Problem(f"The resource is in use: '{name}' of '{source}' refers to '{target}'", code="200")


async def _find(tx: Tx, change: Change, field: Field, wire: str, catalogue: Catalogue) -> bool:
    """Look a target up, and remember it for the rules."""
    assert field.ref is not None  # noqa: S101  only reference fields come here
    resource = catalogue.resources.get(field.ref.kind)
    if resource is None:
        return False
    contract, id = change.unit.contract, _stored(change, field, wire, catalogue)
    if field.ref.kept:  # so that nobody deletes it before the reference is committed
        await tx.run(SQL.share, contract=contract, id=id)
    row = await rows.find(tx, resource, contract, id)
    if row is None or row.deleting:
        return False
    change.targets[field.name] = row
    return True


def _stored(change: Change, field: Field, wire: str, catalogue: Catalogue) -> str:
    assert field.ref is not None  # noqa: S101
    if not field.ref.scoped:
        return wire
    above = change.parent.root if change.parent else ""
    return catalogue[field.ref.kind].ids.stored(above, wire)


def _targets(field: Field, value: Any) -> list[str]:
    """The ids a property names: one, several, or none while it is empty, where it may be."""
    if value is None or (value == "" and field.omit_null):
        return []
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
