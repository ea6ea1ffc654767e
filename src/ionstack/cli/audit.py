"""`ionstack audit`: who did what, when, from where."""

from __future__ import annotations

import json
from typing import Any

import click

from ionstack.cli.options import target_options
from ionstack.cli.target import control
from ionstack.cli.words import table

PAGE = 1000
"""Events that are asked for at a time."""


@click.command()
@target_options
@click.option("--contract", metavar="NUMBER", type=int, help="Of which contract; 0 is the server itself.")
@click.option("--user", metavar="USER", help="Whose doings: a name or an id.")
@click.option("--action", metavar="WORD", help="What was done: create, update, delete, refuse ...")
@click.option("--kind", metavar="KIND", help="To what: cloudapi.server, auth.token ...")
@click.option("--id", "id", metavar="ID", help="To which resource.")
@click.option("--request", "requestId", metavar="ID", help="By which call: its X-Request-Id.")
@click.option("--since", metavar="DATE", help="Not before, as 2026-01-31 or 2026-01-31T12:00:00Z.")
@click.option("--until", metavar="DATE", help="Before.")
@click.option("--limit", metavar="N", type=click.IntRange(1), default=100, show_default=True, help="At most.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def audit(limit: int, as_json: bool, **flags: Any) -> None:
    """Tell who did what, when, from where and by which call, newest first.

    \b
    Example: ionstack audit --contract 31700001 --action delete --since 2026-01-31
    """
    filters = {name: flags.pop(name) for name in _FILTERS}
    items: list[dict[str, Any]] = []
    before: int | None = None
    with control(flags) as server:
        while len(items) < limit:
            page = server.call("GET", "/audit", **filters, before=before, limit=min(limit - len(items), PAGE))
            items += page["items"]
            before = page["next"]
            if before is None:
                break
    if as_json:
        click.echo(json.dumps(items))
        return
    table(
        ("AT", "CONTRACT", "USER", "ADDRESS", "ACTION", "KIND", "ID", "REQUEST"),
        [[item[name] for name in _COLUMNS] for item in items],
    )


_FILTERS = ("contract", "user", "action", "kind", "id", "requestId", "since", "until")
_COLUMNS = ("at", "contractNumber", "user", "address", "action", "kind", "resourceId", "requestId")
