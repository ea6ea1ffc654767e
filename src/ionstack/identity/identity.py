"""Identity: everything about who calls, put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ionstack.engine.clock import Clock
from ionstack.errors import Conflict, Forbidden, Invalid, NotFound
from ionstack.identity import groups
from ionstack.identity.authenticate import Authenticator
from ionstack.identity.contracts import REGISTRATION_DOMAIN, Contracts, Draft, Founded
from ionstack.identity.events import SYSTEM, Actor
from ionstack.identity.first_start import FirstStart, Owner
from ionstack.identity.gate import OPEN, Gate
from ionstack.identity.keys import Keys
from ionstack.identity.own_factor import OwnFactor
from ionstack.identity.passwords import Passwords, machine_made
from ionstack.identity.privileges import OWNER
from ionstack.identity.second_factor import SecondFactor
from ionstack.identity.tokens import LONGEST, Holder, Tokens, record
from ionstack.identity.users import Users
from ionstack.identity.vault import Vault
from ionstack.store.port import Store, Tx


@dataclass(frozen=True, slots=True)
class NewContract:
    """A contract just made, and how its owner gets in.

    `password` is empty unless a machine made it, `token` unless the contract is temporary; neither can be
    read again.
    """

    number: int
    user_id: str
    email: str
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


class Identity:
    """Contracts, users, credentials and tokens of one store."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        vault: Vault,
        *,
        basic_authentication: bool = True,
        strangers: Gate = OPEN,
    ) -> None:
        self._store, self._vault = store, vault
        self.passwords = Passwords(vault)
        self.users = Users(store, clock, self.passwords)
        self.contracts = Contracts(store, clock)
        self.keys = Keys(store, clock, vault)
        self.tokens = Tokens(store, clock, self.keys)
        self.second_factor = SecondFactor(store, clock, vault)
        self._first_start = FirstStart(store, clock, vault, self.users, self.passwords)
        self.own_factor = OwnFactor(clock, self.second_factor)
        authenticator = Authenticator(
            store,
            clock,
            self.users,
            self.passwords,
            self.tokens,
            basic_authentication=basic_authentication,
            strangers=strangers,
        )
        self.authenticate, self.identify = authenticator.authenticate, authenticator.identify

    async def start(self) -> None:
        """Hold the master key against the store's and load the signing keys; to be awaited before all else.

        Raises UsageError for another master key.
        """
        await self._vault.prove(self._store)
        await self.keys.start()

    async def ensure_owner(
        self, username: str = "", password: str = "", directory: Path | None = None
    ) -> Owner:
        """The owner of the first contract, made at the first start. See FirstStart."""
        return await self._first_start.ensure_owner(username, password, directory)

    async def create_contract(
        self,
        email: str = "",
        password: str = "",
        *,
        number: int | None = None,
        name: str = "",
        temporary: bool = False,
        master: int | None = None,
        registration_domain: str = REGISTRATION_DOMAIN,
        limits: Mapping[str, int] | None = None,
        settings: Mapping[str, Any] | None = None,
        actor: Actor = SYSTEM,
    ) -> NewContract:
        """Make a contract with its owner, in one unit of work; see Draft.

        Without `password` a new owner gets a machine-made one; the owner of a temporary contract also gets
        a token. Raises Invalid, NotFound (master), Conflict (number).
        """
        made = machine_made()
        stored = await self.users.hashed(password) if password else self.passwords.seal(made)
        draft = Draft(stored, email, number, name, temporary, master, registration_domain, limits, settings)
        token = self.tokens.draft()

        async def with_token(tx: Tx, founded: Founded) -> None:
            await record(tx, token, founded.user_id, founded.number, actor)

        founded = await self.contracts.create(draft, actor, with_token if temporary else None)
        holder = Holder(founded.user_id, founded.number, OWNER)
        return NewContract(
            founded.number,
            founded.user_id,
            founded.email,
            "" if password or not founded.new_user else made,
            await self.tokens.signed(token, holder) if temporary else "",
        )

    async def drop_contract(self, number: int, actor: Actor = SYSTEM) -> None:
        """Remove a temporary contract and everything in it. Raises NotFound or Conflict."""
        await self.contracts.drop(number, actor)

    async def mint_token(
        self, email: str, otp: str | None = None, ttl: int = LONGEST, contract: int | None = None
    ) -> str:
        """A token for a user, on an operator's word: the way to the first token of a user with a second factor.

        Raises NotFound (user, contract), Forbidden (one-time password missing or wrong, inactive user),
        Invalid (which of several contracts?), BadRequest (ttl).
        """
        user = await self.users.find(email)
        if user is None:
            raise NotFound(f"There is no user {email}")
        if not user.active:
            raise Forbidden(f"The user {email} is not active")
        holder = await self._holder(user.id, contract)
        self.tokens.draft(ttl)
        if user.second_factor_active and not (otp and await self.second_factor.verify(user.id, otp)):
            raise Forbidden(
                f"The user {email} has a second factor: give a one-time password that is not used yet"
            )
        return await self.tokens.mint(holder, ttl)

    async def own_token(
        self, user_id: str, code: str, ttl: int = LONGEST, contract: int | None = None, actor: Actor = SYSTEM
    ) -> str:
        """A token for a user with a second factor, who gives a one-time password or a recovery code.

        Raises Conflict without a second factor, Forbidden for a wrong code, NotFound, Invalid, BadRequest.
        """
        if not (await self.second_factor.standing(user_id)).active:
            raise Conflict("The user has no second factor in force: their password opens the Auth API")
        holder = await self._holder(user_id, contract)
        self.tokens.draft(ttl)
        await self.own_factor.prove(user_id, code, actor)
        return await self.tokens.mint(holder, ttl, actor)

    async def _holder(self, user_id: str, contract: int | None) -> Holder:
        places = await self.users.memberships(user_id)
        wanted = [place for place in places if contract in (None, place.contract)]
        if not wanted:
            raise NotFound("The user does not belong to that contract")
        if len(wanted) > 1:
            numbers = ", ".join(str(place.contract) for place in wanted)
            raise Invalid(f"The user belongs to several contracts; name one: {numbers}")
        contract = wanted[0].contract
        granted = await self._store.read(lambda tx: groups.granted(tx, contract, user_id))
        return Holder(user_id, contract, wanted[0].role, granted)

    def close(self) -> None:
        """Let the threads for slow hashes go."""
        self.passwords.close()
