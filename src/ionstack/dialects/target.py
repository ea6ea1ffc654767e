"""The resource that a path names.

A resource is found only under the parents that it is in: the ids before its own in the path must be its
lineage, otherwise it is NotFound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from ionstack.catalogue.operation import Call
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import View
from ionstack.engine import rows, sight
from ionstack.engine.row import Row
from ionstack.engine.unit import Unit
from ionstack.errors import NotFound
from ionstack.store.port import Tx

if TYPE_CHECKING:
    from ionstack.engine.engine import Engine


class Target:
    """What the paths of a view name."""

    def __init__(self, view: View) -> None:
        self.view = view

    def stored_id(self, call: Call) -> str:
        """The stored id of the resource that the path names."""
        ids, values = self.view.resource.ids, [call.path[name] for name in self.view.parameters]
        if ids.scheme == "natural":
            return "/".join(values)
        *above, own = values
        return ids.stored(above[-1].lower() if above else "", own.lower() if ids.scheme == "uuid" else own)

    async def find(self, tx: Tx, call: Call) -> Row:
        row = await rows.get(tx, self.view.resource, call.principal.contract, self.stored_id(call))
        self._prove_lineage(row, call)
        await sight.prove_seen(tx, call.principal, row)
        return row

    async def changeable(self, tx: Tx, call: Call) -> Row:
        """The same, for a caller who may change it: what is read here lets in."""
        row = await self.find(tx, call)
        await sight.prove_changeable(tx, call.principal, row)
        return row

    async def recall(self, engine: Engine, call: Call) -> Row:
        """The same, without a transaction for whoever sees everything."""
        row = await engine.recall.get(self.view.resource, call.principal.contract, self.stored_id(call))
        self._prove_lineage(row, call)
        if sight.viewer(call.principal):
            await engine.read(lambda tx: sight.prove_seen(tx, call.principal, row))
        return row

    async def open(self, unit: Unit, call: Call) -> Row:
        row = await unit.open(self.view.resource, self.stored_id(call))
        self._prove_lineage(row, call)
        await sight.prove_changeable(unit.tx, call.principal, row)
        return row

    def _prove_lineage(self, row: Row, call: Call) -> None:
        """A resource is found only under the parents that it is in."""
        if self.view.resource.ids.scheme == "natural":
            return
        above = "/".join(quote(call.path[name].lower(), safe="") for name in self.view.parameters[:-1])
        if row.lineage != above:
            raise NotFound

    async def parent(self, tx: Tx, call: Call) -> Row | None:
        found = self._parent_of(call)
        if found is None:
            return None
        parent = await rows.get(tx, found[0], call.principal.contract, found[1])
        self._prove_parent(parent, call)
        await sight.prove_seen(tx, call.principal, parent)
        return parent

    async def open_parent(self, unit: Unit, call: Call) -> Row | None:
        found = self._parent_of(call)
        if found is None:
            return None
        parent = await unit.open(*found)
        self._prove_parent(parent, call)
        await sight.prove_changeable(unit.tx, call.principal, parent)
        return parent

    def _parent_of(self, call: Call) -> tuple[Resource, str] | None:
        """The resource that the path says the collection is in, and its stored id."""
        resource = self.view.parent
        if resource is None:
            return None
        above = [call.path[name].lower() for name in self.view.parameters[:-1]]
        return resource, resource.ids.stored(above[-2] if len(above) > 1 else "", above[-1])

    def _prove_parent(self, parent: Row, call: Call) -> None:
        above = "/".join(quote(call.path[name].lower(), safe="") for name in self.view.parameters[:-2])
        if parent.lineage != above:
            raise NotFound
