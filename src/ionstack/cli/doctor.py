"""`ionstack doctor`: look at a set-up from the outside and say what is wrong with it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ionstack import __version__
from ionstack.cli.clients import installed
from ionstack.cli.options import settings_of, target_options
from ionstack.cli.remote import Remote
from ionstack.cli.target import anonymous, control
from ionstack.config import unknown_names
from ionstack.errors import IonstackError

if TYPE_CHECKING:
    from ionstack.config import Settings
    from ionstack.server.presence import Running

GOOD, NOTE, BAD = "ok", "note", "FAULT"
TOLERATED = 5
"""Seconds that the server's clock may differ from ours: tokens and one-time passwords go by it."""


class Finding(NamedTuple):
    """What was looked at, how it is, and what to say about it."""

    what: str
    how: str
    text: str


@click.command()
@target_options
@click.option(
    "--objects", is_flag=True, help="Read all of Object Storage, and compare it with its checksums."
)
@click.pass_context
def doctor(ctx: click.Context, /, objects: bool, **flags: Any) -> None:
    """Look at the set-up, and say what is wrong with it.

    That is this machine, the data, the ports and the server, and which of the clients that are installed
    `ionstack exec` leads here. The exit code is 1 if something is wrong.

    \b
    Example: ionstack doctor
             ionstack doctor --objects
    """
    settings = settings_of(flags)
    findings = []
    for finding in chain(_findings(settings, flags["server"]), _objects(flags) if objects else ()):
        click.echo(f"{finding.how:<6} {finding.what:<12} {finding.text}")
        findings.append(finding)
    ctx.exit(1 if any(finding.how == BAD for finding in findings) else 0)


def _findings(settings: Settings, server: str | None) -> Iterator[Finding]:
    from ionstack.server import presence

    yield Finding("version", GOOD, f"Ionstack {__version__}")
    enough = sys.version_info >= (3, 11)
    yield Finding("python", GOOD if enough else BAD, f"{platform.python_version()}, {sys.executable}")
    yield from (Finding("environment", NOTE, line) for line in unknown_names())
    if server:
        yield from _server(Remote(server))
    else:
        yield _directory(settings.data_dir)
        yield from _database(settings)
        found = presence.find(settings.data_dir)
        if found is None:
            yield from _ports(settings)
        else:
            yield from _running(found)
    yield from _clients()


def _objects(flags: dict[str, Any]) -> Iterator[Finding]:
    """Every body of Object Storage that is not what its row says, and how many were read."""
    bodies, size, damages, after = 0, 0, 0, None
    with control(flags) as server:
        while True:
            piece = server.call("GET", "/objects/check", after=after)
            bodies, size, damages = (
                bodies + piece["bodies"],
                size + piece["bytes"],
                damages + len(piece["damages"]),
            )
            for one in piece["damages"]:
                yield Finding(
                    "object", BAD, f"{one['bucket']}/{one['key']} ({one['version']}): {one['what']}"
                )
            after = piece["next"]
            if after is None:
                break
    yield Finding("objects", BAD if damages else GOOD, f"{bodies} with {size} bytes, {damages} damaged")


def _clients() -> Iterator[Finding]:
    """Which clients are here, and whether `ionstack exec` brings them here as they are."""
    found = list(installed())
    if not found:
        yield Finding("clients", NOTE, "none of the usual ones is installed")
    for client in found:
        yield Finding("client", NOTE if client.gap else GOOD, f"{client.name}: {client.told}")


def _directory(path: Path) -> Finding:
    nearest = next(one for one in (path, *path.absolute().parents) if one.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        return Finding("data", BAD, f"{path} cannot be written: give another with --data-dir")
    free = shutil.disk_usage(nearest).free // 2**20
    what = f"{path}, {free} MiB free" if path.exists() else f"{path} will be made, {free} MiB free"
    return Finding("data", GOOD if free > 100 else BAD, what)


def _database(settings: Settings) -> Iterator[Finding]:
    if not settings.database:
        yield Finding("database", GOOD, "SQLite in the data directory")
        return
    yield _tried("database", lambda: _reached(str(settings.database)))
    if not (settings.master_key or settings.master_key_file):
        yield Finding(
            "master key", BAD, "PostgreSQL needs one: set IONSTACK_MASTER_KEY or IONSTACK_MASTER_KEY_FILE"
        )


def _reached(url: str) -> str:
    """The database's version; raises what the driver does."""
    import asyncio

    import asyncpg

    async def ask() -> str:
        connection = await asyncpg.connect(url, timeout=5)
        try:
            return str(await connection.fetchval("SHOW server_version"))
        finally:
            await connection.close()

    return f"PostgreSQL {asyncio.run(ask())}"


def _ports(settings: Settings) -> Iterator[Finding]:
    from ionstack.server import sockets

    def free(port: int, flag: str) -> str:
        for one in sockets.listen(settings.host, port, flag):
            one.close()
        return f"{port} is free"

    yield Finding("server", NOTE, "none runs here: start one with `ionstack serve`")
    yield _tried("port", lambda: free(settings.port, "--port"))
    yield _tried("S3 port", lambda: free(settings.s3_port, "--s3-port"))
    if settings.ftps_port is not None:
        yield _tried("FTPS port", lambda: free(settings.ftps_port or 0, "--ftps-port"))


def _running(found: Running) -> Iterator[Finding]:
    if not found.ready:
        yield Finding("server", NOTE, f"process {found.pid} holds the data and is not ready")
        return
    yield from _server(anonymous(found))


def _server(server: Remote) -> Iterator[Finding]:
    try:
        told = server.call("GET", "/version")
        server.call("GET", "/ready")
        drift = abs(server.drift())
    except IonstackError as error:
        yield Finding("server", BAD, str(error))
        return
    same = told["version"] == __version__
    other = "" if same else f", but this command is {__version__}"
    yield Finding(
        "server", GOOD if same else NOTE, f"{told['version']} at {server.url} on {told['store']}{other}"
    )
    yield Finding(
        "clock",
        GOOD if drift <= TOLERATED else BAD,
        f"the server's and this machine's differ by {drift:.0f} s",
    )


def _tried(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, GOOD, look())
    except Exception as error:  # noqa: BLE001  a driver's errors have no common root, and each is a finding
        return Finding(what, BAD, (str(error) or type(error).__name__).splitlines()[0])
