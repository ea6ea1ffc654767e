"""The first start: one contract and its owner, whoever of several processes comes first.

A generated password is kept encrypted in the store until it is changed, so every process can show where it
lies, and a crash loses neither it nor the file it is written to.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import orjson

from ionstack.engine.clock import Clock
from ionstack.errors import Duplicate, Invalid, UsageError
from ionstack.identity import private_file
from ionstack.identity.contracts import Draft, found
from ionstack.identity.events import SYSTEM
from ionstack.identity.passwords import Passwords, machine_made
from ionstack.identity.users import INITIAL_PASSWORD, User, Users, checked_email, folded
from ionstack.identity.vault import Vault, purpose_of
from ionstack.store.port import Store, Tx
from ionstack.store.statement import statements

SQL = statements("identity")

DEFAULT_USERNAME = "owner@ionstack.local"
_SETTING = "first_owner"


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of the first contract.

    `credentials` is the file that holds a generated password, None when the password was chosen. `notice`
    is one line for the operator, empty when there is nothing to say.
    """

    email: str
    contract: int
    credentials: Path | None = None
    notice: str = ""


@dataclass(frozen=True, slots=True)
class _First:
    user: User
    contract: int
    sealed: bytes | None


class FirstStart:
    """Makes the first contract and owner once, and finds them again."""

    def __init__(self, store: Store, clock: Clock, vault: Vault, users: Users, passwords: Passwords) -> None:
        self._store, self._clock, self._vault = store, clock, vault
        self._users, self._passwords = users, passwords

    async def ensure_owner(
        self, username: str = "", password: str = "", directory: Path | None = None
    ) -> Owner:
        """The first owner, made if there is none: with `password`, else with a generated one.

        A generated password is written to `credentials` in the data directory, mode 0600. For an existing
        owner another `username` or `password` changes nothing; the notice says so. Raises UsageError.
        """
        first = await self._store.read(_find)
        if first is None:
            await self._make(username or DEFAULT_USERNAME, password)
            first = await self._store.read(_find)
        if first is None:
            raise UsageError("The first owner could not be made; start the server again")
        notice = await self._notice(first.user, username, password)
        return Owner(first.user.email, first.contract, self._show(first, directory), notice)

    async def _make(self, username: str, password: str) -> None:
        made = machine_made()
        try:
            checked_email(username)
            stored = await self._users.hashed(password) if password else self._passwords.seal(made)
        except Invalid as error:
            raise UsageError(f"IONSTACK_USERNAME or IONSTACK_PASSWORD cannot be used: {error}") from error
        now = self._clock.wall()

        async def work(tx: Tx) -> None:
            # The setting's unique name lets one process through; the others wait for it here.
            if not await tx.run(SQL.setting_claim, name=_SETTING, value="{}"):
                return
            owner = await found(tx, Draft(stored, email=username), now, SYSTEM)
            value = orjson.dumps({"user": owner.user_id, "contract": owner.number}).decode()
            await tx.run(SQL.setting_put, name=_SETTING, value=value)
            if not password and owner.new_user:
                purpose = purpose_of(owner.number, owner.user_id, INITIAL_PASSWORD)
                await tx.run(
                    SQL.secret_put, contract=owner.number, resource=owner.user_id, field=INITIAL_PASSWORD,
                    value=self._vault.encrypt(purpose, made.encode()),
                )  # fmt: skip

        try:
            await self._store.write(work)
        except Duplicate as taken:
            raise UsageError(f"The first contract cannot be made: {taken}") from taken

    async def _notice(self, user: User, username: str, password: str) -> str:
        if username and folded(username) != user.email:
            return f"The owner is {user.email}; IONSTACK_USERNAME counts at the first start only"
        if password and not await self._passwords.verify(user.password, password):
            return f"The password of {user.email} is not changed: IONSTACK_PASSWORD counts at the first start only"
        return ""

    def _show(self, first: _First, directory: Path | None) -> Path | None:
        if first.sealed is None or directory is None:
            return None
        purpose = purpose_of(first.contract, first.user.id, INITIAL_PASSWORD)
        password = self._vault.decrypt(purpose, first.sealed).decode()
        path = directory / "credentials"
        text = (
            f"IONSTACK_USERNAME={first.user.email}\nIONSTACK_PASSWORD={password}\n"
            f"IONSTACK_CONTRACT_NUMBER={first.contract}\n"
        )
        if private_file.make_once(path, lambda: text) != text:
            private_file.write(path, text)
        return path


async def _find(tx: Tx) -> _First | None:
    record = await tx.one(SQL.setting_get, name=_SETTING)
    if record is None:
        return None
    value = orjson.loads(record[0])
    contract = int(value["contract"])
    user = await tx.one(SQL.user_get, id=value["user"])
    if user is None:
        raise UsageError(
            "The owner made at the first start is gone from the database; restore it from a backup"
        )
    sealed = await tx.one(SQL.secret_get, contract=contract, resource=value["user"], field=INITIAL_PASSWORD)
    return _First(User(*user), contract, bytes(sealed[0]) if sealed else None)
