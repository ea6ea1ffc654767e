"""Passwords: argon2id for what people choose, a keyed hash for what machines make."""

from __future__ import annotations

import asyncio
import base64
import hmac
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ionstack.errors import TooManyRequests
from ionstack.identity.vault import Vault

P = ParamSpec("P")
T = TypeVar("T")

AT_ONCE = 2
"""Slow hashes under way at the same time; each takes 19 MiB and a processor."""

MOST_WAITING = 64
"""Slow hashes that may be asked for and not yet done, before callers are told to come back."""

_MACHINE_MADE = "hmac:"


class Passwords:
    """Hashes and verifies passwords, off the event loop."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._slow = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")
        self._waiting = 0
        self._nobodys = _nobodys(self._slow)

    async def hash(self, password: str) -> str:
        """The argon2id hash of a password that somebody chose."""
        return await self._off_loop(self._slow.hash, password.encode())

    def seal(self, secret: str) -> str:
        """The hash of a machine-made secret of 256 bits; no slow hash is needed."""
        return _MACHINE_MADE + self._vault.digest("password", secret.encode()).hex()

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one; None stands for a user that does not exist.

        What fails always costs one slow hash, so the time tells nobody whether a user exists.
        """
        if stored is not None and stored.startswith(_MACHINE_MADE):
            if hmac.compare_digest(self.seal(password).encode(), stored.encode()):
                return True
            stored = None
        matches = await self._off_loop(self._matches, stored, password.encode())
        return matches and stored is not None

    def outdated(self, stored: str) -> bool:
        """Whether a stored hash was made with other parameters than today's."""
        return not stored.startswith(_MACHINE_MADE) and self._slow.check_needs_rehash(stored)

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False)

    def _matches(self, stored: str | None, password: bytes) -> bool:
        try:
            return self._slow.verify(self._nobodys if stored is None else stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _off_loop(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        if self._waiting >= MOST_WAITING:
            raise TooManyRequests("Too many passwords are being checked; use a token or try again")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, partial(work, *arguments, **named)
            )
        finally:
            self._waiting -= 1


def machine_made() -> str:
    """A secret of 256 bits, in letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(32)


def _nobodys(slow: PasswordHasher) -> str:
    """A hash that no password has, and that takes as long to find out as any other."""
    salt, digest = (base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v=19$m={slow.memory_cost},t={slow.time_cost},p={slow.parallelism}${salt}${digest}"
