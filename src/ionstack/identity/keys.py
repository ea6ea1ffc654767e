"""The keys that sign tokens: RSA 2048, kept encrypted in the store, the same for every process."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_public_key,
)
from jwt.algorithms import RSAAlgorithm
from jwt.types import Options

from ionstack.engine.clock import Clock
from ionstack.errors import Unauthorized
from ionstack.identity.vault import Vault
from ionstack.store.port import Store, Tx
from ionstack.store.statement import statements

SQL = statements("identity")

ALGORITHM = "RS256"
ISSUER = "ionoscloud"
_SIGNING = "signing_key"

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of the store; `sealed` is its private half, encrypted."""

    id: str
    public: RSAPublicKey
    sealed: bytes

    def jwk(self) -> dict[str, Any]:
        """The public half as a JSON Web Key."""
        numbers: dict[str, Any] = RSAAlgorithm.to_jwk(self.public, as_dict=True)
        return {
            "kty": "RSA",
            "kid": self.id,
            "alg": ALGORITHM,
            "use": "sig",
            "n": numbers["n"],
            "e": numbers["e"],
        }


class Keys:
    """Signs with the key that the setting `signing_key` names, and verifies with any key of the store.

    A token's header names the token (`kid`), as clients expect, so a verifier tries every key.
    """

    def __init__(self, store: Store, clock: Clock, vault: Vault) -> None:
        self._store, self._clock, self._vault = store, clock, vault
        self._all: Sequence[SigningKey] = ()
        self._private: RSAPrivateKey | None = None

    async def start(self) -> None:
        """Load the keys; the first process of all makes the first key."""
        if not await self._load():
            await self._make()
            await self._load()

    async def sign(self, token_id: str, claims: Claims) -> str:
        """A JWT (RS256) of the claims whose `kid` is the token's id."""
        if self._private is None:
            self._private = await self._load_private()
        return jwt.encode(dict(claims), self._private, algorithm=ALGORITHM, headers={"kid": token_id})

    async def verify(self, token: str) -> tuple[str, Claims]:
        """The `kid` and claims of a JWT that one of our keys signed; times are the caller's to judge.

        Raises Unauthorized for everything else.
        """
        found = self._opened(token)
        if found is None and await self._load():
            found = self._opened(token)
        if found is None:
            raise Unauthorized
        return found

    def public(self) -> dict[str, Any]:
        """The public keys as a JSON Web Key Set."""
        return {"keys": [key.jwk() for key in self._all]}

    def _opened(self, token: str) -> tuple[str, Claims] | None:
        for key in self._all:
            try:
                opened = jwt.decode_complete(token, key.public, algorithms=[ALGORITHM], options=_OPTIONS)
            # What a hostile header or payload makes the parser raise; nothing in it is ours yet.
            except (jwt.PyJWTError, ValueError, TypeError, KeyError, RecursionError):
                continue
            return str(opened["header"].get("kid")), opened["payload"]
        return None

    async def _load(self) -> bool:
        """Read the keys; True if there are others than before."""

        async def work(tx: Tx) -> Sequence[SigningKey]:
            return [
                SigningKey(id, _public(pem), bytes(sealed))
                for id, sealed, pem in await tx.all(SQL.signing_keys)
            ]

        loaded = await self._store.read(work)
        changed = {key.id for key in loaded} != {key.id for key in self._all}
        self._all = loaded
        return changed

    async def _load_private(self) -> RSAPrivateKey:
        async def work(tx: Tx) -> str:
            record = await tx.one(SQL.setting_get, name=_SIGNING)
            return str(orjson.loads(record[0])) if record else ""

        chosen = await self._store.read(work)
        await self._load()  # what was loaded at the start may be encrypted with a master key that is gone
        key = next(key for key in self._all if key.id == chosen)
        # The vault proves that nobody altered the key; to check its primes again takes longer than to sign.
        private = load_der_private_key(
            self._vault.decrypt(purpose(key.id), key.sealed), None, unsafe_skip_rsa_key_validation=True
        )
        if not isinstance(private, RSAPrivateKey):
            raise TypeError("a signing key is an RSA key")
        return private

    async def _make(self) -> None:
        id, now = str(uuid.uuid4()), self._clock.wall()
        private = await asyncio.to_thread(generate_private_key, 65537, 2048)
        der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        sealed, chosen = self._vault.encrypt(purpose(id), der), orjson.dumps(id).decode()

        async def work(tx: Tx) -> None:
            # The setting's unique name lets one process through; the others find its key afterwards.
            if await tx.run(SQL.setting_claim, name=_SIGNING, value=chosen):
                await tx.run(SQL.signing_key_add, id=id, private=sealed, public=pem, created=now)

        await self._store.write(work)


_OPTIONS: Options = {
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_aud": False,
    "verify_iss": False,
}


def _public(pem: str) -> RSAPublicKey:
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, RSAPublicKey):
        raise TypeError("a signing key is an RSA key")
    return key


def purpose(key_id: str) -> str:
    return f"signing_key/{key_id}"
