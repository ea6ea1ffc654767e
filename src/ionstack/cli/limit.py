"""`ionstack contract limit`: what a contract may have, and what of it is used."""

from __future__ import annotations

import json
from typing import Any

import click

from ionstack.cli.options import target_options
from ionstack.cli.target import control
from ionstack.cli.words import table


@click.command()
@target_options
@click.argument("number", type=int)
@click.argument("changes", metavar="[NAME=VALUE]...", nargs=-1)
@click.option(
    "--rate", metavar="CALLS", help="Calls a minute that it may make; `server` for the server's own."
)
@click.option(
    "--storage", metavar="BYTES", help="Bytes that it may keep in Object Storage; `none` for any number."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def limit(
    number: int, changes: tuple[str, ...], rate: str | None, storage: str | None, as_json: bool, **flags: Any
) -> None:
    """Show the limits of a contract and what is used of them; change them, from the next call on.

    Memory and disks are in MB. What is there already stays, whatever the limit.

    \b
    Example: ionstack contract limit 31700001
             ionstack contract limit 31700001 coresPerContract=16 ramPerContract=65536 --rate 600
    """
    body: dict[str, Any] = {"limits": dict(_read(change) for change in changes)} if changes else {}
    if rate is not None:
        body["rateLimit"] = None if rate == "server" else _whole(rate, "--rate")
    if storage is not None:
        body["objectStorageQuota"] = None if storage == "none" else _whole(storage, "--storage")
    with control(flags) as server:
        if body:
            server.call("PATCH", f"/contracts/{number}", body)
        shown = server.call("GET", f"/contracts/{number}")
    if as_json:
        click.echo(
            json.dumps({name: shown[name] for name in ("limits", "used", "rateLimit", "objectStorageQuota")})
        )
        return
    rows = [[name, most, shown["used"].get(name)] for name, most in sorted(shown["limits"].items())]
    rows.append(["calls a minute", shown["rateLimit"] or "the server's", None])
    most = "any number" if shown["objectStorageQuota"] is None else shown["objectStorageQuota"]
    rows.append(["bytes in Object Storage", most, shown["used"]["objectStorageQuota"]])
    table(("LIMIT", "MOST", "USED"), rows)


def _read(change: str) -> tuple[str, int]:
    name, equals, value = change.partition("=")
    if not equals:
        raise click.UsageError(f"{change} is no limit with its value: write NAME=VALUE")
    return name, _whole(value, name)


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise click.UsageError(f"{name} must be a whole number, not '{text}'")
    return int(text)
