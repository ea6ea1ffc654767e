"""The master key and the store that is written with it."""

from __future__ import annotations

import pytest

from ionstack.errors import UsageError
from ionstack.identity.vault import Vault
from ionstack.store.port import Store

KEY = bytes(range(32))


async def test_a_store_takes_only_the_key_it_was_first_used_with(store: Store) -> None:
    await Vault(KEY).prove(store)
    await Vault(KEY).prove(store)
    with pytest.raises(UsageError, match="not the one this data was written with"):
        await Vault(b"x" * 32).prove(store)
