"""The access keys of a contract's users for Object Storage. Their secrets are encrypted and shown again."""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from ionstack.errors import Invalid
from ionstack.identity import events
from ionstack.identity.events import Actor
from ionstack.identity.vault import Vault
from ionstack.store.port import Record, Tx
from ionstack.store.statement import statements

SQL = statements("account")

MOST = 5
"""Keys of one user in one contract."""


@dataclass(frozen=True, slots=True)
class S3Key:
    """A key: `id` is what S3 calls the access key, `resource` what its management calls it. Instants are wall µs."""

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
    resource: str
    description: str


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
        return [self._key(record) for record in found]

    async def get(self, id: str) -> S3Key:
        """A key. Raises Invalid if the user has none of that id: so the vendor's clients know it."""
        for key in await self.all():
            if key.id == id:
                return key
        raise Invalid(
            "The access key cannot be found, please double-check the key id and try again.", code="200"
        )

    async def add(self, description: str = "", *, long: bool = False, resource: str = "") -> S3Key:
        """Make a key, long or short, under a UUID if one is given. Raises Invalid if the user has all they may."""
        if len(await self.all()) >= MOST:
            raise Invalid(f"A user has at most {MOST} access keys", code="200")
        id = secrets.token_urlsafe(69) if long else secrets.token_hex(10)
        await self.tx.run(
            SQL.s3_key_add, id=id, contract=self.contract, user=self.user, secret=self._sealed(id),
            created=self.now, actor=self.actor.name, actor_id=self.actor.id, description=description,
            resource=resource or str(uuid.uuid4()),
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

    async def describe(self, id: str, description: str) -> S3Key:
        """Give a key another description. Raises Invalid for an unknown key."""
        await self.get(id)
        await self.tx.run(
            SQL.s3_key_describe, id=id, contract=self.contract, description=description, modified=self.now,
            actor=self.actor.name, actor_id=self.actor.id,
        )  # fmt: skip
        await self._record("update", id)
        return await self.get(id)

    async def renew(self, id: str) -> S3Key:
        """Give a key another secret. Raises Invalid for an unknown key."""
        await self.get(id)
        await self.tx.run(
            SQL.s3_key_renew, id=id, contract=self.contract, secret=self._sealed(id), modified=self.now,
            actor=self.actor.name, actor_id=self.actor.id,
        )  # fmt: skip
        await self._record("update", id)
        return await self.get(id)

    async def remove(self, id: str) -> None:
        """Remove a key. Raises Invalid for an unknown key."""
        await self.get(id)
        await self.tx.run(SQL.s3_key_drop, contract=self.contract, id=id)
        await self._record("delete", id)

    def _sealed(self, id: str) -> bytes:
        """A new secret, encrypted."""
        secret = base64.b64encode(secrets.token_bytes(30))
        return self.vault.encrypt(purpose(id), secret)

    def _key(self, record: Record) -> S3Key:
        id, user, sealed, active, *rest, resource, description = record
        secret = secret_of(self.vault, id, bytes(sealed))
        named = (resource or str(uuid.uuid5(uuid.NAMESPACE_OID, id)), description)  # "" in rows older than it
        return S3Key(id, user, secret, bool(active), *(*rest, *named))

    async def _record(self, action: str, id: str) -> None:
        await events.record(self.tx, self.actor, self.now, action, events.S3_KEY, (self.contract, id))


def secret_of(vault: Vault, id: str, sealed: bytes) -> str:
    """The secret of a key out of what is stored of it."""
    return vault.decrypt(purpose(id), sealed).decode()


def purpose(id: str) -> str:
    return f"s3_key/{id}"
