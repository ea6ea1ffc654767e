"""`ionstack serve`: run the server in this terminal."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING, Any

import click

from ionstack.cli.options import settings_of, settings_options
from ionstack.cli.words import program
from ionstack.config import default_data_dir, unknown_names

if TYPE_CHECKING:
    from ionstack.app import Cloud
    from ionstack.server.presence import Running


@click.command()
@settings_options
@click.option("--json", "json_line", is_flag=True, help="Print one line of JSON when the server is ready.")
def serve(json_line: bool, **flags: Any) -> None:
    """Run the server until it is interrupted.

    Each setting comes from its flag, else from IONSTACK_<NAME>, else from ionstack.toml, else it has its
    default. The first owner is IONSTACK_USERNAME with IONSTACK_PASSWORD; without them one is made.

    \b
    Example: ionstack serve --port 8080 --data-dir ./cloud --profile realistic
    """
    settings = settings_of(flags)
    for line in unknown_names():
        _say(f"ionstack: {line}")
    from ionstack.server.launch import serve as run

    def ready(cloud: Cloud, running: Running) -> None:
        greet(cloud, running)
        if json_line or settings.port == 0:
            click.echo(json.dumps(_event(running)))
            sys.stdout.flush()

    run(settings, ready)


def greet(cloud: Cloud, running: Running) -> None:
    """Say where the server is, where the credentials lie, and how a client gets here."""
    settings, owner = cloud.settings, cloud.owner
    kept = str(owner.credentials) if owner.credentials else "the password that was chosen for it"
    _say(f"Ionstack {running.version} is at {running.api}  (S3: {running.s3})")
    _say(f"  data         {_database(cloud)}")
    _say(f"  credentials  {owner.email}: {kept}")
    _say(f'  clients      eval "$({program()} env {_place(running)}python)"')
    if running.certificate_authority:
        _say(f"  trust        {running.certificate_authority}")
    if owner.notice:
        _say(f"  note         {owner.notice}")
    if settings.maintenance:
        _say("  note         maintenance is on: every call is answered with 503")


def _database(cloud: Cloud) -> str:
    directory = cloud.settings.data_dir
    if cloud.store.dialect == "postgresql":
        return f"PostgreSQL; files in {directory}"
    return f"{directory}, removed at the end" if cloud.settings.ephemeral else str(directory)


def _place(running: Running) -> str:
    """The flag by which commands find this server; empty where they do so without."""
    if running.data_dir == str(default_data_dir()):
        return ""
    return f"--data-dir {shlex.quote(running.data_dir)} "


def _event(running: Running) -> dict[str, Any]:
    return {
        "event": "ready",
        "api": running.api,
        "s3": running.s3,
        **({"ftps": running.ftps} if running.ftps else {}),
        "data_dir": running.data_dir,
        "pid": running.pid,
        "admin_token_file": running.admin_token_file or None,
        "certificate_authority": running.certificate_authority or None,
    }


def _say(line: str) -> None:
    click.echo(line, err=True)
