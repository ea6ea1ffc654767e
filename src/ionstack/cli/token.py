"""`ionstack token`: make, list and revoke tokens."""

from __future__ import annotations

import json
from typing import Any

import click

from ionstack.cli.env import mint
from ionstack.cli.options import target_options, token_options
from ionstack.cli.target import control
from ionstack.cli.words import table


@click.group()
def token() -> None:
    """Make, list and revoke tokens.

    A user with a second factor gets their first token here, since Basic authentication is closed to them.
    """


@token.command()
@target_options
@token_options
@click.option("--ttl", metavar="SECONDS", type=int, help="Life of the token; a year if not given.")
def create(user: str | None, contract: int | None, otp: str | None, ttl: int | None, **flags: Any) -> None:
    """Print a new token.

    \b
    Example: ionstack token create --user jane@example.com --otp 123456 --ttl 3600
    """
    with control(flags) as server:
        click.echo(mint(server, user, contract, otp, ttl))


@token.command("list")
@target_options
@click.option("--user", metavar="USER", help="Whose tokens; the contract's owner if not given.")
@click.option("--contract", metavar="NUMBER", type=int, help="Which contract.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(user: str | None, contract: int | None, as_json: bool, **flags: Any) -> None:
    """List the tokens of a user: their ids and dates, not the tokens themselves.

    \b
    Example: ionstack token list --user jane@example.com
    """
    with control(flags) as server:
        items = server.call("GET", "/tokens", user=user, contract=contract)["items"]
    if as_json:
        click.echo(json.dumps(items))
        return
    columns = ("id", "contract", "createdDate", "expirationDate")
    table(("ID", "CONTRACT", "CREATED", "EXPIRES"), [[item[name] for name in columns] for item in items])


@token.command()
@target_options
@click.argument("id")
def delete(id: str, **flags: Any) -> None:
    """Revoke a token by its id, at once.

    \b
    Example: ionstack token delete 4dcf15fd-d3ab-4d0c-9a2c-b3a0f3a4bbd5
    """
    from urllib.parse import quote

    with control(flags) as server:
        server.call("DELETE", f"/tokens/{quote(id, safe='')}")
