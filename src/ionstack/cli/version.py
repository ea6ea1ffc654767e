"""`ionstack version`."""

from __future__ import annotations

import click

from ionstack import __version__


@click.command()
def version() -> None:
    """Print the version.

    \b
    Example: ionstack version
    """
    click.echo(__version__)
