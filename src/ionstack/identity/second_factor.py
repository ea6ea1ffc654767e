"""The second factor: one-time passwords by time (TOTP, RFC 6238: SHA-1, six digits, 30 s)."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

import pyotp

from ionstack.engine.clock import SECOND, Clock
from ionstack.errors import Conflict, Invalid, NotFound
from ionstack.identity.events import SYSTEM, Actor
from ionstack.identity.recovery import Recovery
from ionstack.identity.users import get_user, record_change
from ionstack.identity.vault import Vault
from ionstack.store.port import Record, Store, Tx
from ionstack.store.statement import statements

SQL = statements("identity")

STEP_SECONDS = 30
DRIFT = 1
"""Steps that a device's clock may be early or late."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs: the base32 secret, and the same as an `otpauth://` address."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a second factor is in force, whether one is demanded, and how many recovery codes are left."""

    active: bool
    forced: bool
    codes: int


class SecondFactor:
    """Enrols, checks and removes second factors. Everything that names an unknown user raises NotFound."""

    def __init__(self, store: Store, clock: Clock, vault: Vault) -> None:
        self._store, self._clock, self._vault = store, clock, vault
        self._recovery = Recovery(vault)

    async def enrol(self, user_id: str) -> Enrolment:
        """A new secret for a user, in force once confirmed. Raises Conflict if one is in force."""
        secret = pyotp.random_base32()
        sealed = self._vault.encrypt(_purpose(user_id), secret.encode())

        async def work(tx: Tx) -> str:
            user = await get_user(tx, user_id)
            if not await tx.run(SQL.second_factor_enrol, id=user_id, secret=sealed):
                raise Conflict("The user's second factor is active; remove it first")
            return user.email

        email = await self._store.write(work)
        return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Ionstack"))

    async def standing(self, user_id: str) -> Standing:
        """How it is with a user's second factor."""

        async def work(tx: Tx) -> Standing:
            _, active, forced, codes = await _record(tx, user_id)
            return Standing(bool(active), bool(forced), len(codes.split()))

        return await self._store.read(work)

    async def confirm(self, user_id: str, code: str, actor: Actor = SYSTEM) -> Sequence[str]:
        """Put an enrolled secret in force; the recovery codes, which are never told again.

        Raises Invalid for a wrong code, Conflict if nothing is enrolled.
        """
        now = self._clock.wall()
        codes, kept = self._recovery.make(user_id)

        async def work(tx: Tx) -> bool:
            _, active, *_ = await _record(tx, user_id)
            if active:  # whether a code of it is right is told to nobody here
                raise Conflict("The user's second factor is already active")
            if not await self._take(tx, user_id, code, now):
                return False
            if not await tx.run(SQL.second_factor_confirm, id=user_id, codes=kept):
                raise Conflict("The user's second factor is already active")
            await record_change(tx, actor, now, user_id)
            return True

        if not await self._store.write(work):
            raise Invalid("The one-time password is wrong or was used before")
        return codes

    async def verify(self, user_id: str, code: str, actor: Actor = SYSTEM) -> bool:
        """Whether a code is the user's of now, or a recovery code; each is good once.

        Raises Conflict if nothing is enrolled.
        """
        now = self._clock.wall()

        async def work(tx: Tx) -> bool:
            return await self._take(tx, user_id, code, now) or await self._recover(
                tx, user_id, code, actor, now
            )

        return await self._store.write(work)

    async def renew_codes(self, user_id: str, actor: Actor = SYSTEM) -> Sequence[str]:
        """Other recovery codes in place of those that are left. Raises Conflict without a second factor."""
        now = self._clock.wall()
        codes, kept = self._recovery.make(user_id)

        async def work(tx: Tx) -> None:
            await get_user(tx, user_id)
            if not await tx.run(SQL.second_factor_codes, id=user_id, codes=kept):
                raise Conflict("The user has no second factor")
            await record_change(tx, actor, now, user_id)

        await self._store.write(work)
        return codes

    async def remove(self, user_id: str, actor: Actor = SYSTEM) -> None:
        """Take a user's second factor away; whether one is demanded stays as it is."""
        now = self._clock.wall()

        async def work(tx: Tx) -> None:
            await get_user(tx, user_id)
            await tx.run(SQL.second_factor_remove, id=user_id)
            await record_change(tx, actor, now, user_id)

        await self._store.write(work)

    async def _take(self, tx: Tx, user_id: str, code: str, now: int) -> bool:
        sealed, *_ = await _record(tx, user_id)
        if sealed is None:
            raise Conflict("The user has no second factor enrolled")
        secret = self._vault.decrypt(_purpose(user_id), bytes(sealed)).decode()
        step = _step_of(secret, code, now // SECOND // STEP_SECONDS)
        if step is None:
            return False
        # The row decides between two callers with the same code: the step only ever goes up.
        return await tx.run(SQL.second_factor_take, id=user_id, step=step) == 1

    async def _recover(self, tx: Tx, user_id: str, code: str, actor: Actor, now: int) -> bool:
        """Use a recovery code up. Of two callers with the same one, the row lets one through."""
        _, _, _, kept = await _record(tx, user_id)
        left = self._recovery.without(user_id, kept, code)
        if left is None or not await tx.run(SQL.second_factor_recover, id=user_id, codes=left, before=kept):
            return False
        await record_change(tx, actor, now, user_id)
        return True


async def _record(tx: Tx, user_id: str) -> Record:
    """Secret, active, forced and recovery codes of a user. Raises NotFound."""
    record = await tx.one(SQL.second_factor, id=user_id)
    if record is None:
        raise NotFound("The user does not exist")
    return record


def _step_of(secret: str, code: str, now: int) -> int | None:
    """The step whose password the code is, latest first."""
    digits = "".join(code.split()).encode("utf-8", "replace")
    totp = pyotp.TOTP(secret)
    matching = [
        step
        for step in range(now + DRIFT, now - DRIFT - 1, -1)
        if hmac.compare_digest(totp.generate_otp(step).encode(), digits)
    ]
    return matching[0] if matching else None


def _purpose(user_id: str) -> str:
    return f"second_factor/{user_id}"
