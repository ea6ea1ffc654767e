"""Start the server, serve until told to stop, and end it in order.

Both listeners, the API's and S3's, run on one event loop in one process.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import math
import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import uvicorn
import uvloop

from ionstack import __version__
from ionstack.app import application, build_cloud, s3_application
from ionstack.control.admin import token_file
from ionstack.engine.clock import Clock
from ionstack.gateway import log as logs
from ionstack.server import presence, process, sockets
from ionstack.server.connection import Listening
from ionstack.server.presence import Presence, Running

if TYPE_CHECKING:
    from ionstack.app import Cloud
    from ionstack.config import Settings
    from ionstack.server.tls import Files

Told = Callable[["Cloud", Running], None]
"""Called once, when the server is ready."""

log = logging.getLogger(__name__)


def serve(settings: Settings, ready: Told) -> None:
    """Serve until SIGTERM or SIGINT. UsageError if it cannot start; then nothing was served."""
    process.prepare()
    logs.configure(settings.log_format, settings.log_level)
    for talkative in ("alembic", "uvicorn"):
        logging.getLogger(talkative).setLevel(logging.ERROR)
    clock = Clock()
    owning = presence.own_ephemeral if settings.ephemeral else presence.own
    with owning(settings.data_dir, clock) as place:
        settings = dataclasses.replace(settings, data_dir=place.directory)
        api = sockets.listen(settings.host, settings.port, "--port")
        s3 = sockets.listen(settings.host, settings.s3_port, "--s3-port")
        if not sockets.loopback([*api, *s3]):
            log.warning(
                "other machines can reach this server at %s: whoever does may try passwords", settings.host
            )
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, clock, place, api, s3, ready))


async def _serve(
    settings: Settings,
    clock: Clock,
    place: Presence,
    api: list[socket.socket],
    s3: list[socket.socket],
    ready: Told,
) -> None:
    files = _certificates(settings, clock)
    cloud = await build_cloud(settings)
    try:
        listeners = {
            _Listener(_listening(application(cloud), settings, files, lifespan="on")): api,
            _Listener(_listening(s3_application(cloud), settings, files, lifespan="off")): s3,
        }
        _stop_on_signals(list(listeners), place)
        with _uploads(cloud, settings, clock) as ftps:
            async with asyncio.TaskGroup() as group:
                for listener, bound in listeners.items():
                    group.create_task(listener.serve(bound))
                for listener in listeners:
                    await listener.ready.wait()
                running = dataclasses.replace(_running(settings, api, s3, files), ftps=ftps)
                place.announce(running)
                ready(cloud, running)
    finally:
        cloud.identity.close()
        await cloud.store.close()


class _Listener(uvicorn.Server):
    """A uvicorn server that leaves the signals to us and tells when it is ready."""

    def __init__(self, config: Listening) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listening(app: Any, settings: Settings, files: Files | None, *, lifespan: Any) -> Listening:
    return Listening(
        app,
        header_timeout=settings.request_timeout,
        timeout_keep_alive=math.ceil(settings.keep_alive),
        timeout_graceful_shutdown=math.ceil(settings.shutdown_grace),
        lifespan=lifespan,
        ws="none",
        server_header=False,
        proxy_headers=False,
        access_log=False,
        log_config=None,
        ssl_certfile=files.certificate if files else None,
        ssl_keyfile=files.key if files else None,
    )


def _stop_on_signals(listeners: Sequence[_Listener], place: Presence) -> None:
    """The first signal lets calls under way finish within the grace; a second one does not."""

    def stop() -> None:
        place.announce(Running(os.getpid(), str(place.directory), __version__))
        for listener in listeners:
            listener.force_exit = listener.should_exit
            listener.should_exit = True

    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop)


@contextlib.contextmanager
def _uploads(cloud: Cloud, settings: Settings, clock: Clock) -> Iterator[str]:
    """Take image uploads meanwhile, at the URL that is given; "" where none are wanted."""
    if settings.ftps_port is None:
        yield ""
        return
    from ionstack.uploads.door import Door

    bound, *others = sockets.listen(settings.host, settings.ftps_port, "--ftps-port")
    for other in others:
        other.close()
    door = Door(cloud, _given(settings) or _made(settings, clock), bound)
    try:
        yield sockets.url([bound], settings.host, "ftp")
    finally:
        door.close()


def _certificates(settings: Settings, clock: Clock) -> Files | None:
    return _given(settings) or (_made(settings, clock) if settings.tls else None)


def _given(settings: Settings) -> Files | None:
    """A certificate from elsewhere."""
    from ionstack.server import tls

    if settings.tls_certificate and settings.tls_key:
        return tls.given(settings.tls_certificate, settings.tls_key)
    return None


def _made(settings: Settings, clock: Clock) -> Files:
    """A certificate of our own authority."""
    from ionstack.apis.index import APIS
    from ionstack.server import tls

    wanted = tls.names(APIS, settings.host, settings.domain, settings.public_url)
    return tls.ensure(settings.data_dir / "tls", wanted, clock.wall())


def _running(
    settings: Settings, api: Sequence[socket.socket], s3: Sequence[socket.socket], files: Files | None
) -> Running:
    scheme = "https" if files else "http"
    return Running(
        pid=os.getpid(),
        data_dir=str(settings.data_dir),
        version=__version__,
        api=sockets.url(api, settings.host, scheme),
        s3=sockets.url(s3, settings.host, scheme),
        admin_token_file="" if settings.admin_token else str(token_file(settings.data_dir)),
        certificate=str(files.certificate) if files else "",
        certificate_authority=str(files.authority or "") if files else "",
    )
