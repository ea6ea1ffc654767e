from __future__ import annotations

import base64
from pathlib import Path

import pytest

from ionstack.config import load
from ionstack.errors import UsageError
from ionstack.identity.master_keys import load_master_keys, own_file, save


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
    assert load_master_keys(text) == [b"\xff" * 32]
    assert load_master_keys(file=file) == [b"\xff" * 32]


@pytest.mark.parametrize(
    "text",
    [
        "short",
        "ff" * 31,
        "ff" * 33,
        "é" * 32,
        "!" * 44,
        "ff" * 32 + " short",
        base64.b64encode(b"x" * 31).decode(),
    ],
)
def test_a_bad_key_is_told_in_one_line(text: str) -> None:
    with pytest.raises(UsageError, match="IONSTACK_MASTER_KEY must hold 32 bytes") as told:
        load_master_keys(text)
    assert "\n" not in str(told.value)
    assert text not in str(told.value)


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    own = tmp_path / "data" / "master.key"
    key = load_master_keys(own=own)
    assert own.stat().st_mode & 0o777 == 0o600
    assert load_master_keys(own=own) == key
    assert [path.name for path in own.parent.iterdir()] == ["master.key"]


def test_without_a_place_for_it_the_key_must_be_given() -> None:
    with pytest.raises(UsageError, match="PostgreSQL needs the master key"):
        load_master_keys()


def test_a_missing_key_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="IONSTACK_MASTER_KEY_FILE"):
        load_master_keys(file=tmp_path / "none")


@pytest.mark.parametrize("between", [" ", "\n", ",", ", ", "\r\n\r\n"])
def test_several_keys_stand_in_one_text(between: str) -> None:
    text = between.join(["ff" * 32, base64.b64encode(b"a" * 32).decode(), "FF" * 32])
    assert load_master_keys(text) == [b"\xff" * 32, b"a" * 32]


def test_several_keys_are_kept_for_their_owner_alone(tmp_path: Path) -> None:
    own = tmp_path / "master.key"
    save(own, [b"b" * 32, b"a" * 32])
    assert load_master_keys(own=own) == [b"b" * 32, b"a" * 32]
    assert own.stat().st_mode & 0o777 == 0o600


def test_only_a_key_that_nobody_gave_is_ours_to_keep(tmp_path: Path) -> None:
    here = {"data_dir": str(tmp_path)}
    given = (
        {"master_key": "ff" * 32}, {"master_key_file": str(tmp_path / "key")},
        {"database": "postgresql://user@host/name"},
    )  # fmt: skip
    assert own_file(load(here, {})) == tmp_path / "master.key"
    assert [own_file(load({**here, **one}, {})) for one in given] == [None] * 3
