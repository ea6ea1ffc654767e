from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Literal

import pytest
from argon2 import PasswordHasher, extract_parameters

from ionstack.errors import TooManyRequests
from ionstack.identity import passwords as module
from ionstack.identity.passwords import Passwords, machine_made
from ionstack.identity.vault import Vault


@pytest.fixture
def passwords(vault: Vault) -> Iterator[Passwords]:
    made = Passwords(vault)
    yield made
    made.close()


class Counted(PasswordHasher):
    """Counts the slow hashes that are computed."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.verified += 1
        return super().verify(hash, password)


async def test_a_chosen_password_is_hashed_slowly(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse")
    parameters = extract_parameters(stored)
    assert stored.startswith("$argon2id$")
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (19456, 2, 1)
    assert await passwords.verify(stored, "correct horse")
    assert not await passwords.verify(stored, "correct horsf")
    assert not passwords.outdated(stored)


async def test_a_machine_made_secret_is_hashed_with_the_master_key(passwords: Passwords) -> None:
    secret = machine_made()
    stored = passwords.seal(secret)
    other = Passwords(Vault(b"x" * 32))
    assert len(secret) == 43
    assert stored.startswith("hmac:")
    assert secret not in stored
    assert await passwords.verify(stored, secret)
    assert not await passwords.verify(stored, secret + "x")
    assert not await other.verify(stored, secret)
    assert not passwords.outdated(stored)
    other.close()


async def test_whatever_fails_costs_one_slow_hash(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted()
    monkeypatch.setattr(passwords, "_slow", counted)
    chosen, made = await passwords.hash("a password"), passwords.seal("a secret")
    for stored in (None, chosen, made):
        before = counted.verified
        assert not await passwords.verify(stored, "wrong")
        assert counted.verified == before + 1


async def test_nobodys_hash_takes_the_same_parameters(passwords: Passwords) -> None:
    assert extract_parameters(passwords._nobodys) == extract_parameters(await passwords.hash("x"))


async def test_an_older_hash_is_outdated(passwords: Passwords) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x")
    assert passwords.outdated(old)
    assert await passwords.verify(old, "x")


async def test_a_broken_hash_matches_nothing(passwords: Passwords) -> None:
    assert not await passwords.verify("", "")
    assert not await passwords.verify("nonsense", "nonsense")


async def test_too_many_at_once_are_told_to_come_back(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    answers = await asyncio.gather(*(passwords.verify(None, "x") for _ in range(5)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [bool] * 3 + [TooManyRequests] * 2
    assert not await passwords.verify(None, "x")
