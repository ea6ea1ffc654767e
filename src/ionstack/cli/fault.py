"""`ionstack fault`: order what is to go wrong."""

from __future__ import annotations

import json
from typing import Any

import click

from ionstack.cli.options import target_options
from ionstack.cli.target import control
from ionstack.cli.words import table


@click.group()
def fault() -> None:
    """Order what is to go wrong.

    Calls are answered with an error, or are accepted and then fail or take long.
    """


@fault.command()
@target_options
@click.argument("contract", type=int)
@click.option("--method", help="Only calls with this method.")
@click.option("--path", help="Only calls of this path; * is one segment, ** is any rest.")
@click.option("--skip", type=int, metavar="N", help="Let this many matching calls pass first.")
@click.option("--times", type=int, metavar="N", help="How many matching calls it hits; 1 if not given.")
@click.option("--status", type=int, help="Answer with this status.")
@click.option("--retry-after", type=int, metavar="SECONDS", help="With 429 and 503: when to come back.")
@click.option("--fail", is_flag=True, help="Accept the call, and let its provisioning fail.")
@click.option("--message", help="What the client is told.")
@click.option(
    "--delay", type=float, metavar="SECONDS", help="Accept the call, and let its provisioning wait."
)
def add(contract: int, method: str | None, fail: bool, **flags: Any) -> None:
    """Order a fault for the calls of a contract.

    \b
    Example: ionstack fault add 31700001 --path "/cloudapi/v6/datacenters" --status 503 --times 2
             ionstack fault add 31700001 --method POST --fail --message "no capacity"
    """
    effect = {
        "status": flags.pop("status"),
        "retryAfter": flags.pop("retry_after"),
        "provisioning": "FAILED" if fail else None,
        "message": flags.pop("message"),
        "delaySeconds": flags.pop("delay"),
    }
    wish = {
        "method": method.upper() if method else None,
        **{name: flags.pop(name) for name in ("path", "skip", "times")},
    }
    body = {"contract": contract, **_given(wish), "effect": _given(effect)}
    with control(flags) as server:
        click.echo(server.call("POST", "/faults", body)["id"])


@fault.command("list")
@target_options
@click.option("--contract", type=int, metavar="NUMBER", help="Only those of a contract.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(contract: int | None, as_json: bool, **flags: Any) -> None:
    """List the faults that wait.

    \b
    Example: ionstack fault list --contract 31700001
    """
    with control(flags) as server:
        items = server.call("GET", "/faults", contract=contract)["items"]
    if as_json:
        click.echo(json.dumps(items))
        return
    columns = ("id", "contract", "method", "path", "skip", "times")
    rows = [[*(item[name] for name in columns), json.dumps(item["effect"])] for item in items]
    table(("ID", "CONTRACT", "METHOD", "PATH", "SKIP", "TIMES", "EFFECT"), rows)


@fault.command()
@target_options
@click.option("--contract", type=int, metavar="NUMBER", help="Only those of a contract.")
def clear(contract: int | None, **flags: Any) -> None:
    """Drop the faults that wait.

    \b
    Example: ionstack fault clear
    """
    with control(flags) as server:
        server.call("DELETE", "/faults", contract=contract)


def _given(wish: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wish.items() if value is not None}
