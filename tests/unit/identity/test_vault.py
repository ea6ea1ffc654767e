from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionstack.errors import UsageError
from ionstack.identity.vault import Vault, load_master_key, purpose_of

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


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(b"\xff" * 32).decode(),
        base64.urlsafe_b64encode(b"\xff" * 32).decode().rstrip("="),
        f"  {'ff' * 32}\n",
        "FF" * 32,
    ],
)
def test_the_key_may_be_given_in_several_forms(text: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(text)
    assert load_master_key(text) == b"\xff" * 32
    assert load_master_key(file=file) == b"\xff" * 32


@pytest.mark.parametrize(
    "text", ["short", "ff" * 31, "ff" * 33, "é" * 32, "!" * 44, base64.b64encode(b"x" * 31).decode()]
)
def test_a_bad_key_is_told_in_one_line(text: str) -> None:
    with pytest.raises(UsageError, match="IONSTACK_MASTER_KEY must hold 32 bytes") as told:
        load_master_key(text)
    assert "\n" not in str(told.value)
    assert text not in str(told.value)


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    own = tmp_path / "data" / "master.key"
    key = load_master_key(own=own)
    assert own.stat().st_mode & 0o777 == 0o600
    assert load_master_key(own=own) == key
    assert [path.name for path in own.parent.iterdir()] == ["master.key"]


def test_without_a_place_for_it_the_key_must_be_given() -> None:
    with pytest.raises(UsageError, match="PostgreSQL needs the master key"):
        load_master_key()


def test_a_missing_key_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="IONSTACK_MASTER_KEY_FILE"):
        load_master_key(file=tmp_path / "none")
