from __future__ import annotations

import pytest

from ionstack.engine.clock import FrozenClock
from ionstack.identity.vault import Vault


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def vault() -> Vault:
    return Vault(b"k" * 32)
