"""A proxy for one command: calls to the official hosts end at our server, all others go where they want to.

It knows CONNECT alone, so what is tunnelled elsewhere stays unread. A tunnel to an official host ends at a
TLS listener of the proxy's own, whose certificate the command is told to trust, and goes on to the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

HEADER_SECONDS = 30.0
"""How long a client may take to say where it wants to."""

_CHUNK = 64 * 1024
_REFUSAL = "HTTP/1.1 {} \r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something listens, and how to trust it if it speaks TLS."""

    host: str
    port: int
    trust: ssl.SSLContext | None = None


class Detour:
    """One proxy. `official` tells the hosts whose calls end at `server`; `context` has the certificate."""

    def __init__(self, official: Callable[[str], bool], server: Place, context: ssl.SSLContext) -> None:
        self._official, self._server, self._context = official, server, context
        self._inner = Place("127.0.0.1", 0)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        """Listen on loopback for as long as the block lasts; the port is what is yielded."""
        inner = await asyncio.start_server(self._end, "127.0.0.1", 0, ssl=self._context)
        outer = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        async with inner, outer:
            self._inner = Place("127.0.0.1", inner.sockets[0].getsockname()[1])
            yield outer.sockets[0].getsockname()[1]

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client: it says where it wants to, and is led there."""
        async with _closing(writer):
            try:
                async with asyncio.timeout(HEADER_SECONDS):
                    head = await reader.readuntil(b"\r\n\r\n")
            except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                return
            method, _, rest = head.partition(b"\r\n")[0].decode("latin-1").partition(" ")
            host, _, port = rest.partition(" ")[0].rpartition(":")
            if method != "CONNECT" or not port.isdigit():
                writer.write(_REFUSAL.format("501 Only CONNECT is served").encode())
                return
            aim = self._inner if self._official(host.lower()) else Place(host.strip("[]"), int(port))
            await _lead(reader, writer, aim, established=True)

    async def _end(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The end of a tunnel to an official host: what comes out of it goes to the server."""
        async with _closing(writer):
            await _lead(reader, writer, self._server)


async def _lead(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, aim: Place, *, established: bool = False
) -> None:
    """Connect a client to a place and carry bytes both ways until either side has no more."""
    try:
        there, beyond = await asyncio.open_connection(aim.host, aim.port, ssl=aim.trust)
    except OSError:
        if established:
            writer.write(_REFUSAL.format("502 The host cannot be reached").encode())
        return
    async with _closing(beyond):
        if established:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.drain()
        async with asyncio.TaskGroup() as both:
            both.create_task(_carry(reader, beyond))
            both.create_task(_carry(there, writer))


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ssl.SSLError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
        else:
            writer.close()


@contextlib.asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        writer.close()
        with contextlib.suppress(OSError, ssl.SSLError):
            await writer.wait_closed()
