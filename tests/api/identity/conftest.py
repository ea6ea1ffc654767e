from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from ionstack.engine.clock import FrozenClock
from ionstack.identity import keys
from ionstack.identity.identity import Identity
from ionstack.identity.vault import Vault
from ionstack.store.port import Store


@pytest.fixture(scope="session")
def rsa_key() -> RSAPrivateKey:
    """One key for all tests: to make one takes longer than most of them."""
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(autouse=True)
def quick_keys(rsa_key: RSAPrivateKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "generate_private_key", lambda *_: rsa_key)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def vault() -> Vault:
    return Vault(b"k" * 32)


@pytest.fixture
def process(store: Store, clock: FrozenClock, vault: Vault) -> Iterator[Callable[..., Identity]]:
    """Makes Identities on one store, each as a process of its own would."""
    made: list[Identity] = []

    def make(**settings: Any) -> Identity:
        made.append(Identity(store, clock, vault, **settings))
        return made[-1]

    yield make
    for identity in made:
        identity.close()


@pytest.fixture
async def identity(process: Callable[..., Identity]) -> Identity:
    started = process()
    await started.start()
    return started
