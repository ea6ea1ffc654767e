"""What is done without being asked is done again and again, whatever happens."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from ionstack.objectstorage import background
from tests.api.objectstorage.conftest import People

pytestmark = pytest.mark.api


async def test_a_task_that_fails_is_tried_again(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    async def broken(storage: Any) -> int:
        tries.append(1)
        raise RuntimeError("no luck")

    monkeypatch.setattr("ionstack.objectstorage.replication.run.run", broken)
    working = asyncio.create_task(background.forever(people.cloud.objects))
    while len(tries) < 3:
        await asyncio.sleep(0)
        people.clock.advance(1)
    assert not working.done()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
