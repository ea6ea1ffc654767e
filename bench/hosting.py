"""Serve a bare ASGI application exactly as Ionstack serves its own: one process, the same configuration."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop

from ionstack.config import Settings
from ionstack.server import process, sockets
from ionstack.server.launch import _Listener, _listening

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


def host(application: Asgi) -> None:
    """Serve on a free port, whose URL is printed when it is ready, until the process is ended."""
    process.prepare()
    settings = Settings(port=0)
    bound = sockets.listen(settings.host, 0, "--port")
    listener = _Listener(_listening(application, settings, None, lifespan="off"))

    async def serve() -> None:
        serving = asyncio.create_task(listener.serve(bound))
        await listener.ready.wait()
        print(sockets.url(bound, settings.host, "http"), flush=True)
        await serving

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())


async def answer(send: Any, body: bytes) -> None:
    """Answer 200 with a JSON body and no header that could be spared."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
