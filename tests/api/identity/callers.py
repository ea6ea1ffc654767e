"""What the tests of identity call with, and how they look behind it."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from ionstack.store.port import Record, Store, Tx
from ionstack.store.statement import Statement

HERE = "192.0.2.1"
"""The address that calls come from."""


def basic(user: str, password: str) -> str:
    """The Authorization header of a user name and password."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def bearer(token: str) -> str:
    """The Authorization header of a token."""
    return f"Bearer {token}"


async def select(store: Store, text: str) -> Sequence[Record]:
    """What a query of the test's own finds."""
    statement = Statement("test", {"": text})

    async def work(tx: Tx) -> Sequence[Record]:
        return [tuple(record) for record in await tx.all(statement)]

    return await store.read(work)


async def run(store: Store, text: str) -> None:
    """Change the store behind everybody's back."""
    statement = Statement("test", {"": text})

    async def work(tx: Tx) -> None:
        await tx.run(statement)

    await store.write(work)


async def events(store: Store) -> list[tuple[str, str, str]]:
    """The change stream as (action, kind, actor's name)."""
    return [
        tuple(row) for row in await select(store, "SELECT action, kind, actor_name FROM event ORDER BY seq")
    ]


async def epochs(store: Store, user: str, contract: int) -> tuple[int, int]:
    """The auth_epochs of a user and a contract."""
    ((of_user,),) = await select(store, f"SELECT auth_epoch FROM user_account WHERE id = '{user}'")
    ((of_contract,),) = await select(store, f"SELECT auth_epoch FROM contract WHERE number = {contract}")
    return of_user, of_contract
