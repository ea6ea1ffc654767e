"""The examples, run as their first lines say."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.clients.conftest import ROOT, Server
from tests.clients.test_node_sdk import STORY, node

EXAMPLES = ROOT / "examples"


def run(command: list[str], directory: Path, environment: dict[str, str]) -> str:
    ran = subprocess.run(
        command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=50, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture
def empty(server: Server) -> None:
    """Nothing was left behind by an example before."""
    headers = {"Authorization": f"Bearer {server.token}"}
    listed = httpx.get(f"{server.url}/cloudapi/v6/datacenters", headers=headers).raise_for_status()
    assert listed.json()["items"] == []


@pytest.mark.usefixtures("empty")
def test_python(server: Server, tmp_path: Path) -> None:
    told = run([sys.executable, str(EXAMPLES / "python" / "server.py")], tmp_path, server.environment)
    assert told.startswith("web RUNNING 198.18.")


@pytest.mark.usefixtures("empty")
def test_node(server: Server, tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "node" / "datacenter.mjs", tmp_path)
    (tmp_path / "node_modules").symlink_to(STORY.parent / "node_modules")
    assert run([node(), "datacenter.mjs"], tmp_path, server.environment) == "example inside\n"


@pytest.mark.usefixtures("empty")
def test_shell(server: Server, tmp_path: Path) -> None:
    environment = {**os.environ, "IONOS_API_URL": server.url, "IONOS_TOKEN": server.token}
    told = run(["sh", str(EXAMPLES / "shell" / "datacenter.sh")], tmp_path, environment)
    assert '"name": "example"' in told
