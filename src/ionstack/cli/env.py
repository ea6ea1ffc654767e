"""`ionstack env`: the variables that point a client at this server.

Clients differ in what they do with the URL: the Go ones add the API's path themselves, the others use it
as it is. A real account's credentials are unset, and the token is one that only this server knows: a call
that goes astray to the real, paid cloud is answered there with 401.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from ionstack.cli.options import settings_of, target_options, token_options
from ionstack.cli.remote import Remote
from ionstack.cli.target import control
from ionstack.cli.words import shell
from ionstack.server import presence

if TYPE_CHECKING:
    from ionstack.cli.target import Control

CLOUDAPI = "/cloudapi/v6"

FOREIGN = (
    "IONOS_USERNAME", "IONOS_PASSWORD", "IONOS_CONTRACT_NUMBER", "IONOS_S3_ACCESS_KEY", "IONOS_S3_SECRET_KEY",
    "IONOS_CONFIG_FILE", "IONOS_CURRENT_PROFILE", "IONOS_ENDPOINT", "AWS_PROFILE", "AWS_SESSION_TOKEN",
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
)  # fmt: skip
"""What may hold a real account's credentials or lead to it; none of it survives."""

REGION = "de"
"""Of the regions the one whose buckets are their makers' own, as tools of S3 expect."""

DEFAULT_TTL = 30 * 86_400


def _pinned(server: Remote) -> dict[str, str]:
    return {"IONOS_PINNED_CERT": server.fingerprint()}


def _python(server: Remote) -> dict[str, str]:
    return {"IONOS_CERTIFICATE_FINGERPRINT": server.fingerprint()}


def _system(server: Remote) -> dict[str, str]:
    return {"SSL_CERT_FILE": server.authority}


def _node(server: Remote) -> dict[str, str]:
    return {"NODE_EXTRA_CA_CERTS": server.authority}


def _curl(server: Remote) -> dict[str, str]:
    return {"CURL_CA_BUNDLE": server.authority}


@dataclass(frozen=True, slots=True)
class Client:
    """What a client does not add to the URL itself, and how it is told to trust a certificate of ours."""

    path: str
    trust: Callable[[Remote], dict[str, str]]


def _bundle(server: Remote) -> dict[str, str]:
    return {"AWS_CA_BUNDLE": server.authority}


CLIENTS = {
    "terraform": Client("", _pinned),
    "ionosctl": Client("", _system),
    "ansible": Client(CLOUDAPI, _python),
    "python": Client(CLOUDAPI, _python),
    "node": Client(CLOUDAPI, _node),
    "shell": Client("", _curl),
    "aws": Client("", _bundle),
}


@click.command()
@click.argument("client", type=click.Choice(list(CLIENTS)))
@target_options
@token_options
@click.option(
    "--ttl", metavar="SECONDS", type=int, default=DEFAULT_TTL, show_default=True, help="Life of the token."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: what to set, and what to unset.")
def env(
    client: str,
    user: str | None,
    contract: int | None,
    otp: str | None,
    ttl: int,
    as_json: bool,
    **flags: Any,
) -> None:
    """Print the variables that point a client here.

    They are lines for a POSIX shell. Each call makes a new token. The variables of a real account are unset, so that a call which goes
    astray cannot reach it.

    \b
    Example: eval "$(ionstack env terraform)" && terraform plan
             eval "$(ionstack env aws)" && aws s3 mb s3://bucket
             eval "$(ionstack env shell)" &&
               curl -H "Authorization: Bearer $IONOS_TOKEN" $IONOS_API_URL/cloudapi/v6/datacenters
    """
    with control(flags) as server:
        token = mint(server, user, contract, otp, ttl)
        sets = {"IONOS_API_URL": server.url + CLIENTS[client].path, "IONOS_TOKEN": token}
        if client == "aws":
            sets |= _storage(server, user, contract, flags)
        if isinstance(server, Remote) and server.authority:
            sets |= CLIENTS[client].trust(server)
    gone = [name for name in FOREIGN if name not in sets]
    click.echo(json.dumps({"set": sets, "unset": gone}) if as_json else shell(sets, gone))


def _storage(
    server: Control, user: str | None, contract: int | None, flags: Mapping[str, Any]
) -> dict[str, str]:
    """Where Object Storage is and a key to it, as the tools of AWS and the vendor's Terraform provider read it."""
    wish = {name: value for name, value in (("user", user), ("contract", contract)) if value is not None}
    key = server.call("POST", "/s3-keys", wish)
    found = None if flags.get("server") else presence.find(settings_of(flags).data_dir)
    url = found.s3 if found else server.url
    return {
        "AWS_ACCESS_KEY_ID": key["accessKey"], "AWS_SECRET_ACCESS_KEY": key["secretKey"],
        "AWS_ENDPOINT_URL_S3": url, "S3_ENDPOINT_URL": url, "AWS_REGION": REGION,
        "IONOS_S3_ACCESS_KEY": key["accessKey"], "IONOS_S3_SECRET_KEY": key["secretKey"],
        "IONOS_API_URL_OBJECT_STORAGE": url, "IONOS_S3_REGION": REGION,
    }  # fmt: skip


def mint(server: Control, user: str | None, contract: int | None, otp: str | None, ttl: int | None) -> str:
    """A new token of the server."""
    wish = {"user": user, "contract": contract, "otp": otp, "ttl": ttl}
    given = {name: value for name, value in wish.items() if value is not None}
    return str(server.call("POST", "/tokens", given)["token"])
