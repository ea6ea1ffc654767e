"""`ionstack config`: a file for clients that reads like their own, with an address for each product.

One URL cannot serve all products of a client: several have the same paths. ionosctl, Terraform and the SDKs
read a file with an endpoint per product and location; this writes one, beside your work.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ionstack.cli.env import DEFAULT_TTL, FOREIGN, mint
from ionstack.cli.options import target_options, token_options
from ionstack.cli.remote import Remote
from ionstack.cli.target import control
from ionstack.cli.words import shell

if TYPE_CHECKING:
    from ionstack.catalogue.api import Api

DIRECTORY, FILE = ".ionstack", "config.yaml"

PRODUCTS = {
    "cloudapi": "cloud", "auth": "auth", "apigateway": "apigateway", "cdn": "cdn", "certificatemanager": "cert",
    "containerregistry": "containerregistry", "postgresql": "psql", "postgresqlv2": "psqlv2",
    "mongodb": "mongo", "mariadb": "mariadb", "inmemorydb": "inmemorydb", "inmemorydbv2": "inmemorydbv2",
    "dns": "dns", "kafka": "kafka", "logging": "logging", "monitoring": "monitoring", "nfs": "nfs",
    "objectstoragemanagement": "objectstoragemanagement", "vmautoscaling": "autoscaling", "vpn": "vpn",
}  # fmt: skip
"""The clients' name of each API that they know."""

URLS = ("IONOS_API_URL", *(f"IONOS_API_URL_{product}" for product in (
    "CERT", "INMEMORYDB", "KAFKA", "LOGGING", "MARIADB", "MONITORING", "NFS", "OBJECT_STORAGE",
    "OBJECT_STORAGE_MANAGEMENT", "VPN",
)))  # fmt: skip
"""Variables that come before the file."""


@click.command()
@target_options
@token_options
@click.option(
    "--ttl", metavar="SECONDS", type=int, default=DEFAULT_TTL, show_default=True, help="Life of the token."
)
def config(user: str | None, contract: int | None, otp: str | None, ttl: int, **flags: Any) -> None:
    """Write a configuration file for clients.

    It is ./.ionstack/config.yaml, for ionosctl and Terraform; the lines that make them read it are printed.
    It holds an address for each product and location, and a new token. Your own client configuration is
    not touched.

    \b
    Example: eval "$(ionstack config)" && ionosctl datacenter list
    """
    from ionstack.apis.index import APIS
    from ionstack.identity import private_file

    with control(flags) as server:
        token = mint(server, user, contract, otp, ttl)
        authority = server.authority if isinstance(server, Remote) else ""
    text = document(APIS, server.url, token, Path(authority).read_text("ascii") if authority else "")
    directory = Path(DIRECTORY).absolute()
    directory.mkdir(mode=0o700, exist_ok=True)
    private_file.write(directory / FILE, text)
    private_file.write(directory / ".gitignore", "*\n")
    click.echo(f"wrote {DIRECTORY}/{FILE}", err=True)
    sets = {"IONOS_CONFIG_FILE": str(directory / FILE), "IONOS_TOKEN": token}
    click.echo(shell(sets, (*URLS, *FOREIGN)))


def document(apis: Iterable[Api], root: str, token: str, authority: str = "") -> str:
    """The file's text: YAML, written by hand since it is so little."""
    lines = [
        "version: 1.0",
        "currentProfile: ionstack",
        "profiles:",
        "  - name: ionstack",
        "    environment: ionstack",
        f"    credentials: {{token: {json.dumps(token)}}}",
        "environments:",
        "  - name: ionstack",
        *([f"    certificateAuthData: {json.dumps(authority)}"] if authority else []),
        "    products:",
    ]
    for api in apis:
        if api.name in PRODUCTS:
            lines += [f"      - name: {PRODUCTS[api.name]}", "        endpoints:", *_endpoints(api, root)]
    return "\n".join(lines) + "\n"


def _endpoints(api: Api, root: str) -> Iterator[str]:
    """A product of one region, or of none, has one address for all; Terraform wants a location of the others."""
    if len(api.regions) < 2:
        prefix = f"/{api.product}" if api.product else ""
        yield f"          - name: {json.dumps(f'{root}{prefix}{api.base}')}"
        return
    for region in api.regions:
        yield f"          - location: {region.replace('-', '/', 1)}"
        yield f"            name: {json.dumps(f'{root}/{api.product}/{region}{api.base}')}"
