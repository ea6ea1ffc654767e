"""The access keys of a contract's users for Object Storage. Their secrets are encrypted and shown again."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from ionstack.errors import Invalid
from ionstack.identity import events
from ionstack.identity.events import Actor
from ionstack.identity.vault import Vault
from ionstack.store.port import Tx
from ionstack.store.statement import statements

SQL = statements("account")

MOST = 5
"""Keys of one user in one contract."""


@dataclass(frozen=True, slots=True)
class S3Key:
    """A key: `id` is what S3 calls the access key. Instants are wall µs."""

    id: str
    user_id: str
    secret: str = field(repr=False)
    active: bool
    created: int
    created_by: str
    created_by_id: str
    modified: int
    modified_by: str
    modified_by_id: str


@dataclass(frozen=True, slots=True)
class S3Keys:
    """The keys of one user of a contract, inside a unit of work by `actor` at `now` (wall µs)."""

    tx: Tx
    vault: Vault
    contract: int
    user: str
    actor: Actor = events.SYSTEM
    now: int = 0

    async def all(self) -> Sequence[S3Key]:
        """Every key, eldest first."""
        found = await self.tx.all(SQL.s3_keys, contract=self.contract, user=self.user)
        return [
            S3Key(id, user, secret_of(self.vault, id, bytes(sealed)), bool(active), *rest)
            for id, user, sealed, active, *rest in found
        ]

    async def get(self, id: str) -> S3Key:
        """A key. Raises Invalid if the user has none of that id: so the vendor's clients know it."""
        for key in await self.all():
            if key.id == id:
                return key
        raise Invalid(
            "The access key cannot be found, please double-check the key id and try again.", code="200"
        )

    async def add(self) -> S3Key:
        """Make a key. Raises Invalid if the user has as many as they may."""
        if len(await self.all()) >= MOST:
            raise Invalid(f"A user has at most {MOST} access keys", code="200")
        id, secret = secrets.token_hex(10), base64.b64encode(secrets.token_bytes(30)).decode()
        await self.tx.run(
            SQL.s3_key_add, id=id, contract=self.contract, user=self.user,
            secret=self.vault.encrypt(_purpose(id), secret.encode()), created=self.now,
            actor=self.actor.name, actor_id=self.actor.id,
        )  # fmt: skip
        await self._record("create", id)
        return await self.get(id)

    async def activate(self, id: str, active: bool) -> S3Key:
        """Let a key open the storage, or no longer. Raises Invalid for an unknown key."""
        await self.get(id)
        await self.tx.run(
            SQL.s3_key_change, id=id, contract=self.contract, active=active, modified=self.now,
            actor=self.actor.name, actor_id=self.actor.id,
        )  # fmt: skip
        await self._record("update", id)
        return await self.get(id)

    async def remove(self, id: str) -> None:
        """Remove a key. Raises Invalid for an unknown key."""
        await self.get(id)
        await self.tx.run(SQL.s3_key_drop, contract=self.contract, id=id)
        await self._record("delete", id)

    async def _record(self, action: str, id: str) -> None:
        await events.record(self.tx, self.actor, self.now, action, events.S3_KEY, (self.contract, id))


def secret_of(vault: Vault, id: str, sealed: bytes) -> str:
    """The secret of a key out of what is stored of it."""
    return vault.decrypt(_purpose(id), sealed).decode()


def _purpose(id: str) -> str:
    return f"s3_key/{id}"
