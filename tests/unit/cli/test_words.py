"""What commands print, and that a shell reads it as it was meant."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ionstack.cli.words import program, shell, table

NASTY = 'it\'s $HOME `id` "x"; rm -rf \\ \n end'


def test_a_shell_reads_back_what_was_meant() -> None:
    lines = shell({"A": NASTY, "B": "", "C": "plain"}, ["D", "E", "A"])
    script = f'{lines}\nprintf "%s|%s|%s|%s" "$A" "$B" "$C" "${{D-gone}}"'
    run = subprocess.run(
        ["sh", "-c", script], env={"D": "d", "A": "a"}, capture_output=True, text=True, check=True
    )
    assert run.stdout == f"{NASTY}||plain|gone"


def test_what_is_set_is_not_unset_again() -> None:
    assert shell({"A": "1"}, ["A"]) == "export A=1"


def test_columns_line_up(capsys: pytest.CaptureFixture[str]) -> None:
    table(("ID", "NAME"), [(1, "one"), (22, None)])
    assert capsys.readouterr().out == "ID  NAME\n1   one\n22\n"


def test_the_program_is_named_as_this_terminal_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert program() == f"{tmp_path}/python -m ionstack"
    script = tmp_path / "ionstack"
    script.write_text("#!/bin/sh\n")
    assert program() == "ionstack"
    monkeypatch.setenv("PATH", "")
    script.chmod(0o755)
    assert program() == "ionstack"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program() == "ionstack"
