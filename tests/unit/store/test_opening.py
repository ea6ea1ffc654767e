"""A data directory has one owner."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ionstack.engine.clock import FrozenClock
from ionstack.errors import UsageError
from ionstack.store.opening import hold


async def test_a_second_owner_is_told_who_the_first_is(tmp_path: Path) -> None:
    first = await hold(tmp_path / "data", FrozenClock())
    with pytest.raises(UsageError, match=f"process {os.getpid()}"):
        await hold(tmp_path / "data", FrozenClock())
    first.close()
    (await hold(tmp_path / "data", FrozenClock())).close()


async def test_the_directory_is_for_its_owner_alone(tmp_path: Path) -> None:
    held = await hold(tmp_path / "a" / "b", FrozenClock())
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    held.close()


async def test_a_directory_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="--data-dir"):
        await hold(tmp_path / "file" / "data", FrozenClock())
