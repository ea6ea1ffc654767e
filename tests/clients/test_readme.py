"""The README's own words: its Getting started pasted into a shell, nothing changed but the address."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest

from tests.clients.conftest import ROOT, Server

README = (ROOT / "README.md").read_text("utf-8")


def shell_blocks(heading: str) -> str:
    """The shell blocks below a heading, up to the next one of its rank."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert section, f"the README has no heading {heading!r}"
    return "\n".join(re.findall(r"^```sh\n(.*?)^```", section[1], re.MULTILINE | re.DOTALL))


@pytest.fixture(scope="module")
def pasted(server: Server) -> str:
    """What the terminal shows after pasting the blocks."""
    script = shell_blocks("Getting started")
    shell = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        env={**server.environment, "API": server.url}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=50, check=False,
    )  # fmt: skip
    assert shell.returncode == 0, shell.stdout + shell.stderr
    return shell.stdout


def answers(text: str) -> list[dict[str, Any]]:
    """The JSON objects in a text, in order."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while (at := text.find("{", at)) >= 0:
        value, at = decoder.raw_decode(text, at)
        found.append(value)
    return found


def test_the_flow_ends_with_the_new_datacenter(pasted: str, server: Server) -> None:
    listed, created, status, read = answers(pasted)
    assert listed["items"] == []
    assert "HTTP/1.1 202 " in pasted
    assert created["metadata"]["state"] == "BUSY"
    assert status["metadata"]["status"] == "DONE"
    assert (read["id"], read["metadata"]["state"]) == (created["id"], "AVAILABLE")
    assert read["href"].startswith(f"{server.url}/cloudapi/v6/datacenters/")
