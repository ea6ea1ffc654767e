"""A contract's users as an administrator sees and changes them.

A user may belong to several contracts. What is theirs in all of them (address, names, password, whether they
are let in) may be changed from one only while it is their only one, or by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ionstack.errors import Forbidden, Invalid, NotFound, Problem
from ionstack.identity import events
from ionstack.identity.events import Actor
from ionstack.identity.privileges import ADMINISTRATOR, OWNER, USER
from ionstack.identity.users import INITIAL_PASSWORD, find_user, memberships
from ionstack.store.port import Record, Tx, Value
from ionstack.store.statement import statements

SQL = statements("account")
IDENTITY = statements("identity")

_FOR_EVER = 2**62


@dataclass(frozen=True, slots=True)
class Account:
    """A user of a contract. Instants are wall µs; `modified` is 0 until somebody changes the user."""

    id: str
    email: str
    firstname: str
    lastname: str
    active: bool
    second_factor_active: bool
    second_factor_forced: bool
    role: str
    created: int
    created_by: str
    created_by_id: str
    modified: int
    modified_by: str
    modified_by_id: str
    last_login: int | None

    @property
    def administrator(self) -> bool:
        """Whether the user may do everything in the contract; its owner may, too."""
        return self.role in (OWNER, ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a user is to be. `password` is a hash, None to leave it as it is."""

    email: str
    firstname: str
    lastname: str
    administrator: bool
    forced: bool
    active: bool
    password: str | None = None


@dataclass(frozen=True, slots=True)
class Accounts:
    """The users of one contract, inside a unit of work by `actor` at `now` (wall µs)."""

    tx: Tx
    contract: int
    actor: Actor = events.SYSTEM
    now: int = 0

    async def all(self) -> Sequence[Account]:
        """Every user, eldest first."""
        return [_account(record) for record in await self.tx.all(SQL.accounts, contract=self.contract)]

    async def get(self, id: str) -> Account:
        """A user. Raises NotFound."""
        record = await self.tx.one(SQL.account, contract=self.contract, id=id)
        if record is None:
            raise NotFound
        return _account(record)

    async def open(self, id: str) -> Account:
        """A user who is to be changed, locked against other changes. Raises NotFound."""
        await self.tx.one(SQL.lock, id=id)
        return await self.get(id)

    async def add(self, id: str, wanted: Wanted) -> Account:
        """Make a user. Raises Invalid for a taken address."""
        await self._prove_free(wanted.email)
        await self.tx.run(
            IDENTITY.user_add, id=id, email=wanted.email, firstname=wanted.firstname,
            lastname=wanted.lastname, password=wanted.password, forced=wanted.forced, created=self.now,
            actor=self.actor.name, actor_id=self.actor.id,
        )  # fmt: skip
        if not wanted.active:
            await self.tx.run(IDENTITY.user_active, id=id, active=False)
        role = ADMINISTRATOR if wanted.administrator else USER
        await self.tx.run(IDENTITY.membership_add, user=id, contract=self.contract, role=role)
        await self._record("create", id)
        return await self.get(id)

    async def change(self, before: Account, wanted: Wanted) -> Account:
        """Make a user what they are to be; it holds from the next call on.

        Raises Invalid (taken address, what the owner must stay), Forbidden (another contract's user).
        """
        if before.role == OWNER:
            _prove_owner_stays(wanted)
        elif wanted.administrator != before.administrator:
            role = ADMINISTRATOR if wanted.administrator else USER
            await self.tx.run(IDENTITY.membership_role, user=before.id, contract=self.contract, role=role)
        if wanted.email != before.email:
            await self._prove_free(wanted.email)
        if _personal(before) != _personal(wanted) or wanted.password is not None:
            await self._prove_own(before)
        if wanted.password is not None:
            await self.tx.run(
                IDENTITY.secret_drop, contract=self.contract, resource=before.id, field=INITIAL_PASSWORD
            )
        await self.tx.run(
            SQL.change, id=before.id, email=wanted.email, firstname=wanted.firstname,
            lastname=wanted.lastname, active=wanted.active, forced=wanted.forced, password=wanted.password,
            modified=self.now, actor=self.actor.name, actor_id=self.actor.id,
        )  # fmt: skip
        await self._record("update", before.id)
        return await self.get(before.id)

    async def remove(self, account: Account) -> None:
        """Take a user out of the contract with all they have in it; who is in no other is gone.

        Raises Invalid for the contract's owner.
        """
        if account.role == OWNER:
            raise Invalid("The owner of the contract cannot be deleted", code="200")
        place: dict[str, Value] = {"user": account.id, "contract": self.contract}
        await self.tx.all(IDENTITY.tokens_drop, **place, until=_FOR_EVER)
        for statement in (SQL.leave_groups, SQL.s3_keys_drop, IDENTITY.membership_drop):
            await self.tx.run(statement, **place)
        await self.tx.run(
            IDENTITY.secret_drop, contract=self.contract, resource=account.id, field=INITIAL_PASSWORD
        )
        if await memberships(self.tx, account.id):
            await self.tx.run(IDENTITY.user_bump, id=account.id)
        else:
            await self.tx.run(SQL.remove, id=account.id)
        await self._record("delete", account.id)

    async def _prove_free(self, email: str) -> None:
        if await find_user(self.tx, email) is not None:
            raise taken(email)

    async def _prove_own(self, account: Account) -> None:
        if account.id == self.actor.id:
            return
        if account.role == OWNER:
            raise Forbidden("Only the owner of the contract may change the owner's account")
        if len(await memberships(self.tx, account.id)) > 1:
            raise Forbidden("The user belongs to other contracts, too: only they may change their account")

    async def _record(self, action: str, id: str) -> None:
        await events.record(self.tx, self.actor, self.now, action, events.USER, (self.contract, id))


def taken(email: str) -> Invalid:
    """The refusal of an address that somebody has."""
    return Invalid(Problem(f"The e-mail address '{email}' is already in use", "(root).properties.email"))


def _prove_owner_stays(wanted: Wanted) -> None:
    problems = [
        Problem(f"The owner of the contract must stay {word}", f"(root).properties.{name}")
        for name, word, kept in (
            ("administrator", "an administrator", wanted.administrator),
            ("active", "active", wanted.active),
        )
        if not kept
    ]
    if problems:
        raise Invalid(*problems)


def _personal(one: Account | Wanted) -> tuple[object, ...]:
    """What is a user's in all their contracts."""
    forced = one.second_factor_forced if isinstance(one, Account) else one.forced
    return one.email, one.firstname, one.lastname, one.active, forced


def _account(record: Record) -> Account:
    id, email, firstname, lastname, active, factor, forced, *rest = record
    return Account(id, email, firstname, lastname, bool(active), bool(factor), bool(forced), *rest)
