"""The command line itself: help that teaches, errors of one line, and a quick start."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ionstack.cli import COMMANDS, cli, run
from ionstack.config import OPTIONS


def _commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


ALL = dict(_commands(cli, "ionstack"))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IONSTACK_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


@pytest.mark.parametrize("path", ALL)
def test_every_command_shows_an_example_of_itself(path: str) -> None:
    assert path in str(ALL[path].help).split("Example:")[1]
    for parameter in ALL[path].params:
        assert not isinstance(parameter, click.Option) or parameter.help, parameter.name


def test_serve_takes_every_setting_that_has_a_flag() -> None:
    taken = {option for parameter in ALL["ionstack serve"].params for option in parameter.opts}
    assert {option.switch for option in OPTIONS.values() if option.flag} <= taken
    assert not {option.switch for option in OPTIONS.values() if not option.flag} & taken


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("nosuch", 2, "ionstack: No such command 'nosuch'"),
        ("serve --port x", 2, "ionstack serve: --port must be a whole number from 0 to 65535, not 'x'"),
        ("serve --database mysql://x", 2, "ionstack serve: --database must be a URL such as postgresql://"),
        ("env nosuch", 2, "ionstack env: Invalid value for"),
        ("worker", 1, "ionstack: a worker of its own needs PostgreSQL: give --database"),
        ("token create", 1, "ionstack: no server runs and there is no data in"),
        ("wait --timeout 0", 1, "ionstack: no server was ready"),
        ("status --server http://[", 1, "ionstack: http://[ is no URL of a server"),
        ("token list --server http://127.0.0.1:1", 1, "ionstack: a server elsewhere needs its admin token"),
    ],
)
def test_an_error_is_one_line_that_says_what_to_do(
    line: str, code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(line.split()) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(says)
    assert printed.err.count("\n") == 1


def test_a_server_that_does_not_answer_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IONSTACK_ADMIN_TOKEN", "x")
    assert run(["contract", "list", "--server", "http://127.0.0.1:1"]) == 1
    assert capsys.readouterr().err == (
        "ionstack: the server at http://127.0.0.1:1 does not answer (Connection refused)\n"
    )


def test_stop_without_a_server_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["stop"]) == 0
    assert capsys.readouterr().err == "no server runs\n"


def test_status_without_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--json"]) == 1
    assert '"status": "stopped"' in capsys.readouterr().out


def test_help_imports_no_more_than_it_shows() -> None:
    """Only serving needs the server; a command line must answer at once."""
    heavy = ("falcon", "uvicorn", "sqlalchemy", "apsw", "cryptography", "jsonschema_rs", "orjson", "asyncio")
    script = (
        "import sys; from ionstack.cli import run; run(['--help']); run(['status'])\n"
        f"print([name for name in {heavy} if name in sys.modules], file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    child = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert child.stderr.strip() == "[]"


def test_a_server_that_takes_no_images_loads_nothing_for_them() -> None:
    script = (
        "import sys, ionstack.server.launch; print([n for n in ('pyftpdlib', 'OpenSSL') if n in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    child = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert child.stdout.strip() == "[]"


def test_the_table_of_commands_is_whole() -> None:
    assert {path.split()[1] for path in ALL} == set(COMMANDS)
