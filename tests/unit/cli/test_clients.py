"""Which clients are found, and that what is told of them is what `exec` does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ionstack.cli.clients import COMMANDS, NODE, PYTHON, Client, installed
from ionstack.cli.execute import PROXY, TRUST

KNOWN = [*COMMANDS.values(), *PYTHON.values(), *NODE.values()]


@pytest.mark.parametrize("client", KNOWN, ids=lambda client: client.name)
def test_the_variables_that_a_client_reads_are_set(client: Client) -> None:
    assert client.proxy in PROXY
    assert client.trust in (*TRUST, "IONOS_CERTIFICATE_FINGERPRINT") or client.gap
    assert client.proxy in client.told
    assert client.trust in client.told


def program(directory: Path, name: str, prints: str = "") -> None:
    file = directory / name
    file.write_text(f"#!/bin/sh\necho '{prints}'\n")
    file.chmod(0o755)


def test_what_is_on_the_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list(installed()) == []
    program(tmp_path, "rclone")
    program(tmp_path, "node", '["@ionos-cloud/sdk-nodejs"]')
    program(tmp_path, "python3", '["ionoscloud"]')
    assert [client.name for client in installed()] == ["rclone", "Node", "Python SDK", "Node SDK"]


def test_an_interpreter_that_cannot_tell_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    program(tmp_path, "python3", "nonsense")
    assert list(installed()) == []


def test_a_real_interpreter_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python3").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(PYTHON, "json", Client("there"))
    monkeypatch.setitem(PYTHON, "nosuch", Client("not there"))
    names = {client.name for client in installed()}
    assert "there" in names
    assert "not there" not in names
