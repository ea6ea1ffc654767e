"""The vault: small secrets encrypted with the master key, and keyed hashes.

A ciphertext is `1` (its format), four bytes that name the key, a nonce of twelve bytes, and the text
encrypted with AES-256-GCM. It opens only under the purpose it was made for.

While a master key is replaced there are several: the first encrypts, each decrypts. Hashes outlive their
master key, since what they were made of is not kept: their own key is then a secret of the store.
"""

from __future__ import annotations

import base64
import hmac
import os
from dataclasses import dataclass, field

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ionstack.errors import UsageError
from ionstack.store.port import Store, Tx
from ionstack.store.statement import statements

SQL = statements("identity")

PREFIX = 5
"""Bytes of a ciphertext that say its format and its key."""

_FORMAT = b"\x01"
_NONCE = slice(PREFIX, PREFIX + 12)
_KEY_SETTING, _DIGEST_SETTING = "master_key_check", "digest_key"


@dataclass(frozen=True, slots=True)
class _Key:
    """What follows from one master key."""

    id: bytes
    cipher: AESGCM = field(repr=False)
    digest: bytes = field(repr=False)

    @classmethod
    def of(cls, master: bytes) -> _Key:
        if len(master) != 32:
            raise UsageError("The master key must be 32 bytes, written as base64 or as 64 hexadecimal digits")
        return cls(
            _derived(master, "id")[:4], AESGCM(_derived(master, "encrypt")), _derived(master, "digest")
        )

    @property
    def prefix(self) -> bytes:
        return _FORMAT + self.id

    @property
    def check(self) -> str:
        """By what a store knows the key, as a setting."""
        return _json(_digest(self.digest, _KEY_SETTING, b"").hex())


class Vault:
    """Encrypts and digests under the first of the given master keys, each of 32 bytes; decrypts under all."""

    def __init__(self, master: bytes, *elder: bytes) -> None:
        self._keys = tuple(_Key.of(one) for one in (master, *elder))
        self._digest_key = self._keys[0].digest

    @property
    def keys(self) -> list[str]:
        """The names of the keys, in hexadecimal digits: that which encrypts, then the elder ones."""
        return [key.id.hex() for key in self._keys]

    @property
    def prefix(self) -> bytes:
        """How everything begins that is encrypted with the first key."""
        return self._keys[0].prefix

    def encrypt(self, purpose: str, plain: bytes) -> bytes:
        """The ciphertext of a secret, bound to its purpose (see `purpose_of`)."""
        key, nonce = self._keys[0], os.urandom(12)
        return key.prefix + nonce + key.cipher.encrypt(nonce, plain, purpose.encode())

    def decrypt(self, purpose: str, sealed: bytes) -> bytes:
        """The secret in a ciphertext. Raises UsageError when it has another key or purpose, or was altered."""
        key = next((key for key in self._keys if key.prefix == sealed[:PREFIX]), None)
        if key is None:
            raise UsageError(
                "A stored secret was encrypted with another master key; give the server that key"
            )
        try:
            return key.cipher.decrypt(sealed[_NONCE], sealed[_NONCE.stop :], purpose.encode())
        except InvalidTag as error:
            raise UsageError(
                f"The stored secret of '{purpose}' was altered; restore it from a backup"
            ) from error

    def digest(self, purpose: str, data: bytes) -> bytes:
        """A keyed hash (HMAC-SHA256, 32 bytes); each purpose has a key of its own."""
        return _digest(self._digest_key, purpose, data)

    async def prove(self, store: Store) -> None:
        """Hold the master keys against the one that this store is written with; UsageError if none is it."""
        first = self._keys[0].check

        async def claim(tx: Tx) -> None:
            await tx.run(SQL.setting_claim, name=_KEY_SETTING, value=first)

        stored = await store.read(_stored)
        if stored[0] is None:
            await store.write(claim)
            stored = await store.read(_stored)
        check, digest_key = stored
        known = next((key for key in self._keys if key.check == check), None)
        if known is None:
            raise UsageError(
                "The master key is not the one this data was written with; "
                "set IONSTACK_MASTER_KEY or IONSTACK_MASTER_KEY_FILE to that key, or restore master.key"
            )
        self._digest_key = self._opened(digest_key) if digest_key else known.digest

    def adopt(self, master: bytes) -> None:
        """Encrypt with another master key from now on; the ones so far still decrypt."""
        self._keys = (_Key.of(master), *self._keys)

    def forget(self) -> None:
        """Let go of all keys but the first."""
        self._keys = self._keys[:1]

    async def keep_digest_key(self, tx: Tx) -> None:
        """Keep the key of hashes as a secret of the store, encrypted with the first master key."""
        stored = (await _stored(tx))[1]
        if stored is None or base64.b64decode(orjson.loads(stored))[:PREFIX] != self.prefix:
            sealed = base64.b64encode(self.encrypt(_DIGEST_SETTING, self._digest_key)).decode()
            await tx.run(SQL.setting_put, name=_DIGEST_SETTING, value=_json(sealed))

    async def settle(self, tx: Tx) -> None:
        """Let the store know by the first key alone that it may be opened."""
        await tx.run(SQL.setting_put, name=_KEY_SETTING, value=self._keys[0].check)

    def _opened(self, setting: str) -> bytes:
        return self.decrypt(_DIGEST_SETTING, base64.b64decode(orjson.loads(setting)))


def purpose_of(contract: int, resource: str, field: str) -> str:
    """The purpose of a secret of the table `secret`: the row it may stand in."""
    return f"secret/{contract}/{field}/{resource}"


def _derived(master: bytes, name: str) -> bytes:
    return hmac.digest(master, f"ionstack {name}".encode(), "sha256")


def _digest(key: bytes, purpose: str, data: bytes) -> bytes:
    return hmac.digest(hmac.digest(key, purpose.encode(), "sha256"), data, "sha256")


def _json(text: str) -> str:
    return orjson.dumps(text).decode()


async def _stored(tx: Tx) -> tuple[str | None, str | None]:
    """By what the store knows its master key, and the key of its hashes, encrypted."""
    check = await tx.one(SQL.setting_get, name=_KEY_SETTING)
    digest_key = await tx.one(SQL.setting_get, name=_DIGEST_SETTING)
    return (str(check[0]) if check else None, str(digest_key[0]) if digest_key else None)
