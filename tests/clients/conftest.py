"""A real server in a process of its own, for real clients to call."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx
import pytest

ROOT = Path(__file__).parents[2]
OWNER, PASSWORD = "me@example.com", "change-me"
ADMIN_TOKEN = "the admin token of the tests"


@dataclass(frozen=True)
class Server:
    """Where the server listens, for S3 too, and a token of its owner."""

    url: str
    token: str
    s3: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """What the official SDKs read; name and password are left out, as a token is all they need."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("IONOS_")}
        return {**inherited, "IONOS_API_URL": f"{self.url}/cloudapi/v6", "IONOS_TOKEN": self.token}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of this file's own, empty at first and forgotten afterwards."""
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("w") as errors, _started(errors, log.parent) as process:
        assert process.stdout is not None
        line = next((line for line in process.stdout if line.startswith("{")), "")
        try:
            assert line, f"the server did not start:\n{log.read_text()}"
            running = json.loads(line)
            url = running["api"]
            answer = httpx.get(f"{url}/auth/v1/tokens/generate", auth=(OWNER, PASSWORD))
            yield Server(url, answer.raise_for_status().json()["token"], running["s3"])
        finally:
            process.send_signal(signal.SIGTERM)


def _started(errors: IO[str], directory: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ionstack", "serve", "--port", "0", "--ephemeral", "--data-dir", str(directory)],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True,
        env={**os.environ, "IONSTACK_USERNAME": OWNER, "IONSTACK_PASSWORD": PASSWORD, "IONSTACK_ADMIN_TOKEN": ADMIN_TOKEN},
    )  # fmt: skip
