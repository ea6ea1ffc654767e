"""Replacing the master key: everything encrypted is encrypted anew, in small steps.

At every moment the keys at hand open everything, so a crash between two steps loses nothing; to begin again
is to go on. The elder keys are let go of in the end, when the store says that nothing needs them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ionstack.engine.clock import Clock
from ionstack.errors import Conflict, UsageError
from ionstack.identity import events, keys, master_keys, s3_keys, second_factor
from ionstack.identity.events import SYSTEM, Actor
from ionstack.identity.vault import Vault, purpose_of
from ionstack.store.port import Record, Store, Tx
from ionstack.store.statement import Statement, statements

SQL = statements("sealed")

STEP = 200
"""Secrets that are encrypted anew in one unit of work."""

LIMIT = 10.0
"""Seconds after which a call of `advance` answers, finished or not."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column of ciphertexts: the columns of its key, and the purpose of what they lead to."""

    table: str
    column: str
    key: tuple[str, ...]
    purpose: Callable[..., str]
    elder: Statement
    reseal: Statement


SEALED = (
    Sealed("secret", "value", ("contract", "resource", "field"), purpose_of, SQL.secret_elder, SQL.secret_reseal),
    Sealed("s3_key", "secret", ("id",), s3_keys.purpose, SQL.s3_key_elder, SQL.s3_key_reseal),
    Sealed("signing_key", "private", ("id",), keys.purpose, SQL.signing_key_elder, SQL.signing_key_reseal),
    Sealed("user_account", "second_factor_secret", ("id",), second_factor.purpose, SQL.second_factor_elder,
           SQL.second_factor_reseal),
)  # fmt: skip
"""Every column of ciphertexts that the store has."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a call of `advance` did: how many secrets it encrypted anew, and whether none is left."""

    resealed: int
    finished: bool


class Rotation:
    """Replaces the master key of a store. `own` is the file of ours that holds it, if it is ours to write."""

    def __init__(self, store: Store, clock: Clock, vault: Vault, own: Path | None = None) -> None:
        self._store, self._clock, self._vault, self._own = store, clock, vault, own
        self._advancing = False

    async def secrets(self) -> Mapping[str, int]:
        """How many secrets are encrypted with each key, by its name; the first is the one that encrypts."""

        async def work(tx: Tx) -> Sequence[Record]:
            return await tx.all(SQL.count)

        counted = {bytes(id).hex(): int(count) for id, count in await self._store.read(work)}
        return dict.fromkeys(self._vault.keys, 0) | counted

    async def advance(self, actor: Actor = SYSTEM) -> Progress:
        """Begin to replace the key, or go on, for at most LIMIT seconds.

        Raises Conflict if it is under way already, there is no other key to go over to, or a secret opens
        under none of the keys: then all of them are kept.
        """
        if self._advancing:
            raise Conflict("The master key is being replaced already")
        self._advancing = True
        try:
            return await self._advance(actor)
        finally:
            self._advancing = False

    async def _advance(self, actor: Actor) -> Progress:
        if len(self._vault.keys) == 1:
            await self._begin(actor)
        await self._store.write(self._vault.keep_digest_key)
        until, resealed = self._clock.monotonic() + LIMIT, 0
        while self._clock.monotonic() < until:
            done = await self._step()
            resealed += done
            if not done and await self._finish(actor):
                return Progress(resealed, finished=True)
        return Progress(resealed, finished=False)

    async def _begin(self, actor: Actor) -> None:
        if self._own is None:
            raise Conflict(
                "There is one master key only: put a new one before it in IONSTACK_MASTER_KEY_FILE or "
                "IONSTACK_MASTER_KEY, restart every process, and ask again"
            )
        master, known = master_keys.fresh(), self._kept(self._own)
        master_keys.save(self._own, [master, *known])
        self._vault.adopt(master)
        await self._record(actor, "begin")

    async def _step(self) -> int:
        """Encrypt some secrets anew; 0 if none is left."""

        async def work(tx: Tx) -> int:
            for sealed in SEALED:
                found = await tx.all(sealed.elder, prefix=self._vault.prefix, most=STEP)
                if found:
                    await tx.many(sealed.reseal, [self._anew(sealed, row) for row in found])
                    return len(found)
            return 0

        try:
            return await self._store.write(work)
        except UsageError as shut:
            raise Conflict(f"The master key cannot be replaced, and no key was let go of: {shut}") from shut

    def _anew(self, sealed: Sealed, row: Record) -> dict[str, Any]:
        """The values of a statement that replaces one ciphertext, unless it was replaced meanwhile."""
        key = dict(zip(sealed.key, row, strict=False))
        purpose, elder = sealed.purpose(*key.values()), bytes(row[-1])
        return {
            **key,
            "elder": elder,
            "sealed": self._vault.encrypt(purpose, self._vault.decrypt(purpose, elder)),
        }

    async def _finish(self, actor: Actor) -> bool:
        """Go over to the first key for good, unless something was encrypted with another meanwhile."""

        async def work(tx: Tx) -> bool:
            for sealed in SEALED:
                if await tx.one(sealed.elder, prefix=self._vault.prefix, most=1):
                    return False
            await self._vault.settle(tx)
            return True

        if not await self._store.write(work):
            return False
        if self._own is not None:
            master_keys.save(self._own, self._kept(self._own)[:1])
            self._vault.forget()
        await self._record(actor, "finish")
        return True

    def _kept(self, own: Path) -> Sequence[bytes]:
        """The keys in our own file, which must still be those at hand."""
        kept = master_keys.load_master_keys(own=own)
        if Vault(*kept).keys != self._vault.keys:
            raise Conflict(f"{own} was changed by somebody else; put the keys back that were in it")
        return kept

    async def _record(self, actor: Actor, action: str) -> None:
        now, name = self._clock.wall(), self._vault.keys[0]

        async def work(tx: Tx) -> None:
            await events.record(tx, actor, now, action, events.MASTER_KEY, (0, name))

        await self._store.write(work)
