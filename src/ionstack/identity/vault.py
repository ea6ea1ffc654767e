"""The vault: small secrets encrypted with the master key, and keyed hashes.

A ciphertext is `1` (its format), four bytes that name the key, a nonce of twelve bytes, and the text
encrypted with AES-256-GCM. It opens only under the purpose it was made for.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
import secrets
from pathlib import Path

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ionstack.errors import UsageError
from ionstack.identity import private_file
from ionstack.store.port import Store, Tx
from ionstack.store.statement import statements

SQL = statements("identity")

_FORMAT = b"\x01"
_KEY_ID = slice(1, 5)
_NONCE = slice(5, 17)
_HEX = re.compile(r"[0-9a-fA-F]{64}")
_KEY_SETTING = "master_key_check"


class Vault:
    """Encrypts, decrypts and digests under one master key of 32 bytes."""

    def __init__(self, master: bytes) -> None:
        if len(master) != 32:
            raise UsageError("The master key must be 32 bytes, written as base64 or as 64 hexadecimal digits")
        self._cipher = AESGCM(_derived(master, "encrypt"))
        self._digest_key = _derived(master, "digest")
        self._id = _derived(master, "id")[:4]

    def encrypt(self, purpose: str, plain: bytes) -> bytes:
        """The ciphertext of a secret, bound to its purpose (see `purpose_of`)."""
        nonce = os.urandom(12)
        return _FORMAT + self._id + nonce + self._cipher.encrypt(nonce, plain, purpose.encode())

    def decrypt(self, purpose: str, sealed: bytes) -> bytes:
        """The secret in a ciphertext. Raises UsageError when it has another key or purpose, or was altered."""
        if sealed[:1] != _FORMAT or sealed[_KEY_ID] != self._id:
            raise UsageError(
                "A stored secret was encrypted with another master key; give the server that key"
            )
        try:
            return self._cipher.decrypt(sealed[_NONCE], sealed[_NONCE.stop :], purpose.encode())
        except InvalidTag as error:
            raise UsageError(
                f"The stored secret of '{purpose}' was altered; restore it from a backup"
            ) from error

    def digest(self, purpose: str, data: bytes) -> bytes:
        """A keyed hash (HMAC-SHA256, 32 bytes); each purpose has a key of its own."""
        return hmac.digest(hmac.digest(self._digest_key, purpose.encode(), "sha256"), data, "sha256")

    async def prove(self, store: Store) -> None:
        """Hold the master key against the one that this store was first used with; UsageError if they differ."""
        mine = orjson.dumps(self.digest(_KEY_SETTING, b"").hex()).decode()

        async def claim(tx: Tx) -> None:
            await tx.run(SQL.setting_claim, name=_KEY_SETTING, value=mine)

        stored = await store.read(_stored_check)
        if stored is None:
            await store.write(claim)
            stored = await store.read(_stored_check)
        if stored != mine:
            raise UsageError(
                "The master key is not the one this data was written with; "
                "set IONSTACK_MASTER_KEY or IONSTACK_MASTER_KEY_FILE to that key, or restore master.key"
            )


def purpose_of(contract: int, resource: str, field: str) -> str:
    """The purpose of a secret of the table `secret`: the row it may stand in."""
    return f"secret/{contract}/{field}/{resource}"


def load_master_key(key: str = "", file: Path | None = None, own: Path | None = None) -> bytes:
    """The master key: `key` itself, else the one in `file`, else the one in `own`, made when it is missing.

    `own` is `master.key` in the data directory; None where each process has a directory of its own
    (PostgreSQL). Raises UsageError when there is no key, or one that cannot be read.
    """
    if key:
        return _parsed(key, "IONSTACK_MASTER_KEY")
    if file is not None:
        try:
            return _parsed(file.read_text("utf-8"), str(file))
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"Cannot read the master key file {file}; check IONSTACK_MASTER_KEY_FILE"
            ) from error
    if own is None:
        raise UsageError(
            "A server on PostgreSQL needs the master key that all its processes share: "
            "set IONSTACK_MASTER_KEY or IONSTACK_MASTER_KEY_FILE (32 bytes, as `openssl rand -base64 32` prints)"
        )
    return _parsed(private_file.make_once(own, _fresh), str(own))


def _fresh() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode() + "\n"


def _parsed(text: str, source: str) -> bytes:
    text = text.strip()
    try:
        key = bytes.fromhex(text) if _HEX.fullmatch(text) else _from_base64(text)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise UsageError(f"{source} must hold 32 bytes, written as base64 or as 64 hexadecimal digits")
    return key


def _from_base64(text: str) -> bytes:
    standard = text.replace("-", "+").replace("_", "/").rstrip("=")
    return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)


def _derived(master: bytes, name: str) -> bytes:
    return hmac.digest(master, f"ionstack {name}".encode(), "sha256")


async def _stored_check(tx: Tx) -> str | None:
    record = await tx.one(SQL.setting_get, name=_KEY_SETTING)
    return None if record is None else str(record[0])
