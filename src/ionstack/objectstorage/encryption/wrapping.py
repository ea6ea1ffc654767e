"""The key that the keys of bodies are encrypted with.

It is one of the store's secrets, so that another master key encrypts it anew and nothing else, however many
objects there are.
"""

from __future__ import annotations

import secrets

from ionstack.identity.vault import Vault, purpose_of
from ionstack.store.port import Store, Tx, Value
from ionstack.store.statement import statements

SQL = statements("objectstorage")
PLACE: dict[str, Value] = {"contract": 0, "resource": "objectstorage", "field": "key"}


async def wrapping(store: Store, vault: Vault) -> Vault:
    """A vault under the store's own key, which is made when it is first asked for."""
    purpose = purpose_of(0, "objectstorage", "key")

    async def known(tx: Tx) -> bytes | None:
        record = await tx.one(SQL.wrapping_key, **PLACE)
        return None if record is None else bytes(record[0])

    sealed = await store.read(known)
    if sealed is None:
        fresh = vault.encrypt(purpose, secrets.token_bytes(32))

        async def claim(tx: Tx) -> bytes | None:
            await tx.run(SQL.wrapping_key_claim, value=fresh, **PLACE)
            return await known(tx)

        sealed = await store.write(claim) or fresh
    return Vault(vault.decrypt(purpose, sealed))
