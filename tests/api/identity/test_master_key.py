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


@pytest.mark.parametrize("order", [(KEY, b"x" * 32), (b"x" * 32, KEY)])
async def test_a_store_opens_with_any_of_several_keys(store: Store, order: tuple[bytes, bytes]) -> None:
    first, several = Vault(KEY), Vault(*order)
    await first.prove(store)
    await several.prove(store)
    assert several.digest("p", b"data") == first.digest("p", b"data")
