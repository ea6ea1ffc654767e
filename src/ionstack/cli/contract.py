"""`ionstack contract`: make, list, limit, suspend, close, empty and drop contracts, and say who belongs to them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import click

from ionstack.cli.limit import limit
from ionstack.cli.options import target_options
from ionstack.cli.target import control
from ionstack.cli.words import table


@click.group()
def contract() -> None:
    """Make, list, limit, empty and drop contracts.

    A contract is a cloud of its own, with an owner; a throw-away one costs milliseconds.
    """


contract.add_command(limit)


@contract.command()
@target_options
@click.option("--name", help="A name for it.")
@click.option("--email", metavar="USER", help="Its owner, any x@y; one is made up if not given.")
@click.option(
    "--profile", type=click.Choice(["instant", "realistic", "chaos"]), help="How time passes in it."
)
@click.option(
    "--master", type=int, metavar="NUMBER", help="The reseller's contract that it is a sub-contract of."
)
@click.option("--trial", is_flag=True, help="With the small limits of a trial.")
@click.option("--keep", is_flag=True, help="A lasting one, which `drop` refuses to drop without --force.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create(
    name: str | None,
    email: str | None,
    profile: str | None,
    master: int | None,
    trial: bool,
    keep: bool,
    as_json: bool,
    **flags: Any,
) -> None:
    """Make a contract and its owner, and print how to get in; neither password nor token is shown again.

    \b
    Example: ionstack contract create --profile realistic --json
    """
    wish = {"name": name, "email": email, "profile": profile, "master": master, "trial": trial or None}
    body = {key: value for key, value in wish.items() if value is not None}
    with control(flags) as server:
        made = server.call("POST", "/contracts", {**body, "temporary": not keep})
    if as_json:
        click.echo(json.dumps(made))
        return
    for word, value in made.items():
        if value is not None:
            click.echo(f"{word:<15} {value}")


@contract.command("list")
@target_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(as_json: bool, **flags: Any) -> None:
    """List the contracts.

    \b
    Example: ionstack contract list
    """
    with control(flags) as server:
        items = server.call("GET", "/contracts")["items"]
    if as_json:
        click.echo(json.dumps(items))
        return
    columns = ("contractNumber", "status", "master", "owner", "name", "profile", "temporary", "createdDate")
    heads = ("CONTRACT", "STATUS", "MASTER", "OWNER", "NAME", "PROFILE", "THROW-AWAY", "CREATED")
    words = {True: "yes", False: "no"}
    table(heads, [[words.get(item[name], item[name]) for name in columns] for item in items])


@contract.command()
@target_options
@click.argument("number", type=int)
@click.option("--force", is_flag=True, help="Also a lasting one.")
def drop(number: int, force: bool, **flags: Any) -> None:
    """Drop a contract, with everything in it.

    \b
    Example: ionstack contract drop 31700002
    """
    with control(flags) as server:
        server.call("DELETE", f"/contracts/{number}", force="true" if force else None)


@contract.command()
@target_options
@click.argument("number", type=int)
def reset(number: int, **flags: Any) -> None:
    """Empty a contract: its resources, requests and faults go, its users and tokens stay.

    \b
    Example: ionstack contract reset 31700001
    """
    with control(flags) as server:
        server.call("POST", f"/contracts/{number}/reset")


@contract.command()
@target_options
@click.argument("number", type=int)
def suspend(number: int, **flags: Any) -> None:
    """Keep a contract's users out (403) until `resume`; what is in it stays.

    \b
    Example: ionstack contract suspend 31700002
    """
    _set_status(flags, number, "SUSPENDED")


@contract.command()
@target_options
@click.argument("number", type=int)
def resume(number: int, **flags: Any) -> None:
    """Let a suspended or closed contract's users in again.

    \b
    Example: ionstack contract resume 31700002
    """
    _set_status(flags, number, "BILLABLE")


@contract.command()
@target_options
@click.argument("number", type=int)
def close(number: int, **flags: Any) -> None:
    """Close a contract: nobody gets in, what is in it stays until it is dropped.

    \b
    Example: ionstack contract close 31700002
    """
    _set_status(flags, number, "CLOSED")


@contract.command()
@target_options
@click.argument("number", type=int)
def members(number: int, **flags: Any) -> None:
    """List a contract's users.

    \b
    Example: ionstack contract members 31700002
    """
    with control(flags) as server:
        items = server.call("GET", f"/contracts/{number}/members")["items"]
    table(("USER", "ROLE"), [[item["user"], item["role"]] for item in items])


@contract.command()
@target_options
@click.argument("number", type=int)
@click.argument("user")
@click.option("--role", type=click.Choice(["administrator", "user"]), default="user", help="As what.")
def join(number: int, user: str, role: str, **flags: Any) -> None:
    """Take an existing user into one more contract, or give them another role in it.

    \b
    Example: ionstack contract join 31700002 someone@example.com --role administrator
    """
    with control(flags) as server:
        server.call("PUT", f"/contracts/{number}/members/{quote(user, safe='@')}", {"role": role})


@contract.command()
@target_options
@click.argument("number", type=int)
@click.argument("user")
def leave(number: int, user: str, **flags: Any) -> None:
    """Take a user out of a contract.

    \b
    Example: ionstack contract leave 31700002 someone@example.com
    """
    with control(flags) as server:
        server.call("DELETE", f"/contracts/{number}/members/{quote(user, safe='@')}")


def _set_status(flags: dict[str, Any], number: int, status: str) -> None:
    with control(flags) as server:
        server.call("PATCH", f"/contracts/{number}", {"status": status})
