"""Options that several commands share, and the settings that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ionstack.config import OPTIONS, Option, load
from ionstack.errors import UsageError

if TYPE_CHECKING:
    from ionstack.config import Settings

F = TypeVar("F", bound=Callable[..., Any])

_CONFIG = click.option(
    "--config", type=click.Path(path_type=Path), help="Settings file in place of ./ionstack.toml."
)


def settings_options(command: F) -> F:
    """Every setting that has a flag."""
    for option in reversed([one for one in OPTIONS.values() if one.flag]):
        command = _flag(option)(command)
    return _CONFIG(command)


def place_options(command: F) -> F:
    """Where the server or its data is."""
    for name in ("database", "data_dir"):
        command = _flag(OPTIONS[name])(command)
    return _CONFIG(command)


def target_options(command: F) -> F:
    """Which server to talk to: the one of a data directory, or any by its URL."""
    server = click.option(
        "--server", metavar="URL", envvar="IONSTACK_SERVER",
        help="A server elsewhere; its admin token comes from IONSTACK_ADMIN_TOKEN.",
    )  # fmt: skip
    return place_options(server(command))


def token_options(command: F) -> F:
    """Whose token is to be made."""
    for option in (
        click.option("--otp", metavar="CODE", help="One-time password, if the user has a second factor."),
        click.option(
            "--contract", metavar="NUMBER", type=int, help="Which contract; the first if not given."
        ),
        click.option("--user", metavar="USER", help="Whose token; the contract's owner if not given."),
    ):
        command = option(command)
    return command


def settings_of(flags: Mapping[str, Any]) -> Settings:
    """The settings in force under these flags; what cannot be read is a misuse of the command line."""
    chosen = {name: value for name, value in flags.items() if name in OPTIONS}
    try:
        return load(chosen, file=flags.get("config"))
    except UsageError as error:
        raise click.UsageError(str(error)) from None


def _flag(option: Option) -> Callable[[F], F]:
    shown = option.help
    if option.default not in (None, (), Path()) and not isinstance(option.default, bool):
        shown = f"{shown.rstrip('.')} [{option.default}]."
    if isinstance(option.default, bool):
        word = option.name.replace("_", "-")
        return click.option(f"--{word}/--no-{word}", option.name, default=None, help=shown)
    return click.option(option.switch, option.name, metavar=option.kind.word, help=shown)
