"""A worker of its own beside a server that does none of the work, on one PostgreSQL."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import postgres
from tests.clients.shell import DEADLINE, Shell, until

DATACENTER = {"properties": {"name": "One", "location": "de/txl"}}


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres.running() as server:
        yield server.url("postgres")


@pytest.fixture
def shell(tmp_path: Path, database: str) -> Iterator[Shell]:
    shell = Shell(tmp_path, {"IONSTACK_DATABASE": database, "IONSTACK_MASTER_KEY": "11" * 32})
    yield shell
    shell.run("stop")


@pytest.fixture
def owner(shell: Shell) -> Iterator[httpx.Client]:
    """The owner of a contract whose next creation is not done at once, on a server without a worker."""
    api = json.loads(shell.run("start -d --no-worker --json").stdout)["api"]
    made = json.loads(shell.run("contract create --json").stdout)
    shell.run(f"fault add {made['contractNumber']} --method POST --delay 0.01")
    bearer = {"Authorization": f"Bearer {made['token']}"}
    with httpx.Client(base_url=f"{api}/cloudapi/v6", headers=bearer, timeout=DEADLINE) as client:
        yield client


def accepted(owner: httpx.Client) -> str:
    """The status URL of a creation."""
    answer = owner.post("/datacenters", json=DATACENTER)
    assert answer.status_code == 202, answer.text
    return str(answer.headers["location"])


def status(owner: httpx.Client, url: str) -> Any:
    return owner.get(url).json()["metadata"]["status"]


def test_requests_wait_for_a_worker_and_it_ends_when_told(shell: Shell, owner: httpx.Client) -> None:
    url = accepted(owner)
    assert status(owner, url) == "QUEUED"
    with shell.begin("worker") as worker:
        until(lambda: status(owner, url) == "DONE", "the worker carries the request out")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(DEADLINE) == 0


def test_a_killed_workers_request_is_carried_on_by_another(shell: Shell, owner: httpx.Client) -> None:
    with shell.begin("worker") as first, shell.begin("worker") as second:
        assert first.stderr is not None
        until(lambda: "ready" in (first.stderr.readline() if first.stderr else ""), "the worker is ready")
        os.kill(first.pid, signal.SIGKILL)
        url = accepted(owner)
        until(lambda: status(owner, url) == "DONE", "the other worker carries the request out")
        second.terminate()


def test_without_the_master_key_it_is_one_line(shell: Shell) -> None:
    del shell.variables["IONSTACK_MASTER_KEY"]
    refused = shell.run("worker", code=1).stderr
    assert refused.startswith("ionstack: ")
    assert "IONSTACK_MASTER_KEY" in refused
    assert refused.count("\n") == 1
    assert "master key" in shell.run("doctor", code=1).stdout
