"""Servers as processes of their own: Ionstack, the limits it is held against, and its peers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.load import Failed

ROOT = Path(__file__).parents[1]
PEERS = ROOT / "build" / "peers"
DOCUMENT = ROOT / "tests" / "reference" / "cloudapi.json"
API = "/cloudapi/v6"
OWNER, PASSWORD = "owner@bench.example", "a password for benchmarks"
BASIC = {"Authorization": "Basic " + b64encode(f"{OWNER}:{PASSWORD}".encode()).decode()}
DEADLINE = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it is, its process, and the headers and the kind of body that its callers send."""

    url: str
    pid: int
    headers: Mapping[str, str] = field(default_factory=dict)
    form: str = "application/json"

    def call(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> bytes:
        """The body of an answer. HTTPError if it is a refusal."""
        sent = dict(self.headers if headers is None else headers)
        data = None
        if body is not None:
            data, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(self.url + path, data, sent)
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            read: bytes = answer.read()
            return read

    def json(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:
        """The same, parsed."""
        return json.loads(self.call(path, body, headers))


@contextmanager
def ionstack(directory: Path, *, database: str = "") -> Iterator[Server]:
    """Ionstack with its default settings, and a token for its owner."""
    with starting(directory, database=database) as (server, _):
        token = server.json("/auth/v1/tokens/generate", headers=BASIC)["token"]
        yield Server(server.url, server.pid, {"Authorization": f"Bearer {token}"})


@contextmanager
def starting(
    directory: Path, *, database: str = "", settings: Mapping[str, str] | None = None
) -> Iterator[tuple[Server, Mapping[str, str]]]:
    """Ionstack as soon as it says that it is ready, and what it says."""
    directory.mkdir(parents=True, exist_ok=True)
    known = {name: value for name, value in os.environ.items() if not name.startswith("IONSTACK_")}
    known |= {"IONSTACK_USERNAME": OWNER, "IONSTACK_PASSWORD": PASSWORD}
    known |= settings or {}
    if database:
        known |= {"IONSTACK_DATABASE": database, "IONSTACK_MASTER_KEY": "00" * 32}
    command = ["-m", "ionstack", "serve", "--port", "0", "--data-dir", str(directory)]
    with _process([sys.executable, *command], directory.with_suffix(".log"), known, told=True) as (pid, line):
        told = json.loads(line)
        yield Server(told["api"], pid, BASIC), told


@contextmanager
def limit(module: str, *arguments: str, log: Path) -> Iterator[Server]:
    """An application of `bench` on the same HTTP server with the same configuration."""
    with _process([sys.executable, "-m", module, *arguments], log, os.environ, told=True) as (pid, line):
        yield Server(line.strip(), pid)


@contextmanager
def moto(log: Path) -> Iterator[Server]:
    """moto's server; its callers sign for EC2, which it does not verify."""
    scope = "Credential=bench/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=none"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {scope}"}
    port = free_port()
    command = [str(PEERS / "bin" / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with peer(command, port, log) as pid:
        yield Server(f"http://127.0.0.1:{port}", pid, headers, "application/x-www-form-urlencoded")


@contextmanager
def prism(log: Path) -> Iterator[Server]:
    """Prism over the same pinned OpenAPI document that Ionstack is held against, and silent."""
    node = shutil.which("node") or str(ROOT / ".venv" / "bin" / "node")
    program = [node, str(PEERS / "prism" / "node_modules" / ".bin" / "prism"), "mock", "-h", "127.0.0.1"]
    port = free_port()
    with peer([*program, "-v", "silent", "-p", str(port), str(DOCUMENT)], port, log) as pid:
        yield Server(f"http://127.0.0.1:{port}", pid, {"Authorization": "Bearer bench"})


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def peer(command: Sequence[str], port: int, log: Path) -> Iterator[int]:
    """The process of a peer that says nothing when it is ready; it is there once it answers."""
    with _process(command, log, os.environ, told=False) as (pid, _):
        deadline = time.monotonic() + DEADLINE
        while not _answers(port):
            if time.monotonic() > deadline:
                raise Failed(f"{command[0]} did not start: see {log}")
            time.sleep(0.1)
        yield pid


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


@contextmanager
def _process(
    command: Sequence[str], log: Path, environment: Mapping[str, str], *, told: bool
) -> Iterator[tuple[int, str]]:
    """A process and, if it tells when it is ready, the line by which it does. It ends with the block."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**environment, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE if told else file, stderr=file,
        )  # fmt: skip
    try:
        line = process.stdout.readline().decode() if process.stdout else ""
        if told and not line:
            raise Failed(f"{command[:4]} did not start: see {log}")
        yield process.pid, line
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
