"""What an operator does to a whole contract: start it over, change its terms, drop it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from ionstack.control.faults import hold
from ionstack.engine.clock import SECOND, World
from ionstack.errors import Conflict, Invalid, Problem
from ionstack.identity import events
from ionstack.identity.contracts import OBJECTS, get_contract, prove_reseller, set_world
from ionstack.identity.events import SYSTEM, Actor
from ionstack.store.port import Store, Tx
from ionstack.store.statement import statements

SQL, FAULT, IDENTITY = statements("control"), statements("fault"), statements("identity")

LAST = 250_000_000_000 * SECOND
"""The end of world time, in the year 9892: dates have four digits."""

_CONTENT = (
    *OBJECTS,
    SQL.drop_resource_secrets, IDENTITY.drop_lane, IDENTITY.drop_request, IDENTITY.drop_resource,
    IDENTITY.drop_tombstone, IDENTITY.drop_reference, IDENTITY.drop_allocation, IDENTITY.drop_counter,
    IDENTITY.drop_usage, IDENTITY.drop_fault, IDENTITY.drop_event, IDENTITY.drop_group,
    IDENTITY.drop_group_member, IDENTITY.drop_share, IDENTITY.users_bump_of,
)  # fmt: skip
"""What is in a contract besides its users, their tokens and its terms."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Changes of a contract. A setting that is None goes back to the server's; `advance` is in µs.

    A `master` of 0 makes the contract nobody's; with None it stays as it is, as status and name do.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    status: str | None = None
    name: str | None = None
    master: int | None = None
    advance: int = 0
    scale: float | None = None

    @property
    def moves_clock(self) -> bool:
        return bool(self.advance) or self.scale is not None


async def reset(store: Store, number: int, wall: int, actor: Actor = SYSTEM) -> None:
    """Empty a contract at a wall time (µs): no resources, requests, groups, events or faults; its clock is right again.

    Users, their tokens and keys, limits and settings stay, and the event that says so. Raises NotFound.
    """

    async def work(tx: Tx) -> None:
        await hold(tx, number)
        for statement in _CONTENT:
            await tx.run(statement, contract=number)
        await set_world(tx, number, World())
        await tx.run(FAULT.count, contract=number)
        await events.record(tx, actor, wall, "reset", events.CONTRACT, (number, str(number)))

    await store.write(work)


async def change(store: Store, number: int, terms: Terms, wall: int, actor: Actor) -> None:
    """Change the terms of a contract at a wall time (µs), all of them at once. Raises NotFound, Invalid."""

    async def work(tx: Tx) -> None:
        await hold(tx, number)
        contract = await get_contract(tx, number)
        if terms.settings:
            settings = {**contract.settings, **terms.settings}
            kept = {name: value for name, value in settings.items() if value is not None}
            await tx.run(IDENTITY.contract_settings, number=number, settings=_json(kept))
        if terms.limits:
            await tx.run(
                IDENTITY.contract_limits, number=number, limits=_json({**contract.limits, **terms.limits})
            )
        if terms.status is not None:
            await tx.run(IDENTITY.contract_status, number=number, status=terms.status)
        if terms.name is not None:
            await tx.run(IDENTITY.contract_name, number=number, name=terms.name)
        if terms.master is not None:
            if terms.master:
                await prove_reseller(tx, terms.master, number)
            await tx.run(IDENTITY.contract_master, number=number, master=terms.master or None)
        if terms.moves_clock:
            await set_world(tx, number, _moved(contract.world, wall, terms))
        await events.record(tx, actor, wall, "update", events.CONTRACT, (number, str(number)))

    await store.write(work)


async def make_droppable(store: Store, number: int, first: int) -> None:
    """Let a lasting contract be dropped. Raises NotFound, or Conflict for the first one, which a server needs."""
    if number == first:
        raise Conflict(f"The contract {number} is the server's first and cannot be dropped; it can be reset")

    async def work(tx: Tx) -> None:
        await get_contract(tx, number)
        await tx.run(SQL.make_temporary, contract=number)

    await store.write(work)


def _moved(world: World, wall: int, terms: Terms) -> World:
    moved = world.moved(wall, by=terms.advance, scale=terms.scale)
    if moved.world > LAST:
        raise Invalid(Problem("The clock would go beyond the year 9892", "(root).clock.advanceSeconds"))
    return moved


def _json(document: Mapping[str, Any]) -> str:
    return orjson.dumps(document).decode()
