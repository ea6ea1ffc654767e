from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionstack.errors import UsageError
from ionstack.identity.vault import Vault, purpose_of

KEY = bytes(range(32))


@given(st.text(), st.binary())
def test_a_secret_opens_under_its_purpose(purpose: str, secret: bytes) -> None:
    vault = Vault(KEY)
    sealed = vault.encrypt(purpose, secret)
    assert vault.decrypt(purpose, sealed) == secret
    assert not secret or secret not in sealed or len(secret) < 4


def test_two_ciphertexts_of_one_secret_differ() -> None:
    vault = Vault(KEY)
    assert vault.encrypt("p", b"secret") != vault.encrypt("p", b"secret")


def test_a_secret_stays_shut_under_another_purpose() -> None:
    vault = Vault(KEY)
    sealed = vault.encrypt(purpose_of(1, "a", "secretKey"), b"secret")
    with pytest.raises(UsageError, match="altered"):
        vault.decrypt(purpose_of(2, "a", "secretKey"), sealed)


def test_a_secret_stays_shut_under_another_key() -> None:
    sealed = Vault(KEY).encrypt("p", b"secret")
    with pytest.raises(UsageError, match="another master key"):
        Vault(b"x" * 32).decrypt("p", sealed)


@pytest.mark.parametrize("index", range(0, 40, 3))
def test_an_altered_ciphertext_stays_shut(index: int) -> None:
    sealed = bytearray(Vault(KEY).encrypt("p", b"a secret of some length"))
    sealed[index] ^= 1
    with pytest.raises(UsageError):
        Vault(KEY).decrypt("p", bytes(sealed))


def test_a_digest_depends_on_key_purpose_and_data() -> None:
    one = Vault(KEY).digest("p", b"data")
    assert len(one) == 32
    assert one == Vault(KEY).digest("p", b"data")
    others = {
        Vault(KEY).digest("q", b"data"),
        Vault(KEY).digest("p", b"date"),
        Vault(b"x" * 32).digest("p", b"data"),
    }
    assert len(others | {one}) == 4


def test_the_first_key_encrypts_and_each_decrypts() -> None:
    old, new = Vault(KEY), Vault(b"x" * 32)
    both = Vault(b"x" * 32, KEY)
    assert both.keys == [*new.keys, *old.keys]
    assert both.decrypt("p", old.encrypt("p", b"secret")) == b"secret"
    assert new.decrypt("p", both.encrypt("p", b"secret")) == b"secret"
    both.forget()
    with pytest.raises(UsageError, match="another master key"):
        both.decrypt("p", old.encrypt("p", b"secret"))


def test_keys_show_themselves_to_nobody() -> None:
    vault = Vault(KEY)
    assert KEY.hex() not in repr(vault.__dict__)
    assert repr(KEY) not in repr(vault.__dict__)
