"""`ionstack image`: images of one's own, for a contract or for all."""

from __future__ import annotations

from typing import Any

import click

from ionstack.cli.options import target_options
from ionstack.cli.target import control


@click.group()
def image() -> None:
    """Add images to make volumes from.

    A simulated image has a name, a size and what it can do, and no content.
    """


@image.command()
@target_options
@click.argument("name")
@click.option("--location", required=True, help="The location it is for, as de/fra.")
@click.option("--size", type=float, required=True, metavar="GB", help="How large a volume of it is at least.")
@click.option("--contract", type=int, metavar="NUMBER", help="Whose private image; public if not given.")
@click.option("--alias", "aliases", multiple=True, help="A name that volumes may ask for; repeatable.")
@click.option("--licence", "licenceType", help="LINUX if not given; or WINDOWS2022, RHEL, OTHER ...")
@click.option("--type", "imageType", type=click.Choice(["HDD", "CDROM"]), help="HDD if not given.")
@click.option("--cloud-init", is_flag=True, help="It runs cloud-init, so volumes of it take user data.")
@click.option("--description", help="What it is.")
def add(cloud_init: bool, aliases: tuple[str, ...], **flags: Any) -> None:
    """Add an image; its id is printed.

    \b
    Example: ionstack image add golden-2026 --location de/fra --size 4 --contract 31700001 --cloud-init
             ionstack image add our-linux --location de/txl --size 3 --alias our:latest
    """
    names = ("name", "location", "size", "contract", "licenceType", "imageType", "description")
    wish = {name: value for name in names if (value := flags.pop(name)) is not None}
    body = {**wish, "aliases": list(aliases), "cloudInit": "V1" if cloud_init else "NONE"}
    with control(flags) as server:
        click.echo(server.call("POST", "/images", body)["id"])


@image.command()
@target_options
@click.argument("id")
def remove(id: str, **flags: Any) -> None:
    """Remove a public image that was added; volumes made from it stay.

    \b
    Example: ionstack image remove 01a20ab2-3697-4440-9593-06229e5a985c
    """
    with control(flags) as server:
        server.call("DELETE", f"/images/{id}")
