"""A terminal for tests: `ionstack` commands in a directory of their own, and waiting for what they do."""

from __future__ import annotations

import http.client
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DEADLINE = 30.0


@dataclass
class Shell:
    """A terminal in a directory of its own; what is started in it ends with it."""

    home: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "PYTHONPATH": os.pathsep.join(sys.path), "IONSTACK_DATA_DIR": str(self.data), "IONSTACK_PORT": "0",
            "HOME": str(self.home), "PATH": os.environ["PATH"],
        }  # fmt: skip
        return {**own, **self.variables}

    def run(self, line: str, *, code: int = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run `ionstack <line>`."""
        ran = subprocess.run(
            self._words(line), cwd=self.home, env=self.environment, capture_output=True, text=True,
            timeout=DEADLINE, check=False, input=stdin,
        )  # fmt: skip
        assert ran.returncode == code, f"{line}: {ran.returncode}\n{ran.stdout}{ran.stderr}"
        return ran

    def begin(self, line: str) -> subprocess.Popen[str]:
        """Start `ionstack <line>` and go on."""
        return subprocess.Popen(
            self._words(line), cwd=self.home, env=self.environment, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def _words(self, line: str) -> list[str]:
        return [sys.executable, "-P", "-m", "ionstack", *shlex.split(line)]


def until(done: Callable[[], bool], what: str) -> None:
    """Wait for a condition of another process, with a deadline."""
    end = time.monotonic() + DEADLINE
    while not done():
        assert time.monotonic() < end, f"not within {DEADLINE} s: {what}"
        time.sleep(0.02)


def get(url: str, headers: Mapping[str, str]) -> tuple[int, Any]:
    """Status and JSON of a GET."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=DEADLINE)
    try:
        connection.request("GET", parts.path, headers=dict(headers))
        response = connection.getresponse()
        return response.status, json.loads(response.read() or "null")
    finally:
        connection.close()
