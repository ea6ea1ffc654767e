"""The unit of work: everything one call changes, in one transaction.

Rules, references, quotas, allocations, resource rows, the request and the events are written together or
not at all. A unit runs inside `Store.write` and awaits nothing but its transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ionstack.catalogue.ids import new_uuid
from ionstack.catalogue.registry import Catalogue
from ionstack.catalogue.resource import Resource
from ionstack.engine import documents, merge, references, rows, secrets, sight, usage
from ionstack.engine.change import Change
from ionstack.engine.order import Order
from ionstack.engine.row import Row
from ionstack.engine.step import ABSENT, ENSURE, Step
from ionstack.errors import Forbidden, Invalid, Problem
from ionstack.store.port import Tx, Value
from ionstack.store.statement import statements

if TYPE_CHECKING:
    from ionstack.engine.engine import Engine

SQL = statements("resource")


class Unit:
    """One unit of work on behalf of one order. `steps` is the plan that its changes amount to."""

    def __init__(self, engine: Engine, tx: Tx, order: Order) -> None:
        self.engine, self.tx, self.order = engine, tx, order
        self.contract = order.principal.contract
        self.steps: list[Step] = []
        self.created: set[str] = set()
        self.roots: dict[str, None] = {}
        self._events: list[Mapping[str, Value]] = []

    async def open(self, resource: Resource, id: str) -> Row:
        """The row of a resource that a client is to change or add to.

        NotFound, Forbidden if it is protected, or Invalid while it is deleted or belongs to another resource.
        """
        row = await rows.lock(self.tx, resource, self.contract, id)
        await sight.prove_open(self.tx, self.order.principal, row)
        if row.deleting:
            raise Invalid("The resource is being deleted and cannot be changed", code="200")
        for name, refusal in resource.guards.items():
            if documents.load(row.internal).get(name):
                raise Invalid(refusal, code="200")
        return row

    async def create(
        self,
        resource: Resource,
        sent: Mapping[str, Any],
        *,
        parent: Row | None = None,
        region: str = "",
        id: str = "",
        created: int | None = None,
        inner: Mapping[str, Any] | None = None,
        path: str = "(root).properties",
    ) -> Row:
        """Create a resource; Invalid lists every broken rule.

        `id` and `created` (world time, µs) adopt what is given, as a restore or an import does; `inner` are
        internal properties.
        """
        self.prove_privilege(resource.privilege)
        id = id or await self._new_id(resource, parent, sent, path)
        after = {**merge.created(resource, sent), **(inner or {})}
        change = Change(self, "create", resource, id, None, parent, region, {}, after, sent, path)
        await self._prove(change)
        row = await self._insert(change, self.order.world if created is None else created)
        await references.record(self.tx, change)
        await secrets.keep(change)
        await self._finish(change, row)
        return row

    async def update(
        self,
        resource: Resource,
        row: Row,
        sent: Mapping[str, Any],
        *,
        replace: bool = False,
        path: str = "(root)",
        inner: Mapping[str, Any] | None = None,
        verb: str = "",
    ) -> Row:
        """Change a resource; Invalid as for create.

        `replace` puts what is not sent back to its default. `inner` are internal properties. `verb` is what
        life cycles and events call a special change (`start`, `attach`).
        """
        self._prove_own(row)
        before = documents.desired(resource, row)
        after = (merge.replaced if replace else merge.patched)(resource, before, sent) | dict(inner or {})
        parent = await self._parent(row)
        change = Change(
            self, "update", resource, row.id, row, parent, row.region, before, after, sent, path, verb
        )
        _refuse(merge.immutable(change))
        await self._prove(change)
        changed = await self._update(change, row)
        await references.record(self.tx, change)
        await secrets.keep(change)
        await self._finish(change, changed)
        return changed

    async def derive(self, resource: Resource, row: Row, values: Mapping[str, Any]) -> Row:
        """Write read-only properties that follow from another resource's change; no step, no rules."""
        merged = {**documents.desired(resource, row), **values}
        after = {n: v for n, v in merged.items() if not (v is None and resource.fields[n].omit_null)}
        desired, internal = merge.texts(resource, after)
        if (desired, internal) == (row.desired, row.internal):
            return row
        await self.tx.run(SQL.rewrite, desired=desired, internal=internal, **_key(row))
        before, parent = documents.desired(resource, row), await self._parent(row)
        await usage.shift(self.tx, resource, self.contract, before, after)
        await references.record(
            self.tx, Change(self, "update", resource, row.id, row, parent, row.region, before, after, {})
        )
        return row._replace(desired=desired, internal=internal, version=row.version + 1)

    async def delete(self, resource: Resource, row: Row) -> Row:
        """Mark a resource and everything in it for deletion; plain records go at once."""
        self._prove_own(row)
        before = documents.desired(resource, row)
        parent = await self._parent(row)
        change = Change(self, "delete", resource, row.id, row, parent, row.region, before, {}, {}, "(root)")
        await self._prove(change)
        if not resource.capability:
            await bury(self.engine.catalogue, self.tx, row, self.order.world)
        else:
            await self.tx.run(SQL.set_deleting, deleting=True, **_key(row))
            await self.tx.run(
                SQL.mark_deleting, state=resource.lifecycle.deleting, **self._actor(), **_key(row)
            )
        await self._tell_of_the_inside(row)
        gone = row._replace(deleting=True, state=resource.lifecycle.deleting, pending=row.pending + 1)
        await self._finish(change, gone)
        return gone

    def prove_privilege(self, name: str) -> None:
        """Forbidden for a caller who lacks a privilege; the empty name is one that everybody has."""
        if name and name not in self.order.principal.privileges:
            raise Forbidden(f"Access Denied: the user needs the privilege {name}")

    async def allocate(self, pool: str, value: str, resource: str) -> bool:
        """Take a value of a pool for a resource; False if it is taken."""
        taken = await self.tx.run(
            SQL.allocate, pool=pool, value=value, contract=self.contract, resource=resource
        )
        return taken == 1

    async def release(self, resource: str, value: str) -> None:
        """Give a value back that a resource had of any pool."""
        await self.tx.run(SQL.release, contract=self.contract, resource=resource, value=value)

    async def count_at_least(self, name: str, value: int) -> None:
        """Let a counter go on from a value, if it is not beyond it."""
        await self.tx.run(SQL.count_at_least, contract=self.contract, name=name, value=value)

    async def count_up(self, name: str, step: int = 1, contract: int | None = None) -> int:
        """The next value of a counter, which never goes back."""
        owner = self.contract if contract is None else contract
        record = await self.tx.one(SQL.count_up, contract=owner, name=name, step=step)
        assert record is not None  # noqa: S101  RETURNING always returns
        return int(record[0])

    async def write_events(self) -> None:
        """Append what happened to the change stream."""
        await self.tx.many(SQL.event_add, self._events)
        self._events = []

    def _prove_own(self, row: Row) -> None:
        if row.contract != self.contract:
            raise Forbidden("The resource belongs to the vendor and cannot be changed")

    async def _new_id(
        self, resource: Resource, parent: Row | None, sent: Mapping[str, Any], path: str
    ) -> str:
        ids, above = resource.ids, parent.id if parent else ""
        if ids.scheme == "uuid":
            return new_uuid(self.order.wall)
        if ids.scheme == "sequential":
            return ids.stored(above, str(await self.count_up(f"{above}/{ids.collection}")))
        id = ids.stored(above, str(sent[ids.key]))
        if await rows.find(self.tx, resource, self.contract, id):
            raise Invalid(Problem(f"The {ids.key} '{sent[ids.key]}' is already in use", f"{path}.{ids.key}"))
        return id

    async def _prove(self, change: Change) -> None:
        """Hold the change against references and limits, derive what follows, then ask every rule.

        Limits come before derivations, so that nobody can have a million addresses looked for, and again
        after them for what is derived. The bounds of one resource come last: rules say what is wrong more
        clearly.
        """
        resource = change.resource
        for prepare in resource.preparations:
            await prepare(change)
        if change.action == "delete":
            _refuse(await references.hindrances(self.tx, change))
            _refuse(await _broken(change))
            return
        sight.prove_protecting(change)
        _refuse(await references.dangling(self.tx, change, self.engine.catalogue))
        tally = usage.Tally(self.tx, change, self.contract)
        await tally.begin()
        for derive in resource.derivations:
            await derive(change)
        await tally.count()
        _refuse(await _broken(change))
        await tally.prove_bounds()

    async def _insert(self, change: Change, world: int) -> Row:
        resource, parent = change.resource, change.parent
        lineage = "" if parent is None else _line(parent, self.engine.catalogue[parent.kind])
        desired, internal = merge.texts(resource, change.after)
        row = Row(
            ordinal=0, contract=self.contract, id=change.id, kind=resource.kind,
            parent=parent.id if parent else "", root=parent.root if parent else change.id, lineage=lineage,
            region=change.region, shape=resource.shape, revision=1, reached=0, version=1,
            state=resource.lifecycle.creating, pending=1 if resource.capability else 0, deleting=False,
            created=world, created_by=self.order.principal.email, created_by_id=self.order.principal.user_id,
            modified=world, modified_by=self.order.principal.email,
            modified_by_id=self.order.principal.user_id, desired=desired,
            internal=internal, observed=merge.observed(resource),
        )  # fmt: skip
        record = await self.tx.one(
            SQL.insert, contract=row.contract, id=row.id, kind=row.kind, parent=row.parent, root=row.root,
            lineage=row.lineage, region=row.region, shape=row.shape, state=row.state, pending=row.pending,
            protected=_protected(change), created=world, actor=row.created_by,
            actor_id=row.created_by_id, desired=desired, internal=internal, observed=row.observed,
        )  # fmt: skip
        assert record is not None  # noqa: S101
        self.created.add(row.id)
        return row._replace(ordinal=record[0])

    async def _update(self, change: Change, row: Row) -> Row:
        resource, actor = change.resource, self._actor()
        desired, internal = merge.texts(resource, change.after)
        state = resource.lifecycle.during(change.word)
        await self.tx.run(
            SQL.update,
            desired=desired,
            internal=internal,
            shape=resource.shape,
            state=state,
            pending=1 if resource.capability else 0,
            protected=_protected(change),
            **actor,
            **_key(row),
        )
        return row._replace(
            desired=desired, internal=internal, shape=resource.shape, state=state, revision=row.revision + 1,
            version=row.version + 1, pending=row.pending + (1 if resource.capability else 0),
            modified=self.order.world, modified_by=self.order.principal.email,
            modified_by_id=self.order.principal.user_id,
        )  # fmt: skip

    async def _finish(self, change: Change, row: Row) -> None:
        """What every change leaves: effects, a step for the driver, an event."""
        for effect in change.resource.effects:
            await effect(change)
        self.roots[row.root] = None
        if change.resource.capability:
            action = ABSENT if change.action == "delete" else ENSURE
            self.steps.append(Step(action, change.word, row.kind, row.id, row.lineage))
        principal = self.order.principal
        self._events.append(
            {
                "contract": self.contract,
                "at": self.order.wall,
                "actor": principal.user_id,
                "actor_name": principal.email,
                "address": self.order.address,
                "request_id": self.order.call_id,
                "action": change.word,
                "kind": row.kind,
                "resource": row.id,
                "revision": row.revision,
            }
        )

    async def _tell_of_the_inside(self, row: Row) -> None:
        """Let what goes along with a deleted resource have its effects on what stays."""
        for id, kind, *_ in await self.tx.all(SQL.subtree, **_key(row)):
            resource = self.engine.catalogue[kind]
            if id == row.id or not resource.effects:
                continue
            inside = await rows.get(self.tx, resource, self.contract, id)
            before = documents.desired(resource, inside)
            parent = await self._parent(inside)
            change = Change(
                self, "delete", resource, id, inside, parent, inside.region, before, {}, {}, "(root)"
            )
            for effect in resource.effects:
                await effect(change)

    async def _parent(self, row: Row) -> Row | None:
        if not row.parent:
            return None
        record = await self.tx.one(SQL.get, contract=self.contract, id=row.parent)
        return None if record is None else Row._make(record)

    def _actor(self) -> dict[str, Value]:
        principal = self.order.principal
        return {"modified": self.order.world, "actor": principal.email, "actor_id": principal.user_id}


async def bury(catalogue: Catalogue, tx: Tx, row: Row, world: int) -> None:
    """Turn a resource and everything in it into tombstones, and give back what they held."""
    key = _key(row)
    for _, kind, desired, internal in await tx.all(SQL.subtree, **key):
        await usage.release(tx, catalogue[kind], row.contract, desired, internal)
    for statement in (SQL.references_bury, SQL.allocations_bury, SQL.secrets_bury, SQL.shares_bury):
        await tx.run(statement, **key)
    await tx.run(SQL.bury, deleted=world, **key)
    await tx.run(SQL.remove, **key)


async def _broken(change: Change) -> list[Problem]:
    """What the rules have against a change."""
    return [problem for rule in change.resource.rules if (problem := await rule(change))]


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise Invalid(*problems)


def _protected(change: Change) -> bool:
    return bool(change.resource.protection and change.after.get(change.resource.protection))


def _key(row: Row) -> dict[str, Value]:
    return {"contract": row.contract, "id": row.id}


def _line(parent: Row, resource: Resource) -> str:
    own = quote(resource.ids.wire(parent.id), safe="")
    return f"{parent.lineage}/{own}" if parent.lineage else own
