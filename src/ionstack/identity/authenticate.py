"""Who calls: from an Authorization header to a Principal.

What costs time is done once and remembered: a token's signature, a password's hash. What may change is
remembered together with the `auth_epoch` of the user and of the contract; every call reads both, unless the
store knows that nothing was committed since, and if one has moved, everything is read anew. So whatever an
answered call revoked holds in every process at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ionstack.catalogue.api import Authorization
from ionstack.engine.clock import SECOND, Clock
from ionstack.errors import Forbidden, Invalid, StoreError, Unauthorized
from ionstack.identity import groups
from ionstack.identity.contracts import BILLABLE
from ionstack.identity.credentials import Basic, Bearer, contract_number, parse
from ionstack.identity.gate import OPEN, Gate
from ionstack.identity.guessing import Patience
from ionstack.identity.passwords import Passwords
from ionstack.identity.principal import Principal
from ionstack.identity.recent import Recent
from ionstack.identity.state import USE_A_TOKEN, Credential, State, principal_of, prove
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


@dataclass(slots=True)
class Session:
    """A caller as last seen. As long as `look` reads the same epochs, they are the same.

    `commits` is what the store counted when that was last read.
    """

    look: Callable[[Tx], Awaitable[Record | None]]
    epochs: tuple[object, ...]
    principal: Principal
    until: int
    commits: int | None = None


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
        strangers: Gate = OPEN,
    ) -> None:
        self._store, self._clock = store, clock
        self._users, self._passwords, self._tokens = users, passwords, tokens
        self._basic_authentication, self._strangers = basic_authentication, strangers
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

        `allowed` are the methods that the called API takes. Raises Unauthorized, Forbidden, BadRequest (no
        contract number), Invalid (which contract?) or TooManyRequests (an address fails too often).
        """
        if not authorization:
            await self._strangers.failed(address)
            raise Unauthorized
        _check_method(authorization, allowed)
        key = self._key(authorization)
        session = self._sessions.get((key, contract_header))
        if session is not None and session.until > self._clock.wall():
            commits = self._store.commits
            if commits is not None and commits == session.commits:
                return session.principal
            record = await self._store.read(session.look)
            if record is not None and tuple(record) == session.epochs:
                session.commits = commits
                return session.principal
        try:
            return await self._anew(key, authorization, contract_header, address)
        except Unauthorized:
            await self._strangers.failed(address)
            raise

    async def identify(self, authorization: str | None, address: str) -> str:
        """The id of the user whose credentials these are; here a password is enough, second factor or not.

        It opens nothing but the user's own second factor. Raises Unauthorized, TooManyRequests.
        """
        try:
            if not authorization:
                raise Unauthorized
            key = self._key(authorization)
            credential, _ = await self._proven(key, authorization, address, password_suffices=True)
        except Unauthorized:
            await self._strangers.failed(address)
            raise
        return credential.user_id

    def _key(self, authorization: str) -> bytes:
        """What a header is remembered by."""
        header = authorization.encode("utf-8", "replace")
        return hashlib.blake2b(header, key=self._salt, digest_size=16).digest()

    async def _anew(self, key: bytes, authorization: str, header: str | None, address: str) -> Principal:
        credential, state = await self._proven(key, authorization, address)
        contract = contract_number(header) or credential.contract or await self._only_contract(credential)
        if contract != credential.contract:
            credential, state = await self._proven(key, authorization, address, contract)
        principal = principal_of(credential, contract, state)
        session = Session(_look(principal), state.epochs, principal, credential.until)
        self._sessions.put((key, header), session)
        return principal

    async def _proven(
        self,
        key: bytes,
        authorization: str,
        address: str,
        contract: int = 0,
        *,
        password_suffices: bool = False,
    ) -> tuple[Credential, State]:
        """The verified header, and what the store says of its user in a contract (0: in the token's)."""
        credential = self._credentials.get(key)
        if credential is None or credential.until <= self._clock.wall():
            credential = await self._verified_once(key, authorization, address)
        state = await self._state(credential, contract or credential.contract)
        if not credential.token_id and state.password != credential.password:
            # Another password, or the same with a new hash: what was verified counts no longer.
            self._credentials.drop(key)
            credential = await self._verified_once(key, authorization, address)
            state = await self._state(credential, contract)
        prove(credential, state, password_suffices=password_suffices)
        return credential, state

    async def _state(self, credential: Credential, contract: int) -> State:
        user = credential.user_id

        async def work(tx: Tx) -> State:
            record = await tx.one(SQL.auth_state, user=user, contract=contract, token=credential.token_id)
            if record is None:
                raise Unauthorized
            return State(*record)._replace(granted=await groups.granted(tx, contract, user))

        return await self._store.read(work)

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
        self._strangers.admit(address)
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
