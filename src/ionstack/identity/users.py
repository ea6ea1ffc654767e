"""Users, and the contracts they belong to.

Whatever changes somebody's rights raises their `auth_epoch` in the same unit of work, and appends an event.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ionstack.engine.clock import Clock
from ionstack.errors import Conflict, Duplicate, Invalid, NotFound
from ionstack.identity import events
from ionstack.identity.events import SYSTEM, Actor
from ionstack.identity.passwords import Passwords
from ionstack.identity.privileges import ROLES
from ionstack.store.port import Store, Tx, Value
from ionstack.store.statement import statements

SQL = statements("identity")

INITIAL_PASSWORD = "password"  # noqa: S105  the name of a field
"""The field under which a generated first password is kept, encrypted, until it is changed."""

_EMAIL = re.compile(r"[^\s@:\x00-\x1f\x7f]+@[^\s@:\x00-\x1f\x7f]+")
_LONGEST_EMAIL = 254
_LONGEST_PASSWORD = 1024


@dataclass(frozen=True, slots=True)
class User:
    """An account. Instants are wall µs; `password` is its hash."""

    id: str
    email: str
    firstname: str
    lastname: str
    password: str
    active: bool
    second_factor_active: bool
    second_factor_forced: bool
    auth_epoch: int
    created: int
    last_login: int | None


@dataclass(frozen=True, slots=True)
class Membership:
    """A user's place in a contract, and that contract's status."""

    contract: int
    role: str
    status: str


@dataclass(frozen=True, slots=True)
class Member:
    """A user as one of a contract's."""

    user_id: str
    email: str
    role: str


def folded(email: str) -> str:
    """An e-mail address as the store compares it."""
    return email.strip().lower()


def is_email(email: str) -> bool:
    """Whether a folded text may be a user name: any `x@y`, without the colon that ends it in Basic."""
    return len(email) <= _LONGEST_EMAIL and _EMAIL.fullmatch(email) is not None


def checked_email(email: str) -> str:
    """The address, folded. Raises Invalid if it is none."""
    address = folded(email)
    if not is_email(address):
        raise Invalid("A user name has the form x@y, without spaces and colons, and at most 254 characters")
    return address


class Users:
    """Keeps users and memberships. Everything that names an unknown user raises NotFound."""

    def __init__(self, store: Store, clock: Clock, passwords: Passwords) -> None:
        self._store, self._clock, self._passwords = store, clock, passwords

    async def get(self, id: str) -> User:
        """A user by id."""

        async def work(tx: Tx) -> User:
            return await get_user(tx, id)

        return await self._store.read(work)

    async def find(self, email: str) -> User | None:
        """A user by e-mail address, in any case."""
        address = folded(email)
        if not is_email(address):
            return None

        async def work(tx: Tx) -> User | None:
            return await find_user(tx, address)

        return await self._store.read(work)

    async def memberships(self, id: str) -> Sequence[Membership]:
        """The contracts of a user, by number."""

        async def work(tx: Tx) -> Sequence[Membership]:
            return await memberships(tx, id)

        return await self._store.read(work)

    async def of_contract(self, contract: int) -> Sequence[Member]:
        """The users of a contract, eldest first."""

        async def work(tx: Tx) -> Sequence[Member]:
            return [Member(*record) for record in await tx.all(SQL.members, contract=contract)]

        return await self._store.read(work)

    async def create(
        self,
        contract: int,
        email: str,
        password: str,
        role: str,
        *,
        firstname: str = "",
        lastname: str = "",
        forced: bool = False,
        actor: Actor = SYSTEM,
    ) -> User:
        """Make a user of a contract; `forced` demands a second factor of them.

        Raises Invalid, NotFound for an unknown contract, Conflict for a taken address.
        """
        address, stored = checked_email(email), await self.hashed(password)
        _check_role(role)
        now, id = self._clock.wall(), str(uuid.uuid4())

        async def work(tx: Tx) -> User:
            await _check_contract(tx, contract)
            await tx.run(
                SQL.user_add, id=id, email=address, firstname=firstname, lastname=lastname, password=stored,
                forced=forced, created=now, actor=actor.name, actor_id=actor.id,
            )  # fmt: skip
            await tx.run(SQL.membership_add, user=id, contract=contract, role=role)
            await events.record(tx, actor, now, "create", events.USER, (contract, id))
            return await get_user(tx, id)

        try:
            return await self._store.write(work)
        except Duplicate as taken:
            raise Conflict(f"The user {address} exists already") from taken

    async def set_role(self, id: str, contract: int, role: str | None, actor: Actor = SYSTEM) -> None:
        """Take a user into a contract, give them another role in it, or (None) take them out.

        Raises NotFound for an unknown contract, Invalid for an unknown role or the contract's owner.
        """
        if role is not None:
            _check_role(role)

        async def work(tx: Tx) -> None:
            if await _check_contract(tx, contract) == id:
                raise Invalid("The owner's place in a contract cannot be changed")
            place: dict[str, Value] = {"user": id, "contract": contract}
            if role is None:
                await tx.run(SQL.membership_drop, **place)
            elif not await tx.run(SQL.membership_role, role=role, **place):
                await tx.run(SQL.membership_add, role=role, **place)
            await tx.run(SQL.user_bump, id=id)

        await self._change(id, actor, work, also=contract)

    async def set_password(self, id: str, password: str, actor: Actor = SYSTEM) -> None:
        """Give a user another password; their tokens stay good. Raises Invalid."""
        stored = await self.hashed(password)

        async def work(tx: Tx) -> None:
            for place in await memberships(tx, id):
                await tx.run(SQL.secret_drop, contract=place.contract, resource=id, field=INITIAL_PASSWORD)
            await tx.run(SQL.user_password, id=id, password=stored)

        await self._change(id, actor, work)

    async def set_active(self, id: str, active: bool, actor: Actor = SYSTEM) -> None:
        """Let a user in, or keep them out."""

        async def work(tx: Tx) -> None:
            await tx.run(SQL.user_active, id=id, active=active)

        await self._change(id, actor, work)

    async def force_second_factor(self, id: str, forced: bool, actor: Actor = SYSTEM) -> None:
        """Demand a second factor of a user, or no longer."""

        async def work(tx: Tx) -> None:
            await tx.run(SQL.second_factor_force, id=id, forced=forced)

        await self._change(id, actor, work)

    async def note_login(self, user: User, password: str) -> str:
        """Remember that a user came in with their password, and renew its hash if that is due; the hash."""
        now, stored = self._clock.wall(), user.password
        renewed = await self._passwords.hash(password) if self._passwords.outdated(stored) else stored

        async def work(tx: Tx) -> None:
            await tx.run(SQL.user_login, id=user.id, now=now)
            if renewed != stored:
                await tx.run(SQL.user_rehash, id=user.id, password=renewed, stored=stored)

        await self._store.write(work)
        return renewed

    async def hashed(self, password: str) -> str:
        """The slow hash of a password that somebody chose. Raises Invalid if it is empty or too long."""
        if not 0 < len(password) <= _LONGEST_PASSWORD:
            raise Invalid(f"A password has from 1 to {_LONGEST_PASSWORD} characters")
        return await self._passwords.hash(password)

    async def _change(
        self, id: str, actor: Actor, change: Callable[[Tx], Awaitable[None]], also: int | None = None
    ) -> None:
        now = self._clock.wall()

        async def work(tx: Tx) -> None:
            await get_user(tx, id)
            await change(tx)
            await record_change(tx, actor, now, id, also)

        await self._store.write(work)


async def record_change(tx: Tx, actor: Actor, now: int, id: str, also: int | None = None) -> None:
    """Append that a user was changed, for each of their contracts and the contract `also`."""
    contracts = {place.contract for place in await memberships(tx, id)} | (
        {also} if also is not None else set()
    )
    await events.record(
        tx, actor, now, "update", events.USER, *((contract, id) for contract in sorted(contracts))
    )


async def get_user(tx: Tx, id: str) -> User:
    """A user by id. Raises NotFound."""
    record = await tx.one(SQL.user_get, id=id)
    if record is None:
        raise NotFound("The user does not exist")
    return User(*record)


async def find_user(tx: Tx, address: str) -> User | None:
    """A user by folded address."""
    record = await tx.one(SQL.user_by_email, email=address)
    return None if record is None else User(*record)


async def memberships(tx: Tx, id: str) -> Sequence[Membership]:
    """The contracts of a user, by number."""
    return [Membership(*record) for record in await tx.all(SQL.memberships, user=id)]


async def _check_contract(tx: Tx, number: int) -> str:
    """The id of a contract's owner. Raises NotFound."""
    record = await tx.one(SQL.contract_owner, number=number)
    if record is None:
        raise NotFound(f"The contract {number} does not exist")
    return str(record[0])


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise Invalid(f"The role '{role}' is not one of {', '.join(ROLES)}")
