from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ionstack.errors import UsageError
from ionstack.identity import private_file


def test_a_written_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_text("old")
    path.chmod(0o644)
    private_file.write(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_made_file_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "token"
    assert private_file.make_once(path, lambda: "first") == "first"
    assert private_file.make_once(path, lambda: "second") == "first"


def test_of_many_who_make_a_file_one_wins_and_all_see_the_same(tmp_path: Path) -> None:
    path = tmp_path / "token"
    with ThreadPoolExecutor(16) as threads:
        seen = list(threads.map(lambda n: private_file.make_once(path, lambda: f"by {n}" * 1000), range(64)))
    assert len(set(seen)) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_used_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Cannot use") as told:
        private_file.make_once(tmp_path, lambda: "text")
    assert "\n" not in str(told.value)
    with pytest.raises(UsageError, match="Cannot use"):
        private_file.write(tmp_path / "none" / "token", "text")
