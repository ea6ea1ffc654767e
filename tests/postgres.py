"""A private PostgreSQL server for tests: its own directory, a socket and a loopback port, gone at the end.

`initdb` refuses to run as root, so a root's server runs as an unprivileged user of the system.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg


class Server:
    """A running server. `database()` makes an empty database and gives its URL."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, name: str) -> str:
        return f"postgresql://ionstack@127.0.0.1:{self.port}/{name}"

    async def database(self, template: str = "template1") -> str:
        """The URL of a new database: an empty one, or a copy of another to which nobody is connected."""
        name = f"t{uuid.uuid4().hex}"
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        finally:
            await connection.close()
        return self.url(name)

    async def drop(self, url: str) -> None:
        """Drop a database, whoever is connected to it."""
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(f"DROP DATABASE IF EXISTS {url.rsplit('/', 1)[1]} WITH (FORCE)")
        finally:
            await connection.close()


@contextmanager
def running(*, durable: bool = False) -> Iterator[Server]:
    """A server for the length of a block. `durable` keeps fsync on, for tests that kill it."""
    binaries = _binaries()
    directory = Path(tempfile.mkdtemp(prefix="ionstack-pg-"))
    who = _unprivileged()
    if who:
        os.chown(directory, who.pw_uid, who.pw_gid)
    data, port = directory / "data", free_port()
    try:
        _run(
            [binaries / "initdb", "-D", data, "-U", "ionstack", "-A", "trust", "-E", "UTF8", "--no-sync"], who
        )
        options = f"-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories={directory}"
        options += " -c max_connections=200" + ("" if durable else " -c fsync=off")
        _run(
            [
                binaries / "pg_ctl",
                "-D",
                data,
                "-w",
                "-t",
                "60",
                "-l",
                directory / "log",
                "-o",
                options,
                "start",
            ],
            who,
        )
        try:
            yield Server(port)
        finally:
            _run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], who)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _run(command: list[object], who: pwd.struct_passwd | None) -> None:
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False, cwd="/",
        user=who.pw_uid if who else None, group=who.pw_gid if who else None, extra_groups=[] if who else None,
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stdout} {done.stderr}")


def _binaries() -> Path:
    found = shutil.which("initdb")
    candidates = (
        [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    )
    for candidate in candidates:
        if (candidate / "pg_ctl").exists():
            return candidate
    raise RuntimeError(
        "no PostgreSQL server programs: run scripts/setup-postgres, or install the package postgresql"
    )


def _unprivileged() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("root cannot run PostgreSQL and the system has neither a user postgres nor nobody")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
