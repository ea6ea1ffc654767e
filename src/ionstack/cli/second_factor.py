"""`ionstack second-factor`: one-time passwords of users."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from ionstack.cli.options import target_options
from ionstack.cli.target import Control, as_user, control

F = TypeVar("F", bound=Callable[..., Any])
PATH = "/second-factor"


def _whose(command: F) -> F:
    """Whose second factor it is, and who asks."""
    own = click.option(
        "--own", is_flag=True,
        help="Call as that user, by the password in IONOS_PASSWORD or typed in, not as the operator.",
    )  # fmt: skip
    user = click.option("--user", metavar="USER", required=True, help="Whose second factor.")
    return target_options(user(own(command)))


_CODE = click.option("--code", default="", help="A one-time password or recovery code; --own needs one.")


@click.group("second-factor")
def second_factor() -> None:
    """Enrol, confirm, show and remove one-time passwords (TOTP) of users.

    With one in force, or demanded, name and password open nothing but this; `token` gives a token.
    """


@second_factor.command()
@_whose
def enrol(user: str, own: bool, **flags: Any) -> None:
    """Make a secret for an authenticator app; `confirm` puts it in force.

    \b
    Example: ionstack second-factor enrol --user jane@example.com
    """
    with _server(flags, user, own) as (server, named):
        made = server.call("POST", PATH, named)
    click.echo(f"secret {made['secret']}\nuri    {made['uri']}")


@second_factor.command()
@_whose
@click.argument("code")
def confirm(user: str, own: bool, code: str, **flags: Any) -> None:
    """Put an enrolled secret in force by a code of it, and print the recovery codes, this once.

    \b
    Example: ionstack second-factor confirm --user jane@example.com 123456
    """
    with _server(flags, user, own) as (server, named):
        codes = server.call("POST", f"{PATH}/confirm", {**named, "code": code})["recoveryCodes"]
    click.echo("\n".join(codes))


@second_factor.command()
@_whose
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(user: str, own: bool, as_json: bool, **flags: Any) -> None:
    """Show whether a second factor is in force or demanded, and how many recovery codes are left.

    \b
    Example: ionstack second-factor show --user jane@example.com
    """
    with _server(flags, user, own) as (server, named):
        shown = server.call("GET", PATH, **named)
    if as_json:
        click.echo(json.dumps(shown))
        return
    words = {True: "yes", False: "no"}
    for name, value in (
        ("in force", words[shown["active"]]),
        ("demanded", words[shown["forced"]]),
        ("recovery codes", shown["recoveryCodes"]),
    ):
        click.echo(f"{name:<15} {value}")


@second_factor.command()
@_whose
@_CODE
def codes(user: str, own: bool, code: str, **flags: Any) -> None:
    """Print new recovery codes; the old ones are worth nothing any more.

    \b
    Example: ionstack second-factor codes --user jane@example.com
    """
    with _server(flags, user, own) as (server, named):
        made = server.call("POST", f"{PATH}/codes", {**named, "code": code})["recoveryCodes"]
    click.echo("\n".join(made))


@second_factor.command()
@_whose
@_CODE
def remove(user: str, own: bool, code: str, **flags: Any) -> None:
    """Take a second factor away. Whether one is demanded stays as it is.

    \b
    Example: ionstack second-factor remove --user jane@example.com
             ionstack second-factor remove --user jane@example.com --own --code 123456
    """
    with _server(flags, user, own) as (server, named):
        server.call("POST", f"{PATH}/remove", {**named, "code": code})


@second_factor.command()
@target_options
@click.option("--user", metavar="USER", required=True, help="Who signs in, by password and code.")
@click.option("--contract", metavar="NUMBER", type=int, help="Which contract, if there are several.")
@click.option("--ttl", metavar="SECONDS", type=int, help="Life of the token; a year if not given.")
@click.argument("code")
def token(user: str, contract: int | None, ttl: int | None, code: str, **flags: Any) -> None:
    """Print a token for a user with a second factor, by password and code, without an operator.

    \b
    Example: IONOS_PASSWORD=... ionstack second-factor token --user jane@example.com 123456
    """
    wish = {"code": code, "contract": contract, "ttl": ttl}
    body = {name: value for name, value in wish.items() if value is not None}
    with _server(flags, user, own=True) as (server, _):
        click.echo(server.call("POST", f"{PATH}/token", body)["token"])


@contextmanager
def _server(flags: Mapping[str, Any], user: str, own: bool) -> Iterator[tuple[Control, dict[str, str]]]:
    """Whom to call, and how the body names the user: an operator must, users are known by their password."""
    if not own:
        with control(flags) as server:
            yield server, {"user": user}
        return
    password = os.environ.get("IONOS_PASSWORD") or click.prompt("Password", hide_input=True, err=True)
    yield as_user(flags, user, password), {}
