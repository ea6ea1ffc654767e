"""The FTPS server: a thread that listens, and one for each sender, so that none waits for another."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from OpenSSL import SSL
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import ThreadedFTPServer

from ionstack.uploads.reception import Reception
from ionstack.uploads.session import Session
from ionstack.uploads.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ionstack.app import Cloud
    from ionstack.server.tls import Files

MOST_SENDERS, MOST_SENDERS_OF_AN_ADDRESS = 64, 16
TICK = 0.5
"""Seconds after which the listening thread looks whether it is to end."""


@asynccontextmanager
async def serving(cloud: Cloud, sockets: Sequence[socket.socket], files: Files) -> AsyncIterator[None]:
    """Take images on bound sockets for as long as the block lasts."""
    reception, shelf = Reception(cloud), Shelf(cloud.settings.data_dir, cloud.settings.max_image)
    shelf.sweep(await reception.existing(shelf.ids()))
    session = type(
        "Session",
        (Session,),
        {
            "reception": reception,
            "shelf": shelf,
            "loop": asyncio.get_running_loop(),
            "ssl_context": _context(files),
        },
    )
    listeners = [_Listener(one, session, ioloop=IOLoop()) for one in sockets]
    for listener in listeners:
        listener.start()
    try:
        yield
    finally:
        for listener in listeners:
            await asyncio.to_thread(listener.stop)


class _Listener(ThreadedFTPServer):
    """One listening socket."""

    max_cons, max_cons_per_ip = MOST_SENDERS, MOST_SENDERS_OF_AN_ADDRESS

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._lock, self._exit, self._told = threading.Lock(), threading.Event(), threading.Event()
        super().__init__(*arguments, **options)
        self._thread = threading.Thread(target=self._run, name="ftps", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the listening and all sessions; returns when they have."""
        self._told.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._told.is_set():
            self.ioloop.loop(TICK, blocking=False)
        self.close_all()

    def _start_task(self, *arguments: Any, **options: Any) -> threading.Thread:
        return threading.Thread(*arguments, **options, daemon=True)


def _context(files: Files) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    context.set_session_id(b"ionstack")
    context.set_tlsext_servername_callback(lambda _connection: None)  # or no name is kept
    context.use_certificate_chain_file(str(files.certificate))
    context.use_privatekey_file(str(files.key))
    return context
