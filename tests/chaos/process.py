"""A server in a process of its own, to be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
USERNAME, PASSWORD = "owner@example.com", "a good password"
ADMIN_TOKEN = "the admin token of the tests"


class Process:
    """Starts a server on a data directory or database, kills it, and starts it again."""

    def __init__(self, directory: Path, database: str | None, *, profile: str = "instant") -> None:
        self.directory, self.database, self.profile = directory, database, profile
        self.api = ""
        self._running: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Return when the server answers; its log is in the directory's `log`."""
        environment = {
            **os.environ, "IONSTACK_USERNAME": USERNAME, "IONSTACK_PASSWORD": PASSWORD,
            "IONSTACK_ADMIN_TOKEN": ADMIN_TOKEN, "IONSTACK_MASTER_KEY": "00" * 32,
            "IONSTACK_LOG_LEVEL": "warning", "IONSTACK_PROFILE": self.profile,
            "PYTHONPATH": str(ROOT / "src"),
        }  # fmt: skip
        if self.database:
            environment["IONSTACK_DATABASE"] = self.database
        command = [
            sys.executable,
            "-m",
            "ionstack",
            "serve",
            "--port",
            "0",
            "--data-dir",
            str(self.directory),
        ]
        with (self.directory / "log").open("a") as log:
            self._running = subprocess.Popen(
                command, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=log, text=True, start_new_session=True,
            )  # fmt: skip
        assert self._running.stdout is not None
        ready = next((line for line in self._running.stdout if line.startswith("{")), None)
        assert ready is not None, (self.directory / "log").read_text()[-4000:]
        self.api = json.loads(ready)["api"]

    def kill(self, *, group: bool) -> None:
        """SIGKILL the process, or its whole group."""
        assert self._running is not None
        if group:
            os.killpg(self._running.pid, signal.SIGKILL)
        else:
            self._running.kill()
        self._running.wait()
        assert self._running.stdout is not None
        self._running.stdout.close()
        self._running = None

    def stop(self) -> None:
        """End it in order, if it runs."""
        if self._running is not None:
            self._running.terminate()
            self._running.wait(timeout=30)
            assert self._running.stdout is not None
            self._running.stdout.close()
            self._running = None
