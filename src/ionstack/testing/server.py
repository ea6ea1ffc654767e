"""A server in a process of its own, that ends with the process which started it."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

from ionstack.config import PREFIX
from ionstack.errors import UsageError
from ionstack.testing.cloud import Ionstack

PATIENCE = 60.0
"""Seconds in which a server must have started, and later ended."""


@contextmanager
def running(directory: Path) -> Iterator[Ionstack]:
    """A fresh server on free ports, whose log is `server.log` in a directory; it forgets everything.

    UsageError with the end of the log if it does not start. Settings in the environment do not count.
    """
    log, token = directory / "server.log", secrets.token_urlsafe(32)
    with log.open("wb") as errors:
        child = subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-m", "ionstack.testing.child", *_ARGUMENTS],
            cwd=directory, env=_environment(token), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
        )  # fmt: skip
    with child:
        try:
            yield Ionstack(_ready(child, log), token)
        finally:
            _end(child)


_ARGUMENTS = ("serve", "--ephemeral", "--port", "0", "--shutdown-grace", "1", "--log-level", "info")


def _environment(token: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {**kept, f"{PREFIX}ADMIN_TOKEN": token}


def _ready(child: subprocess.Popen[bytes], log: Path) -> str:
    """The URL at which a server is, once it is ready."""
    assert child.stdout is not None  # noqa: S101  it is a pipe
    waited = Timer(PATIENCE, child.kill)
    waited.start()
    try:
        line = next((line for line in child.stdout if line.startswith(b"{")), b"")
    finally:
        waited.cancel()
    if not line:
        said = log.read_text("utf-8", "replace")[-2000:].strip()
        raise UsageError(f"Ionstack did not start: {said or 'it said nothing'}")
    return str(json.loads(line)["api"])


def _end(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None  # noqa: S101  it is a pipe
    child.stdin.close()
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
