"""The load: `wrk`, whose callers cost so little that the server is what is measured."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("load.lua")


class Failed(Exception):
    """A measure that cannot be had."""


class Refused(Failed):
    """A call failed, or was answered with an error."""


class NoAnswer(Failed):
    """Nobody answered in time."""


@dataclass(frozen=True, slots=True)
class Calls:
    """What callers ask for: paths in turn, at one server."""

    url: str
    paths: Sequence[str]
    headers: Mapping[str, str]
    method: str = "GET"
    body: str = ""
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back: answers a second, how many answers, the median latency (s), bytes an answer."""

    rate: float
    answers: int
    latency: float
    size: float


def run(calls: Calls, *, callers: int, seconds: float) -> Outcome:
    """Let so many callers call for so many seconds. NoAnswer if there was none in that time, Refused if a call
    failed or was refused."""
    with tempfile.NamedTemporaryFile("w", suffix=".calls") as file:
        file.write("\n".join([calls.method, calls.body, calls.content_type, *calls.paths, ""]))
        file.flush()
        headers = [word for name, value in calls.headers.items() for word in ("-H", f"{name}: {value}")]
        command = [
            "wrk", "-t1", f"-c{callers}", f"-d{max(1, round(seconds))}s", "--timeout", "30s", *headers,
            "-s", str(SCRIPT), calls.url, "--", file.name,
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.strip().rpartition("\n")[2])
    what = f"{calls.method} {calls.url}{calls.paths[0]}: {told}"
    if told["failed"] or told["refused"]:
        raise Refused(what)
    if not told["answers"]:
        raise NoAnswer(what)
    return Outcome(
        told["answers"] * 1e6 / told["microseconds"], told["answers"], told["median"] / 1e6,
        told["bytes"] / told["answers"],
    )  # fmt: skip
