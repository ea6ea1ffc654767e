"""Who calls: access keys, and the ids under which users stand in ACLs and policies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from ionstack.identity.principal import ContractTerms
from ionstack.identity.privileges import ADMINISTRATOR, OWNER
from ionstack.identity.recent import Recent
from ionstack.identity.s3_keys import secret_of
from ionstack.identity.state import settings_of
from ionstack.identity.vault import Vault
from ionstack.objectstorage.call import NOBODY, Caller
from ionstack.store.port import Record, Store, Tx
from ionstack.store.statement import statements

SQL = statements("objectstorage")

_CANONICAL = re.compile(r"[0-9a-f]{64}")


def canonical_id(user: str, contract: int) -> str:
    """The canonical id of a user in a contract: 64 hexadecimal digits, out of which both can be read again."""
    bare = user.replace("-", "")
    return f"{bare}{contract:08x}{sha256(f'{user}/{contract}'.encode()).hexdigest()[:24]}"


def parse_canonical(id: str) -> tuple[str, int] | None:
    """User and contract of a canonical id, or None if it is none."""
    if not _CANONICAL.fullmatch(id):
        return None
    user = f"{id[:8]}-{id[8:12]}-{id[12:16]}-{id[16:20]}-{id[20:32]}"
    contract = int(id[32:40], 16)
    return (user, contract) if canonical_id(user, contract) == id else None


def contract_user_id(user: str, contract: int) -> str:
    """The id of a user that policies of contract-owned buckets name."""
    return f"{contract}|{user}"


@dataclass(frozen=True, slots=True)
class Known:
    """A key that counts: its secret, who holds it, and what their contract has to do with each call."""

    secret: str
    caller: Caller
    terms: ContractTerms


STRANGER = Known("", NOBODY, ContractTerms(0))
"""Who did not sign."""


class Keys:
    """The access keys of a store. What was revoked before a call began does not count in it."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store, self._vault = store, vault
        self._known: Recent[str, tuple[int, bytes, Known]] = Recent(4096)
        self._opened: Recent[bytes, str] = Recent(4096)

    async def find(self, access_key: str) -> Known | None:
        """The key, or None if none of that name is active and held by a user who may call."""
        if "\0" in access_key:
            return None
        commits = self._store.commits
        held = self._known.get(access_key)
        if held is not None and held[0] == commits:
            return held[2]
        record = await self._store.one(SQL.key, id=access_key)
        if record is None:
            return None
        known = self._read(access_key, record)
        if commits is not None:
            self._known.put(access_key, (commits, bytes(record[0]), known))
        return known

    def _read(self, access_key: str, record: Record) -> Known:
        sealed, contract, user, email, role, owner, faults, settings = record
        sealed = bytes(sealed)
        secret = self._opened.get(sealed)
        if secret is None:
            secret = secret_of(self._vault, access_key, sealed)
            self._opened.put(sealed, secret)
        caller = Caller(
            user=user,
            contract=contract,
            canonical=canonical_id(user, contract),
            contract_user=contract_user_id(user, contract),
            contract_owner=canonical_id(owner, contract),
            name=display_name(email),
            administrator=role in (OWNER, ADMINISTRATOR),
            access_key=access_key,
        )
        rate = int(settings_of(settings or "{}").get("rateLimit") or 0)
        return Known(secret, caller, ContractTerms(contract, rate_limit=rate, faults=faults))


def display_name(email: str) -> str:
    """How a user is shown to others: as S3 shows an account, by what its address begins with."""
    return email.partition("@")[0]


async def name_of(tx: Tx, canonical: str) -> str | None:
    """The display name of a user by the canonical id, or None if there is no such user."""
    parsed = parse_canonical(canonical)
    if parsed is None:
        return None
    record = await tx.one(SQL.person, user=parsed[0], contract=parsed[1])
    return None if record is None else display_name(record[0])


async def canonical_of_email(tx: Tx, email: str) -> str | None:
    """The canonical id of the user with an address, in their first contract; None if there is none."""
    record = None if "\0" in email else await tx.one(SQL.people_by_email, email=email.lower())
    return None if record is None else canonical_id(record[0], record[1])
