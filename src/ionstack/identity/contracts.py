"""Contracts: the tenants, each with its owner, limits, settings and world clock.

Whatever changes the rights in a contract raises its `auth_epoch` in the same unit of work; every change
appends an event.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ionstack.engine.clock import Clock, Past, World
from ionstack.errors import Conflict, Duplicate, Invalid, NotFound
from ionstack.identity import events
from ionstack.identity.contract_limits import DEFAULT_LIMITS
from ionstack.identity.events import SYSTEM, Actor
from ionstack.identity.privileges import OWNER
from ionstack.identity.users import checked_email, find_user
from ionstack.store.port import Record, Store, Tx
from ionstack.store.statement import statements

SQL = statements("identity")
STORAGE = statements("objectstorage")

BILLABLE, SUSPENDED, CLOSED = "BILLABLE", "SUSPENDED", "CLOSED"
"""The status of a contract that lets its users in; a suspended and a closed one keep them out and keep all."""

STATUSES = (BILLABLE, SUSPENDED, CLOSED)

BEFORE_FIRST = 31_700_000
"""Contract numbers are counted up from the next one."""

MOST_NUMBER = 2**31 - 1
"""The header X-Contract-Number is an int32."""

REGISTRATION_DOMAIN = "ionos.de"

OBJECTS = (
    STORAGE.drop_replicas, STORAGE.drop_logs, STORAGE.drop_parts, STORAGE.drop_uploads, STORAGE.drop_versions,
    STORAGE.drop_usages, STORAGE.drop_buckets,
)  # fmt: skip
"""What drops the buckets of a contract, with all that is in them."""

_PARTS = (
    *OBJECTS,
    SQL.drop_worlds, SQL.drop_lane, SQL.drop_request, SQL.drop_resource, SQL.drop_tombstone, SQL.drop_reference,
    SQL.drop_allocation, SQL.drop_counter, SQL.drop_usage, SQL.drop_secret, SQL.drop_fault, SQL.drop_token,
    SQL.drop_group, SQL.drop_group_member, SQL.drop_share, SQL.drop_s3_key, SQL.drop_event, SQL.users_drop_lonely, SQL.users_bump_of, SQL.drop_membership, SQL.drop_master,
    SQL.drop_contract,
)  # fmt: skip
"""What goes with a contract. Users come before the memberships by which they are found."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A tenant. `limits` has the names of CloudAPI's resourceLimits; `created` is wall µs."""

    number: int
    name: str
    status: str
    owner: str
    owner_email: str
    master: int | None
    registration_domain: str
    limits: Mapping[str, int]
    settings: Mapping[str, Any]
    world: World
    temporary: bool
    created: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A contract to be made.

    Without `email` its owner is `owner@<number>.ionstack.local`; an existing user becomes its owner and
    keeps their password. `stored` is the hash for a new user. `number` adopts a given number; `master` is
    the reseller contract that may act for it.
    """

    stored: str
    email: str = ""
    number: int | None = None
    name: str = ""
    temporary: bool = False
    master: int | None = None
    registration_domain: str = REGISTRATION_DOMAIN
    limits: Mapping[str, int] | None = None
    settings: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Founded:
    """A contract just made and its owner; `new_user` tells whether they were made with it."""

    number: int
    user_id: str
    email: str
    new_user: bool


class Contracts:
    """Keeps contracts. Everything that names an unknown contract raises NotFound."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def create(
        self,
        draft: Draft,
        actor: Actor = SYSTEM,
        also: Callable[[Tx, Founded], Awaitable[None]] | None = None,
    ) -> Founded:
        """Make a contract with its owner, and do what `also` does, in one unit of work.

        Raises Invalid for a bad address, number or limit, Conflict for a number that is taken.
        """
        _check(draft)
        now = self._clock.wall()

        async def work(tx: Tx) -> Founded:
            founded = await found(tx, draft, now, actor)
            if also is not None:
                await also(tx, founded)
            return founded

        try:
            return await self._store.write(work)
        except Duplicate as taken:
            raise Conflict("The contract number or the user's address is already taken") from taken

    async def drop(self, number: int, actor: Actor = SYSTEM) -> None:
        """Remove a temporary contract with everything in it and every user that belongs nowhere else.

        Raises Conflict for a contract that is not temporary.
        """
        now = self._clock.wall()

        async def work(tx: Tx) -> None:
            await tx.one(SQL.contract_lock, number=number)
            if not (await get_contract(tx, number)).temporary:
                raise Conflict(f"The contract {number} is not temporary and cannot be dropped")
            for statement in _PARTS:
                await tx.run(statement, contract=number)
            await events.record(tx, actor, now, "delete", events.CONTRACT, (number, str(number)))

        await self._store.write(work)

    async def get(self, number: int) -> Contract:
        """A contract by its number."""

        async def work(tx: Tx) -> Contract:
            return await get_contract(tx, number)

        return await self._store.read(work)

    async def all(self) -> Sequence[Contract]:
        """Every contract, by number."""

        async def work(tx: Tx) -> Sequence[Contract]:
            return [_contract(record) for record in await tx.all(SQL.contracts)]

        return await self._store.read(work)

    async def set_settings(self, number: int, changes: Mapping[str, Any], actor: Actor = SYSTEM) -> None:
        """Change settings (`profile`, `rateLimit`, `basicAuthentication`); None goes back to the server's."""

        async def work(tx: Tx, contract: Contract) -> None:
            settings = {**contract.settings, **changes}
            kept = {name: value for name, value in settings.items() if value is not None}
            await tx.run(SQL.contract_settings, number=number, settings=_json(kept))

        await self._change(number, actor, work)

    async def set_limits(self, number: int, changes: Mapping[str, int], actor: Actor = SYSTEM) -> None:
        """Change limits. Raises Invalid for a limit that does not exist."""
        _check_limits(changes)

        async def work(tx: Tx, contract: Contract) -> None:
            limits = _json({**contract.limits, **changes})
            await tx.run(SQL.contract_limits, number=number, limits=limits)

        await self._change(number, actor, work)

    async def set_status(self, number: int, status: str, actor: Actor = SYSTEM) -> None:
        """Change the status; only a BILLABLE contract lets its users in."""

        async def work(tx: Tx, contract: Contract) -> None:
            await tx.run(SQL.contract_status, number=contract.number, status=status)

        await self._change(number, actor, work)

    async def set_world(self, number: int, world: World, actor: Actor = SYSTEM) -> None:
        """Set the world clock."""

        async def work(tx: Tx, contract: Contract) -> None:
            await set_world(tx, contract.number, world)

        await self._change(number, actor, work)

    async def _change(
        self, number: int, actor: Actor, change: Callable[[Tx, Contract], Awaitable[None]]
    ) -> None:
        now = self._clock.wall()

        async def work(tx: Tx) -> None:
            await tx.one(SQL.contract_lock, number=number)
            await change(tx, await get_contract(tx, number))
            await events.record(tx, actor, now, "update", events.CONTRACT, (number, str(number)))

        await self._store.write(work)


async def set_world(tx: Tx, number: int, world: World) -> None:
    """Set the world clock from a wall time on; what it was before is remembered."""
    clock = {"wall": world.wall, "world": world.world, "scale": world.scale}
    await tx.run(SQL.contract_world, number=number, **clock)
    await tx.run(SQL.world_forget, contract=number, wall=world.wall)
    await tx.run(SQL.world_add, contract=number, **clock)


async def get_past(tx: Tx, number: int) -> Past:
    """All that the world clock of a contract was set to."""
    return Past([World(*record) for record in await tx.all(SQL.worlds, contract=number)])


async def get_contract(tx: Tx, number: int) -> Contract:
    """A contract by its number. Raises NotFound."""
    record = await tx.one(SQL.contract_get, number=number)
    if record is None:
        raise NotFound(f"The contract {number} does not exist")
    return _contract(record)


async def found(tx: Tx, draft: Draft, now: int, actor: Actor) -> Founded:
    """Make a contract with its owner inside a unit of work."""
    number = draft.number if draft.number is not None else await _next_number(tx)
    email = checked_email(draft.email) if draft.email else f"owner@{number}.ionstack.local"
    if draft.master is not None:
        await prove_reseller(tx, draft.master, number)
    known = await find_user(tx, email)
    user_id = known.id if known else str(uuid.uuid4())
    if known:
        await tx.run(SQL.user_bump, id=user_id)
    else:
        await tx.run(
            SQL.user_add, id=user_id, email=email, firstname="", lastname="", password=draft.stored,
            forced=False, created=now, actor=actor.name, actor_id=actor.id,
        )  # fmt: skip
        await events.record(tx, actor, now, "create", events.USER, (number, user_id))
    await tx.run(
        SQL.contract_add, number=number, name=draft.name, status=BILLABLE, owner=user_id, master=draft.master,
        registration_domain=draft.registration_domain, limits=_json({**DEFAULT_LIMITS, **(draft.limits or {})}),
        settings=_json(draft.settings or {}), temporary=draft.temporary, created=now,
    )  # fmt: skip
    await tx.run(SQL.membership_add, user=user_id, contract=number, role=OWNER)
    await events.record(tx, actor, now, "create", events.CONTRACT, (number, str(number)))
    return Founded(number, user_id, email, known is None)


async def prove_reseller(tx: Tx, master: int, number: int) -> None:
    """That a contract may become the master of another. Raises NotFound or Invalid: there is but one level."""
    above = await get_contract(tx, master)
    record = await tx.one(SQL.contract_subs, number=number)
    if master == number or above.master is not None or (record is not None and record[0]):
        raise Invalid("A master contract is none's sub-contract, and a sub-contract has none of its own")


async def _next_number(tx: Tx) -> int:
    while True:
        record = await tx.one(SQL.count_up, name="contract")
        number = BEFORE_FIRST + (int(record[0]) if record else 0)
        if await tx.one(SQL.contract_owner, number=number) is None:
            return number


def _check(draft: Draft) -> None:
    if draft.email:
        checked_email(draft.email)
    if draft.number is not None and not 0 < draft.number <= MOST_NUMBER:
        raise Invalid(f"A contract number is a whole number from 1 to {MOST_NUMBER}")
    _check_limits(draft.limits or {})


def _check_limits(limits: Mapping[str, int]) -> None:
    unknown = sorted(limits.keys() - DEFAULT_LIMITS.keys())
    if unknown:
        raise Invalid(*(f"There is no limit '{name}'" for name in unknown))


def _contract(record: Record) -> Contract:
    number, name, status, owner, email, master, domain, limits, settings, *rest = record
    wall, world, scale, temporary, created = rest
    return Contract(
        number, name, status, owner, email, master, domain, orjson.loads(limits), orjson.loads(settings),
        World(wall, world, scale), bool(temporary), created,
    )  # fmt: skip


def _json(document: Mapping[str, Any]) -> str:
    return orjson.dumps(document).decode()
