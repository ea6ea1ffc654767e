"""The command line. Each command lives in a module of its own, imported when it is called."""

from __future__ import annotations

import importlib
import sys

import click

from ionstack import __version__

COMMANDS = {
    "serve": "serve:serve",
    "start": "daemon:start",
    "wait": "daemon:wait",
    "stop": "daemon:stop",
    "status": "daemon:status",
    "worker": "worker:worker",
    "env": "env:env",
    "exec": "execute:execute",
    "config": "client_config:config",
    "token": "token:token",
    "second-factor": "second_factor:second_factor",
    "contract": "contract:contract",
    "fault": "fault:fault",
    "image": "image:image",
    "doctor": "doctor:doctor",
    "version": "version:version",
}
"""Where each command is, in the order of the help page."""


class _Commands(click.Group):
    """Imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(importlib.import_module(f"ionstack.cli.{module}"), name)
        return found


@click.command(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="ionstack", message="%(prog)s %(version)s")
def cli() -> None:
    """A self-hosted cloud that speaks the IONOS Cloud API.

    \b
    ionstack serve                     run it in this terminal
    eval "$(ionstack env python)"      point a client at it
    ionstack COMMAND --help            what a command does, with an example
    """


def main() -> None:
    """Run a command line; an error is one line, and the exit code is 1, or 2 if the line was misused."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command line; its exit code."""
    from ionstack.errors import IonstackError

    try:
        result = cli.main(arguments, prog_name="ionstack", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "ionstack"
        return _told(f"{path}: {error.format_message()} (see {path} --help)", 2)
    except click.ClickException as error:
        return _told(f"ionstack: {error.format_message()}", error.exit_code)
    except click.Abort:
        return _told("ionstack: interrupted", 130)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output went away; there is nobody to tell
        return 1
    except IonstackError as error:
        return _told(f"ionstack: {error}", 1)


def _told(line: str, code: int) -> int:
    click.echo(" ".join(line.split("\n")), err=True)
    return code
