"""`ionstack worker`: more hands for the requests of servers that share a PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ionstack.cli.options import settings_of, settings_options
from ionstack.errors import UsageError

if TYPE_CHECKING:
    from ionstack.config import Settings


@click.command()
@settings_options
def worker(**flags: Any) -> None:
    """Carry out accepted requests, without serving.

    Any number of workers and servers may share one PostgreSQL; with SQLite, the server is its own worker.

    \b
    Example: IONSTACK_MASTER_KEY_FILE=key ionstack worker --database postgresql://ionstack@db/ionstack
    """
    import asyncio
    import tempfile

    import uvloop

    from ionstack.gateway import log

    settings = settings_of(flags)
    if not settings.database:
        raise UsageError(
            "a worker of its own needs PostgreSQL: give --database postgresql://...; with SQLite the server does the work"
        )
    log.configure(settings.log_format, settings.log_level)
    with (
        tempfile.TemporaryDirectory() as nothing_kept,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(_work(replace(settings, data_dir=Path(nothing_kept))))


async def _work(settings: Settings) -> None:
    import asyncio
    import contextlib
    import signal

    from ionstack.app import build_cloud
    from ionstack.engine.worker import Worker

    cloud = await build_cloud(settings)
    try:
        working = asyncio.create_task(Worker(cloud.engine).run())
        for signum in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signum, working.cancel)
        click.echo("ready", err=True)
        with contextlib.suppress(asyncio.CancelledError):
            await working
    finally:
        cloud.identity.close()
        await cloud.store.close()
