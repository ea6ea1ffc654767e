"""`ionstack key`: show and replace the master key."""

from __future__ import annotations

import json
from typing import Any

import click

from ionstack.cli.options import target_options
from ionstack.cli.target import control
from ionstack.cli.words import table


@click.group()
def key() -> None:
    """Show and replace the master key, which encrypts the secrets that are stored."""


@key.command()
@target_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(as_json: bool, **flags: Any) -> None:
    """Show the names of the master keys in use, and how many secrets each one opens.

    \b
    Example: ionstack key show
    """
    with control(flags) as server:
        items = server.call("GET", "/key")["items"]
    if as_json:
        click.echo(json.dumps(items))
        return
    table(("KEY", "USE", "SECRETS"), [[item["id"], _use(item), item["secrets"]] for item in items])


@key.command()
@target_options
def rotate(**flags: Any) -> None:
    """Replace the master key: encrypt everything that is stored with a new one.

    With a key of the server's own, in its data directory, a new one is made. With a key that you keep, put
    the new one before it, in the same variable or file, and restart every process first; when this command
    is done, the elder one can be taken out. To run it again after it was broken off is to go on.

    \b
    Example: ionstack key rotate
    """
    resealed, finished = 0, False
    with control(flags) as server:
        while not finished:
            told = server.call("POST", "/key/rotate")
            resealed, finished = resealed + told["resealed"], told["finished"]
    click.echo(f"{resealed} secrets are now encrypted with the key {told['id']}")


def _use(item: dict[str, Any]) -> str:
    if item["encrypts"]:
        return "encrypts"
    return "elder" if item["atHand"] else "missing"
