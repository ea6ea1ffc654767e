"""Tokens: JWTs bound to a user and a contract, listed in the store; without its row a token is worth nothing."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from ionstack.engine.clock import SECOND, Clock
from ionstack.errors import BadRequest, NotFound, Unauthorized
from ionstack.identity import events
from ionstack.identity.events import SYSTEM, Actor
from ionstack.identity.keys import ISSUER, Claims, Keys
from ionstack.identity.privileges import of_role
from ionstack.store.port import Store, Tx
from ionstack.store.statement import statements

SQL = statements("identity")

SHORTEST, LONGEST = 60, 31_536_000
"""Bounds of a token's life in seconds; the longest is the default."""

EXPIRED, CURRENT, ALL = "EXPIRED", "CURRENT", "ALL"
CRITERIA = (EXPIRED, CURRENT, ALL)

_FOR_EVER = 2**62


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token besides the token itself. Instants are wall µs."""

    id: str
    created: int
    expires: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a token speaks for. `granted` are the privileges that groups add to those of the role."""

    user_id: str
    contract: int
    role: str
    granted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Opened:
    """What a verified token says."""

    id: str
    user_id: str
    contract: int
    expires: int


class Tokens:
    """Mints, lists and revokes tokens."""

    def __init__(self, store: Store, clock: Clock, keys: Keys) -> None:
        self._store, self._clock, self._keys = store, clock, keys

    async def mint(self, holder: Holder, ttl: int = LONGEST, actor: Actor = SYSTEM) -> str:
        """A new token that lives for `ttl` seconds. Raises BadRequest for a ttl out of bounds."""
        token = self.draft(ttl)

        async def work(tx: Tx) -> None:
            await record(tx, token, holder.user_id, holder.contract, actor)

        await self._store.write(work)
        return await self.signed(token, holder)

    def draft(self, ttl: int = LONGEST) -> Token:
        """A token yet to be recorded. Raises BadRequest for a ttl out of bounds."""
        if not SHORTEST <= ttl <= LONGEST:
            raise BadRequest(f"The ttl must be a whole number of seconds from {SHORTEST} to {LONGEST}")
        created = self._clock.wall() // SECOND * SECOND
        return Token(str(uuid.uuid4()), created, created + ttl * SECOND)

    async def signed(self, token: Token, holder: Holder) -> str:
        """The JWT of a recorded token."""
        claims: Claims = {
            "iss": ISSUER,
            "iat": token.created // SECOND,
            "exp": token.expires // SECOND,
            "identity": {
                "uuid": holder.user_id,
                "contractNumber": holder.contract,
                "role": holder.role,
                "privileges": sorted(of_role(holder.role) | holder.granted),
            },
        }
        return await self._keys.sign(token.id, claims)

    async def open(self, token: str) -> Opened:
        """What a JWT says if one of our keys signed it as a token; Unauthorized if not, or if it has expired.

        Whether it still counts is for the store to say.
        """
        id, claims = await self._keys.verify(token)
        match claims:
            case {
                "iss": iss,
                "exp": int(exp),
                "identity": {"uuid": str(user), "contractNumber": int(contract)},
            }:
                if iss == ISSUER and exp * SECOND > self._clock.wall():
                    return Opened(id, user, contract, exp * SECOND)
        raise Unauthorized

    async def list(self, user_id: str, contract: int) -> Sequence[Token]:
        """The tokens of a user in a contract, eldest first, the expired ones too."""

        async def work(tx: Tx) -> Sequence[Token]:
            return [Token(*row) for row in await tx.all(SQL.tokens, user=user_id, contract=contract)]

        return await self._store.read(work)

    async def get(self, user_id: str, contract: int, id: str) -> Token:
        """One of the tokens of a user in a contract. Raises NotFound."""
        key = _key(user_id, contract, id)

        async def work(tx: Tx) -> Token:
            row = await tx.one(SQL.token_get, **key)
            if row is None:
                raise NotFound
            return Token(*row)

        return await self._store.read(work)

    async def delete(self, user_id: str, contract: int, id: str, actor: Actor = SYSTEM) -> None:
        """Revoke one of the tokens of a user in a contract, at once and everywhere. Raises NotFound."""
        key, now = _key(user_id, contract, id), self._clock.wall()

        async def work(tx: Tx) -> None:
            if not await tx.run(SQL.token_drop, **key):
                raise NotFound
            await _revoked(tx, actor, now, user_id, contract, [id])

        await self._store.write(work)

    async def delete_current(self, user_id: str, id: str, actor: Actor = SYSTEM) -> None:
        """Revoke the token that a user calls with, whatever contract the call is about."""
        now = self._clock.wall()

        async def work(tx: Tx) -> None:
            row = await tx.one(SQL.token_drop_used, id=id, user=user_id)
            if row is not None:
                await _revoked(tx, actor, now, user_id, row[0], [id])

        await self._store.write(work)

    async def delete_all(
        self, user_id: str, contract: int, *, expired: bool = False, actor: Actor = SYSTEM
    ) -> int:
        """Revoke all tokens of a user in a contract, or only the expired ones; how many."""
        now = self._clock.wall()
        until = now if expired else _FOR_EVER

        async def work(tx: Tx) -> int:
            rows = await tx.all(SQL.tokens_drop, user=user_id, contract=contract, until=until)
            await _revoked(tx, actor, now, user_id, contract, [id for (id,) in rows])
            return len(rows)

        return await self._store.write(work)


async def record(tx: Tx, token: Token, user_id: str, contract: int, actor: Actor) -> None:
    """Keep a token inside a unit of work."""
    await tx.run(
        SQL.token_add,
        id=token.id,
        user=user_id,
        contract=contract,
        created=token.created,
        expires=token.expires,
    )
    await events.record(tx, actor, token.created, "create", events.TOKEN, (contract, token.id))


async def _revoked(tx: Tx, actor: Actor, now: int, user_id: str, contract: int, ids: Sequence[str]) -> None:
    if ids:
        await tx.run(SQL.user_bump, id=user_id)
        await events.record(tx, actor, now, "delete", events.TOKEN, *((contract, id) for id in ids))


def _key(user_id: str, contract: int, id: str) -> dict[str, str | int]:
    """The values that find a token. Raises NotFound for what can be no id: PostgreSQL takes no NUL in a text."""
    if "\x00" in id:
        raise NotFound
    return {"id": id, "user": user_id, "contract": contract}
