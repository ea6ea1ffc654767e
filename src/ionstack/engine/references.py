"""References between resources: they must point at something, and hold what they point at in place."""

from __future__ import annotations

from ionstack.catalogue.field import Ref
from ionstack.catalogue.properties import Reference
from ionstack.catalogue.registry import Catalogue
from ionstack.catalogue.resource import Resource
from ionstack.engine import rows, sight
from ionstack.engine.change import Change
from ionstack.errors import Problem
from ionstack.store.port import Tx
from ionstack.store.statement import statements

SQL = statements("resource")


async def dangling(tx: Tx, change: Change, catalogue: Catalogue) -> list[Problem]:
    """A problem for each reference that the change sets and that points at nothing."""
    problems: list[Problem] = []
    for reference in change.resource.references:
        if change.action == "update" and not change.changed(reference.path[0]):
            continue
        for place, wire in reference.named(change.after):
            if not await _find(tx, change, reference, wire, catalogue):
                noun = reference.ref.kind.rsplit(".", 1)[-1]
                problems.append(change.problem(place, f"The {noun} '{wire}' does not exist"))
    return problems


async def record(tx: Tx, change: Change) -> None:
    """Write down what the resource now points at."""
    kept = [reference for reference in change.resource.references if reference.ref.kept]
    if not kept or (change.action == "update" and not any(change.changed(one.path[0]) for one in kept)):
        return
    if change.action == "update":
        await tx.run(SQL.references_drop, contract=change.unit.contract, source=change.id)
    for reference in kept:
        for _, wire in reference.named(change.after):
            await tx.run(
                SQL.reference_add, contract=change.unit.contract, source=change.id, field=reference.name,
                target=_stored(change, reference.ref, wire, change.unit.engine.catalogue),
            )  # fmt: skip


async def hindrances(tx: Tx, change: Change) -> list[Problem]:
    """A problem for each resource outside the deleted one that points into it."""
    found = await tx.all(SQL.hindrances, contract=change.unit.contract, id=change.id)
    problems = [_hindrance(change.unit.engine.catalogue[kind], *what) for *what, kind in found]
    return list(dict.fromkeys(problems))


def _hindrance(resource: Resource, source: str, name: str, target: str) -> Problem:
    refusal = next((one.ref.refusal for one in resource.references if one.name == name), "")
    message = refusal or f"The resource is in use: '{name}' of '{source}' refers to '{target}'"
    return Problem(message, code="200")


async def _find(tx: Tx, change: Change, reference: Reference, wire: str, catalogue: Catalogue) -> bool:
    """Look a target up, and remember it for the rules."""
    resource = catalogue.resources.get(reference.ref.kind)
    if resource is None:
        return False
    contract, id = change.unit.contract, _stored(change, reference.ref, wire, catalogue)
    if reference.ref.kept:  # so that nobody deletes it before the reference is committed
        await tx.run(SQL.share, contract=contract, id=id)
    row = await rows.find(tx, resource, contract, id)
    if row is None or row.deleting or not await sight.sees(tx, change.unit.order.principal, row):
        return False
    change.targets[reference.name] = row
    return True


def _stored(change: Change, ref: Ref, wire: str, catalogue: Catalogue) -> str:
    if not ref.scoped:
        return wire
    above = change.parent.root if change.parent else ""
    if ref.within:
        above = str(change.after.get(ref.within) or "")
    return catalogue[ref.kind].ids.stored(above, wire)
