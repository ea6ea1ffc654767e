"""One server to a data directory, and how commands find it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ionstack.engine.clock import Clock
from ionstack.errors import UsageError
from ionstack.server.presence import FILE, Running, find, look, own, own_ephemeral

CLOCK = Clock()


def test_a_server_is_found_from_its_start_to_its_end(tmp_path: Path) -> None:
    assert find(tmp_path) is None
    with own(tmp_path, CLOCK) as place:
        starting = find(tmp_path)
        assert starting is not None
        assert (starting.pid, starting.ready) == (os.getpid(), False)
        running = Running(os.getpid(), str(tmp_path), "1", api="http://127.0.0.1:1")
        place.announce(running)
        assert find(tmp_path) == running
    assert find(tmp_path) is None
    assert not (tmp_path / FILE).exists()


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    with own(tmp_path / "new", CLOCK):
        assert (tmp_path / "new" / FILE).stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_a_second_server_is_refused_with_a_way_out(tmp_path: Path) -> None:
    with own(tmp_path, CLOCK) as place:
        place.announce(Running(42, str(tmp_path), "1", api="http://127.0.0.1:9"))
        with (
            pytest.raises(UsageError, match=r"process 42 at http://127\.0\.0\.1:9.*--data-dir"),
            own(tmp_path, CLOCK),
        ):
            pytest.fail("two servers own one directory")
        assert find(tmp_path) is not None


def test_a_file_without_a_server_is_stale(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"pid": 1, "data_dir": "x", "version": "1", "api": "http://127.0.0.1:9"}')
    assert find(tmp_path) is None
    with own(tmp_path, CLOCK):
        assert look(tmp_path) == Running(os.getpid(), str(tmp_path), look(tmp_path).version)  # type: ignore[union-attr]


def test_an_ephemeral_server_is_found_below_its_parent_and_leaves_nothing(tmp_path: Path) -> None:
    with own_ephemeral(tmp_path, CLOCK) as place:
        found = find(tmp_path)
        assert found is not None
        assert found.data_dir == str(place.directory)
        assert find(place.directory) == found
        (place.directory / "left").write_text("x")
    assert find(tmp_path) is None
    assert not place.directory.exists()


def test_several_ephemeral_servers_live_side_by_side_and_are_told_apart_by_name(tmp_path: Path) -> None:
    with own_ephemeral(tmp_path, CLOCK) as one, own_ephemeral(tmp_path, CLOCK) as two:
        with pytest.raises(UsageError, match="several ephemeral servers run") as several:
            find(tmp_path)
        assert str(one.directory) in str(several.value)
        assert str(two.directory) in str(several.value)


def test_what_a_killed_ephemeral_server_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "ephemeral" / "left"
    left.mkdir(parents=True)
    (left / FILE).write_text("{}")
    with own_ephemeral(tmp_path, CLOCK):
        assert not left.exists()


def test_a_directory_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(UsageError, match=r"cannot be written \(.*\): choose another with --data-dir"),
        own(tmp_path / "file" / "below", CLOCK),
    ):
        pytest.fail("a directory below a file")
