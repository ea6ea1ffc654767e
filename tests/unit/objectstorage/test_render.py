"""A stream goes out as long as somebody takes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from ionstack.objectstorage import render
from ionstack.objectstorage.call import Answer


class Client:
    """Takes `most` pieces, and goes."""

    def __init__(self, most: int) -> None:
        self._most, self.taken, self._gone = most, 0, asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.taken += bool(message.get("body"))
        if self.taken >= self._most:
            self._gone.set()
        await asyncio.sleep(0)


async def test_a_stream_ends_when_its_client_goes() -> None:
    closed, client = [], Client(3)

    async def body() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"piece"
        finally:
            closed.append(True)

    sent = await render.send(Answer(200, body()), "GET", "id", {}, client.send, client.receive)
    assert closed == [True]
    assert 3 <= client.taken < 10
    assert sent == client.taken * 5


async def test_a_client_that_stays_gets_all() -> None:
    client = Client(1_000)

    async def body() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"piece"

    assert await render.send(Answer(200, body()), "GET", "id", {}, client.send, client.receive) == 100
    assert client.taken == 20
