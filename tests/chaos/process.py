"""Servers and workers in processes of their own, to be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ionstack.engine.clock import Clock
from tests.wait import DEADLINE, MOMENT

ROOT = Path(__file__).parents[2]
USERNAME, PASSWORD = "owner@example.com", "a good password"
ADMIN_TOKEN = "the admin token of the tests"


class Program:
    """A command of Ionstack as a process that leads a group of its own; its log is in the directory's `log`."""

    program = "ionstack"
    """The module that is run."""

    def __init__(
        self, directory: Path, database: str | None, *, profile: str, worker: bool,
        variables: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        directory.mkdir(exist_ok=True)
        self.directory = directory
        self._environment = {
            **os.environ, "IONSTACK_USERNAME": USERNAME, "IONSTACK_PASSWORD": PASSWORD,
            "IONSTACK_ADMIN_TOKEN": ADMIN_TOKEN, "IONSTACK_MASTER_KEY": "00" * 32,
            "IONSTACK_LOG_LEVEL": "warning", "IONSTACK_PROFILE": profile,
            "IONSTACK_WORKER": str(worker).lower(), "PYTHONPATH": str(ROOT / "src"),
            **(variables or {}),
        }  # fmt: skip
        if database:
            self._environment["IONSTACK_DATABASE"] = database
        self._running: subprocess.Popen[str] | None = None

    @property
    def running(self) -> subprocess.Popen[str]:
        """The process; an AssertionError while there is none."""
        assert self._running is not None, "the process does not run"
        return self._running

    @property
    def log(self) -> str:
        """The end of what it said."""
        return (self.directory / "log").read_text()[-4000:]

    def kill(self, *, group: bool = False) -> None:
        """SIGKILL the process, or its whole group."""
        if group:
            os.killpg(self.running.pid, signal.SIGKILL)
        else:
            self.running.kill()
        self._gone()

    def look(self, *words: str) -> str:
        """Run another command on the same data, and wait for it; what it says. AssertionError if it fails."""
        command = [sys.executable, "-m", "ionstack", *words, "--data-dir", str(self.directory)]
        done = subprocess.run(
            command, env=self._environment, cwd=ROOT, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def freeze(self) -> None:
        """Let it take no step until it is thawed, as a machine under heavy load would."""
        self.running.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.running.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it in order, if it runs."""
        if self._running is not None:
            self.thaw()
            self.running.terminate()
            self._gone()

    def _spawn(self, *words: str) -> None:
        with (self.directory / "log").open("a") as log:
            self._running = subprocess.Popen(
                [sys.executable, "-m", self.program, *words], env=self._environment, cwd=ROOT,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
                start_new_session=True,
            )  # fmt: skip

    def _gone(self) -> None:
        self.running.wait(timeout=30)
        assert self.running.stdout is not None
        self.running.stdout.close()
        self._running = None


class Process(Program):
    """A server on a data directory or database. `worker` says whether it carries out requests, too."""

    def __init__(
        self, directory: Path, database: str | None, *, profile: str = "instant", worker: bool = True,
        variables: Mapping[str, str] | None = None, port: int = 0,
    ) -> None:  # fmt: skip
        super().__init__(directory, database, profile=profile, worker=worker, variables=variables)
        self.api = self.s3 = ""
        self._port = port

    def start(self) -> None:
        """Return when the server answers."""
        self._spawn("serve", "--port", "0", "--s3-port", str(self._port), "--data-dir", str(self.directory))
        assert self.running.stdout is not None
        ready = next((line for line in self.running.stdout if line.startswith("{")), None)
        assert ready is not None, self.log
        said = json.loads(ready)
        self.api, self.s3 = said["api"], said["s3"]


class Hand(Program):
    """A worker without a server, on a database that servers share."""

    def __init__(self, directory: Path, database: str) -> None:
        super().__init__(directory, database, profile="instant", worker=True)
        self._said = 0

    def start(self) -> None:
        """Return at once."""
        log = self.directory / "log"
        self._said = log.stat().st_size if log.exists() else 0
        self._spawn("worker")

    def await_ready(self) -> None:
        """Return when it works."""
        clock = Clock()
        until = clock.monotonic() + DEADLINE
        while b"ready\n" not in (self.directory / "log").read_bytes()[self._said :]:
            assert self.running.poll() is None, self.log
            assert clock.monotonic() < until, self.log
            clock.pause(MOMENT)
