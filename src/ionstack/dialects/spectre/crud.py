"""The operations of the newer services: list, create, get, ensure (PUT), update (PATCH), delete."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from ionstack.catalogue.operation import Answer, Call
from ionstack.catalogue.properties import secrets
from ionstack.catalogue.view import Paging, View
from ionstack.dialects.carry import carry_out
from ionstack.dialects.cloudapi import schemas
from ionstack.dialects.page import page
from ionstack.dialects.query import search
from ionstack.dialects.spectre import render
from ionstack.dialects.target import Target
from ionstack.dialects.text import body
from ionstack.engine import rows, sight
from ionstack.engine.row import Row
from ionstack.engine.unit import Unit
from ionstack.engine.validation import Validator
from ionstack.errors import BadRequest, Conflict, Duplicate, NotFound
from ionstack.store.port import Tx

if TYPE_CHECKING:
    from ionstack.app import Cloud

PAGING = Paging(limit=100, most=1000)


class Crud:
    """The operations of one view. A resource is seen only in the region it was made in."""

    def __init__(self, view: View) -> None:
        self.view, self.target = view, Target(view)

    async def list(self, cloud: Cloud, call: Call) -> Answer:
        """A page of the region's resources."""
        wanted = page(call.query, self.view.paging or PAGING)

        async def work(tx: Tx) -> Sequence[Row]:
            parent = _parent_here(await self.target.parent(tx, call), call)
            asked = search(
                call.query, self.view, call.principal.contract, parent.id if parent else "", wanted,
                region=call.region, viewer="" if parent else sight.viewer(call.principal),
            )  # fmt: skip
            return await cloud.engine.recall.search(tx, asked)

        found = await cloud.engine.read(work)
        return Answer(200, body(render.collection(self.view, found, wanted, call)))

    async def get(self, cloud: Cloud, call: Call) -> Answer:
        """One resource."""
        row = await self.target.recall(cloud.engine, call)
        return self._shown(_here(row, call))

    async def create(self, cloud: Cloud, call: Call) -> Answer:
        """POST: 201 with the resource."""
        self._creation.check(call.body)

        async def work(unit: Unit) -> list[Row]:
            return [await self._create(unit, call, "")]

        made = await carry_out(cloud, call, self.view.resource, work)
        return self._shown(made.rows[0], 201)

    async def ensure(self, cloud: Cloud, call: Call) -> Answer:
        """PUT: 200 when the resource was changed, 201 when it was created under the given id."""
        self._creation.check(call.body)
        id = _uuid(call.path[self.view.parameters[-1]])
        found: list[bool] = []

        async def work(unit: Unit) -> list[Row]:
            known = await rows.find(unit.tx, self.view.resource, unit.contract, id)
            found[:] = [known is not None]
            if known is None:
                return [await self._create(unit, call, id)]
            row = _here(await self.target.open(unit, call), call)
            path = "(root).properties"
            return [
                await unit.update(self.view.resource, row, call.body["properties"], replace=True, path=path)
            ]

        try:
            made = await carry_out(cloud, call, self.view.resource, work)
        except Duplicate:  # ids are unique in a contract, whatever they name and wherever it is
            raise Conflict(f"The id '{id}' is in use by another resource") from None
        return self._shown(made.rows[0], 200 if found[0] else 201)

    async def update(self, cloud: Cloud, call: Call) -> Answer:
        """PATCH: the body's properties change, the others stay."""
        self._patch.check(call.body)

        async def work(unit: Unit) -> list[Row]:
            row = _here(await self.target.open(unit, call), call)
            path = "(root).properties"
            return [
                await unit.update(self.view.resource, row, call.body["properties"], replace=False, path=path)
            ]

        made = await carry_out(cloud, call, self.view.resource, work)
        return self._shown(made.rows[0])

    async def delete(self, cloud: Cloud, call: Call) -> Answer:
        """DELETE: 202 without a body."""

        async def work(unit: Unit) -> list[Row]:
            row = _here(await self.target.open(unit, call), call)
            return [await unit.delete(self.view.resource, row)]

        await carry_out(cloud, call, self.view.resource, work)
        return Answer(202)

    async def _create(self, unit: Unit, call: Call, id: str) -> Row:
        parent = _parent_here(await self.target.open_parent(unit, call), call)
        sent = call.body["properties"]
        return await unit.create(self.view.resource, sent, parent=parent, region=call.region, id=id)

    def _shown(self, row: Row, status: int = 200) -> Answer:
        return Answer(status, body(render.item(self.view, row)))

    @cached_property
    def _secrets(self) -> frozenset[str]:
        return secrets(self.view.resource.properties)

    @cached_property
    def _creation(self) -> Validator:
        return Validator(_enveloped(schemas.sent(self.view, creating=True, required=True)), self._secrets)

    @cached_property
    def _patch(self) -> Validator:
        return Validator(_enveloped(schemas.sent(self.view, creating=False, required=False)), self._secrets)


def _enveloped(properties: schemas.Schema) -> schemas.Schema:
    return {"type": "object", "required": ["properties"], "properties": {"properties": properties}}


def _here(row: Row, call: Call) -> Row:
    if row.region != call.region:
        raise NotFound
    return row


def _parent_here(parent: Row | None, call: Call) -> Row | None:
    return None if parent is None else _here(parent, call)


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise BadRequest(f"'{text[:64]}' is no UUID, and a resource can only be created under one") from None
