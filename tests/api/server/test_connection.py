"""Connections over real sockets: bounds on time and size, and refusals in the words of the API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from ionstack.server import sockets
from ionstack.server.connection import MOST_HEADER, Listening

HELLO = b"GET / HTTP/1.1\r\nHost: x\r\n"


async def _hello(
    scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Answers with the number of header fields, once the body is there."""
    while (await receive()).get("more_body"):
        pass
    body = str(len(scope["headers"])).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Server(uvicorn.Server):
    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.up.set()  # type: ignore[attr-defined]


@asynccontextmanager
async def _connected(
    header_timeout: float = 20.0,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    config = Listening(
        _hello, header_timeout=header_timeout, lifespan="off", log_config=None, access_log=False
    )
    server = _Server(config)
    server.up = asyncio.Event()  # type: ignore[attr-defined]
    bound = sockets.listen("127.0.0.1", 0, "--port")
    async with asyncio.TaskGroup() as group:
        group.create_task(server._serve(bound))
        await server.up.wait()  # type: ignore[attr-defined]
        reader, writer = await asyncio.open_connection(*bound[0].getsockname())
        try:
            yield reader, writer
        finally:
            writer.close()
            server.should_exit = True


async def _refused(reader: asyncio.StreamReader) -> tuple[int, Any]:
    """The status and body of an answer after which the connection ends."""
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    assert b"connection: close" in head
    assert b"content-type: application/json" in head
    assert b"x-request-id: " in head
    return int(head.split()[1]), json.loads(body)


async def test_calls_follow_each_other_on_one_connection() -> None:
    async with _connected() as (reader, writer):
        for count in range(1, 4):
            extra = b"".join(b"x-%d: y\r\n" % index for index in range(count))
            writer.write(HELLO + extra + b"\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(1) == str(count + 1).encode()


async def test_what_is_not_http_is_refused_as_the_api_does() -> None:
    async with _connected() as (reader, writer):
        writer.write(b"\x16\x03\x01 nonsense\r\n\r\n")
        status, body = await _refused(reader)
        assert (status, body["httpStatus"]) == (400, 400)
        assert body["messages"][0]["message"] == "The request is not valid HTTP"


async def test_a_header_has_a_size_whether_or_not_it_ends() -> None:
    for big in (
        HELLO + b"x: " + b"y" * MOST_HEADER + b"\r\n\r\n",
        HELLO + b"x: " + b"y" * MOST_HEADER,
        HELLO + b"".join(b"x-%d: y\r\n" % index for index in range(10_000)),
        b"GET /" + b"y" * MOST_HEADER,
    ):
        async with _connected() as (reader, writer):
            writer.write(big)
            status, body = await _refused(reader)
            assert (status, body["httpStatus"]) == (431, 431), big[:30]


async def test_a_large_body_is_not_taken_for_a_header() -> None:
    async with _connected() as (reader, writer):
        for _ in range(2):
            body = b"y" * (4 * MOST_HEADER)
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            await reader.readexactly(1)


async def test_a_client_that_does_not_finish_its_header_is_cut_off() -> None:
    for beginning in (b"", b"GET / HT", HELLO + b"x: "):
        async with _connected(header_timeout=0.05) as (reader, writer):
            writer.write(beginning)
            async with asyncio.timeout(5):
                assert await reader.read() == b""


async def test_the_second_header_has_its_deadline_too() -> None:
    async with _connected(header_timeout=0.05) as (reader, writer):
        writer.write(HELLO + b"\r\n")
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(1)
        writer.write(b"GET / HT")
        async with asyncio.timeout(5):
            assert await reader.read() == b""


async def test_nonsense_after_a_call_does_not_break_into_its_answer() -> None:
    async with _connected() as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        assert (await _refused(reader))[0] == 400
