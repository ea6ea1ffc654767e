"""Who calls: from an Authorization header to a Principal.

What costs time is done once and remembered: a token's signature, a password's hash. What may change is
remembered together with the `auth_epoch` of the user and of the contract; every call reads both, and if one
has moved, everything is read anew. So whatever an answered call revoked holds in every process at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from ionstack.catalogue.api import Authorization
from ionstack.engine.clock import SECOND, Clock, World
from ionstack.errors import Forbidden, Invalid, StoreError, Unauthorized
from ionstack.identity.contracts import BILLABLE
from ionstack.identity.credentials import Basic, Bearer, contract_number, parse
from ionstack.identity.guessing import Patience
from ionstack.identity.passwords import Passwords
from ionstack.identity.principal import ContractTerms, Principal
from ionstack.identity.privileges import of_role
from ionstack.identity.recent import Recent
from ionstack.identity.tokens import Tokens
from ionstack.identity.users import Users
from ionstack.store.port import Record, Store, Tx
from ionstack.store.statement import statements

SQL = statements("identity")

BASIC_LASTS = 300 * SECOND
"""How long a verified password need not be verified again (µs)."""

MOST_REMEMBERED = 8192
"""Headers remembered, and so the callers served without verifying anything."""

EITHER = (Authorization.BASIC, Authorization.BEARER)

USE_A_TOKEN = "Basic authentication is not allowed {}; use a token (Authorization: Bearer)"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Credential:
    """A verified header, good until `until` (wall µs).

    A token has an id and a contract. A password has the hash it was verified against, in `password`.
    """

    user_id: str
    until: int
    token_id: str = ""
    contract: int = 0
    password: str = ""


class State(NamedTuple):
    """What the store says of a user in a contract: the columns of `auth_state`. None: there is no such row."""

    email: str
    password: str
    active: bool
    second_factor_active: bool
    second_factor_forced: bool
    user_epoch: int
    status: str | None
    master: int | None
    contract_epoch: int | None
    settings: str | None
    clock_wall: int | None
    clock_world: int | None
    clock_scale: float | None
    faults: int | None
    own_role: str | None
    reseller_role: str | None  # in the master contract, if it is one that may act for this contract
    token_expires: int | None

    @property
    def epochs(self) -> tuple[object, ...]:
        """The part of it that `auth_epochs` reads with every call."""
        return (
            self.user_epoch, self.contract_epoch, self.faults, self.clock_wall, self.clock_world,
            self.clock_scale,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Session:
    """A caller as last seen. As long as `look` reads the same epochs, they are the same."""

    look: Callable[[Tx], Awaitable[Record | None]]
    epochs: tuple[object, ...]
    principal: Principal
    until: int


class Authenticator:
    """Turns headers into principals."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        users: Users,
        passwords: Passwords,
        tokens: Tokens,
        *,
        basic_authentication: bool = True,
    ) -> None:
        self._store, self._clock = store, clock
        self._users, self._passwords, self._tokens = users, passwords, tokens
        self._basic_authentication = basic_authentication
        self._patience = Patience(clock)
        self._salt = secrets.token_bytes(32)
        self._sessions: Recent[tuple[bytes, str | None], Session] = Recent(MOST_REMEMBERED)
        self._credentials: Recent[bytes, Credential] = Recent(MOST_REMEMBERED)
        self._verifying: dict[tuple[bytes, str], asyncio.Task[Credential]] = {}

    async def authenticate(
        self,
        authorization: str | None,
        contract_header: str | None,
        address: str,
        allowed: Sequence[Authorization] = EITHER,
    ) -> Principal:
        """The caller, from the headers Authorization and X-Contract-Number and the client's address.

        `allowed` are the methods that the called API takes. Raises Unauthorized, Forbidden, BadRequest (no contract number), Invalid (which contract?) or
        TooManyRequests (passwords are being guessed).
        """
        if not authorization:
            raise Unauthorized
        _check_method(authorization, allowed)
        header = authorization.encode("utf-8", "replace")
        key = hashlib.blake2b(header, key=self._salt, digest_size=16).digest()
        session = self._sessions.get((key, contract_header))
        if session is not None and session.until > self._clock.wall():
            record = await self._store.read(session.look)
            if record is not None and tuple(record) == session.epochs:
                return session.principal
        return await self._anew(key, authorization, contract_header, address)

    async def _anew(self, key: bytes, authorization: str, header: str | None, address: str) -> Principal:
        credential = self._credentials.get(key)
        if credential is None or credential.until <= self._clock.wall():
            credential = await self._verified_once(key, authorization, address)
        asked = contract_number(header)
        contract = asked or credential.contract or await self._only_contract(credential)
        state = await self._state(credential, contract)
        if state.password != credential.password and not credential.token_id:
            # Another password, or the same with a new hash: what was verified counts no longer.
            self._credentials.drop(key)
            credential = await self._verified_once(key, authorization, address)
        principal = self._judged(credential, contract, state)
        session = Session(_look(principal), state.epochs, principal, credential.until)
        self._sessions.put((key, header), session)
        return principal

    async def _state(self, credential: Credential, contract: int) -> State:
        async def work(tx: Tx) -> Record | None:
            return await tx.one(
                SQL.auth_state, user=credential.user_id, contract=contract, token=credential.token_id
            )

        record = await self._store.read(work)
        if record is None:
            raise Unauthorized
        return State(*record)

    def _judged(self, credential: Credential, contract: int, state: State) -> Principal:
        """The principal that a verified credential makes in a contract, by what the store says now."""
        if not state.active or (credential.token_id and state.token_expires is None):
            raise Unauthorized
        if not credential.token_id:
            self._check_basic(state)
        role = _role(credential, contract, state)
        if role is None:
            raise Forbidden("The contract of 'X-Contract-Number' is not one that these credentials are for")
        if state.status != BILLABLE:
            raise Forbidden(f"The contract {contract} is not active")
        return Principal(
            user_id=credential.user_id,
            email=state.email,
            role=role,
            terms=_terms(contract, state),
            token_id=credential.token_id,
            privileges=of_role(role),
        )

    def _check_basic(self, state: State) -> None:
        if state.second_factor_active or state.second_factor_forced:
            raise Unauthorized(USE_A_TOKEN.format("for a user with a second factor"))
        if _settings(state.settings or "{}").get("basicAuthentication") is False:
            raise Unauthorized(USE_A_TOKEN.format("in this contract"))

    async def _only_contract(self, credential: Credential) -> int:
        places = await self._users.memberships(credential.user_id)
        if not places:
            raise Forbidden("The user belongs to no contract")
        possible = [place.contract for place in places if place.status == BILLABLE] or [places[0].contract]
        if len(possible) > 1:
            raise Invalid(
                "The user belongs to several contracts; name one in the header X-Contract-Number: "
                + ", ".join(str(number) for number in possible)
            )
        return possible[0]

    async def _verified_once(self, key: bytes, authorization: str, address: str) -> Credential:
        """Verify a header; callers that send the same at the same time share one verification."""
        task = self._verifying.get((key, address))
        if task is None:
            task = asyncio.create_task(self._verified(authorization, address))
            self._verifying[key, address] = task
            task.add_done_callback(lambda done: self._settle(key, address, done))
        return await asyncio.shield(task)

    def _settle(self, key: bytes, address: str, task: asyncio.Task[Credential]) -> None:
        del self._verifying[key, address]
        if not task.cancelled() and task.exception() is None:
            self._credentials.put(key, task.result())

    async def _verified(self, authorization: str, address: str) -> Credential:
        match parse(authorization):
            case Bearer(token):
                opened = await self._tokens.open(token)
                return Credential(opened.user_id, opened.expires, opened.id, opened.contract)
            case Basic(user, password):
                if not self._basic_authentication:
                    raise Unauthorized(USE_A_TOKEN.format("on this server"))
                with self._patience.attempt(address):
                    return await self._verified_password(user.strip().lower(), password, address)

    async def _verified_password(self, email: str, password: str, address: str) -> Credential:
        user = await self._users.find(email)
        matches = await self._passwords.verify(user.password if user else None, password)
        if user is None or not matches or not user.active:
            await self._patience.failed(email, address)
            raise Unauthorized
        self._patience.succeeded(email, address)
        try:
            stored = await self._users.note_login(user, password)
        except StoreError:
            stored = user.password  # a full disk keeps nobody out who only wants to read
        return Credential(user.id, self._clock.wall() + BASIC_LASTS, password=stored)


def _check_method(authorization: str, allowed: Sequence[Authorization]) -> None:
    basic = authorization[:6].lower() == "basic "
    if (Authorization.BASIC if basic else Authorization.BEARER) in allowed:
        return
    raise Unauthorized(USE_A_TOKEN.format("by this API") if basic else "This API takes no Bearer tokens")


def _look(principal: Principal) -> Callable[[Tx], Awaitable[Record | None]]:
    user, contract, epochs = principal.user_id, principal.contract, SQL.auth_epochs

    async def look(tx: Tx) -> Record | None:
        return await tx.one(epochs, user=user, contract=contract)

    return look


def _role(credential: Credential, contract: int, state: State) -> str | None:
    """The caller's role in a contract, None if they have none: a token is for its own contract only.

    An owner or administrator of a reseller's contract has the same role in its sub-contracts.
    """
    if credential.contract in (0, contract):
        return state.reseller_role or state.own_role
    return state.reseller_role if credential.contract == state.master else None


def _terms(contract: int, state: State) -> ContractTerms:
    settings = _settings(state.settings or "{}")
    return ContractTerms(
        number=contract,
        world=World(state.clock_wall or 0, state.clock_world or 0, state.clock_scale or 0.0),
        profile=str(settings.get("profile") or ""),
        rate_limit=int(settings.get("rateLimit") or 0),
        faults=state.faults or 0,
    )


@lru_cache(maxsize=1024)
def _settings(text: str) -> dict[str, Any]:
    loaded: dict[str, Any] = orjson.loads(text)
    return loaded
