"""Recovery codes: each stands once for a one-time password, for whoever has lost their device.

They are made by machine, of 50 random bits each, and kept as keyed digests.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from ionstack.identity.vault import Vault

COUNT = 10
"""Codes that a user gets at a time."""

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
"""Without what is easily taken for something else."""

_HALF = 5


class Recovery:
    """Makes codes and their digests. What is kept of a user's codes is one text."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def make(self, user_id: str) -> tuple[Sequence[str], str]:
        """New codes, and what is kept of them."""
        codes = [f"{_half()}-{_half()}" for _ in range(COUNT)]
        return codes, " ".join(self._digest(user_id, code) for code in codes)

    def without(self, user_id: str, kept: str, code: str) -> str | None:
        """What is kept once a code is used; None if it is none of them."""
        digests, used = kept.split(), self._digest(user_id, code)
        if used not in digests:
            return None
        return " ".join(digest for digest in digests if digest != used)

    def _digest(self, user_id: str, code: str) -> str:
        plain = "".join(letter for letter in code.lower() if letter.isalnum())
        return self._vault.digest(f"recovery/{user_id}", plain.encode("utf-8", "replace")).hex()


def _half() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_HALF))
