"""`ionstack start`, `wait`, `stop` and `status`: a server that outlives the command."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ionstack.cli.options import place_options, settings_of, settings_options, target_options
from ionstack.config import OPTIONS
from ionstack.errors import UsageError

if TYPE_CHECKING:
    from ionstack.engine.clock import Clock

LOG = "server.log"
_TIMEOUT = click.option("--timeout", type=click.FloatRange(min=0), default=60.0, show_default=True,
                        metavar="SECONDS", help="How long to wait.")  # fmt: skip


@click.command()
@settings_options
@click.option("-d", "--detach", is_flag=True, help="Return when the server is ready, and leave it running.")
@click.option("--json", "json_line", is_flag=True, help="Print one line of JSON when the server is ready.")
@_TIMEOUT
@click.pass_context
def start(ctx: click.Context, /, detach: bool, json_line: bool, timeout: float, **flags: Any) -> None:
    """Start the server; with -d, in the background.

    Its log is server.log in the data directory.

    \b
    Example: ionstack start -d && eval "$(ionstack env terraform)" && terraform apply && ionstack stop
    """
    if not detach:
        from ionstack.cli.serve import serve

        ctx.invoke(serve, json_line=json_line, **flags)
        return
    from ionstack.server import presence

    directory = settings_of(flags).data_dir
    presence.make(directory)
    log = directory / LOG
    with log.open("ab") as writing:
        before = writing.tell()
        child = subprocess.Popen(  # noqa: S603  our own interpreter and arguments
            [sys.executable, "-P", "-m", "ionstack", "serve", "--json", *_arguments(flags)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=writing, start_new_session=True,
        )  # fmt: skip
    line = _first_line(child, timeout)
    said = _since(log, before)
    if line is None:
        child.terminate()
        raise UsageError(f"the server was not ready within {timeout:g} s and was stopped; its log is {log}")
    if not line:
        raise UsageError(_last(said) or f"the server ended with exit code {child.wait()}; its log is {log}")
    click.echo(said, err=True, nl=False)
    if json_line:
        click.echo(line)


@click.command()
@target_options
@_TIMEOUT
def wait(timeout: float, **flags: Any) -> None:
    """Wait until the server is ready to serve.

    \b
    Example: ionstack wait --timeout 10
    """
    from ionstack.cli.remote import Remote
    from ionstack.engine.clock import Clock
    from ionstack.server import presence

    server, directory = flags["server"], settings_of(flags).data_dir

    def ready() -> bool:
        if server:
            return Remote(server).answers("/ready")
        found = presence.find(directory)
        return bool(
            found and found.ready and Remote(found.api, "", found.certificate_authority).answers("/ready")
        )

    if not _until(ready, timeout, Clock()):
        raise UsageError(f"no server was ready at {server or directory} within {timeout:g} s")


@click.command()
@place_options
@_TIMEOUT
def stop(timeout: float, **flags: Any) -> None:
    """Stop the server, and wait until it has ended.

    Calls under way are finished first.

    \b
    Example: ionstack stop --data-dir ./cloud
    """
    from ionstack.engine.clock import Clock
    from ionstack.server import presence

    found = presence.find(settings_of(flags).data_dir)
    if found is None:
        click.echo("no server runs", err=True)
        return
    try:
        os.kill(found.pid, signal.SIGTERM)
    except ProcessLookupError:
        pass
    except PermissionError:
        raise UsageError(f"the server (process {found.pid}) belongs to another user") from None
    if not _until(lambda: _ended(found.pid), timeout, Clock()):
        raise UsageError(f"the server (process {found.pid}) has not ended within {timeout:g} s")


@click.command()
@target_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def status(ctx: click.Context, /, as_json: bool, **flags: Any) -> None:
    """Tell whether the server runs, and where.

    The exit code is 0 if it is ready, else 1.

    \b
    Example: ionstack status --json
    """
    import json

    found = _status(flags)
    if as_json:
        click.echo(json.dumps(found))
    else:
        for name, value in found.items():
            click.echo(f"{name:<10} {value}")
    ctx.exit(0 if found["status"] == "ready" else 1)


def _status(flags: Mapping[str, Any]) -> dict[str, Any]:
    from ionstack.cli.remote import Remote
    from ionstack.server import presence

    directory = settings_of(flags).data_dir
    if flags["server"]:
        remote = Remote(flags["server"])
        known: dict[str, Any] = {"api": flags["server"]}
    else:
        found = presence.find(directory)
        if found is None:
            return {"status": "stopped", "data_dir": str(directory)}
        known = {"api": found.api, "s3": found.s3, "pid": found.pid, "data_dir": found.data_dir}
        if not found.ready:
            return {"status": "starting", **known}
        remote = Remote(found.api, "", found.certificate_authority)
    if not remote.answers("/ready"):
        return {"status": "not ready", **known}
    told = remote.call("GET", "/version")
    return {"status": "ready", **known, **{name: told[name] for name in ("version", "store", "profile")}}


def _arguments(flags: Mapping[str, Any]) -> list[str]:
    """The flags as the words of a command line."""
    words = ["--config", str(flags["config"])] if flags.get("config") else []
    for name, value in flags.items():
        if name not in OPTIONS or value is None:
            continue
        switch = OPTIONS[name].switch
        if isinstance(value, bool):
            words.append(switch if value else switch.replace("--", "--no-", 1))
        else:
            words.append(f"{switch}={value}")
    return words


def _first_line(child: subprocess.Popen[bytes], timeout: float) -> str | None:
    """The first line a process prints: empty if it ends without one, None if the time is up."""
    output = child.stdout
    assert output is not None  # noqa: S101  it is a pipe
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        if not selector.select(timeout):
            return None
    return output.readline().decode().strip()


def _since(log: Path, position: int) -> str:
    with log.open("rb") as reading:
        reading.seek(position)
        return reading.read().decode("utf-8", "replace")


def _last(text: str) -> str:
    """The last line of what a failed server said, without its own prefix."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("ionstack: ") if lines else ""


def _ended(pid: int) -> bool:
    """Whether a process is gone, or only waits for its parent to take note."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] == "Z"
    except ProcessLookupError:
        return True
    except OSError:  # no /proc here, or it vanished in between
        return False


def _until(done: Callable[[], bool], timeout: float, clock: Clock) -> bool:
    """Look again and again until something is so, or the time is up."""
    end = clock.monotonic() + timeout
    while not done():
        if clock.monotonic() >= end:
            return False
        clock.pause(0.05)
    return True
