"""`ionstack location`: locations of one's own beside the vendor's."""

from __future__ import annotations

from typing import Any

import click

from ionstack.cli.options import target_options
from ionstack.cli.target import control
from ionstack.cli.words import table


@click.group()
def location() -> None:
    """Add locations to have data centers, IP blocks and images in."""


@location.command()
@target_options
@click.argument("id")
@click.option("--name", help="What it is called; the second half of its id if not given.")
@click.option(
    "--like", help="The location whose features, processors and public images it has; de/fra if not given."
)
def add(id: str, name: str | None, like: str | None, **flags: Any) -> None:
    """Add a location; its id is two small letters, a slash and a word.

    \b
    Example: ionstack location add us/dev --name "our basement" --like de/txl
    """
    wish = {"id": id, "name": name, "like": like}
    with control(flags) as server:
        made = server.call("POST", "/locations", {key: value for key, value in wish.items() if value})
    click.echo(made["id"])


@location.command("list")
@target_options
def show(**flags: Any) -> None:
    """List the locations, the vendor's and those that were added.

    \b
    Example: ionstack location list
    """
    with control(flags) as server:
        found = server.call("GET", "/locations")["items"]
    table(
        ("LOCATION", "NAME", "METRO REGION", "ADDED"),
        ((one["id"], one["name"], one["metroRegion"], "yes" if one["added"] else "") for one in found),
    )


@location.command()
@target_options
@click.argument("id")
def remove(id: str, **flags: Any) -> None:
    """Remove a location that was added, and its public images; refused while a contract has something there.

    \b
    Example: ionstack location remove us/dev
    """
    with control(flags) as server:
        server.call("DELETE", f"/locations/{id}")
