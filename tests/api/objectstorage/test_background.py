"""What is done without being asked is done again and again, whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from ionstack.engine.clock import FrozenClock
from ionstack.objectstorage import background
from tests.api.objectstorage.conftest import People
from tests.api.objectstorage.test_lifecycle import rules
from tests.api.objectstorage.test_replication import replicate
from tests.wait import until

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


class Still(FrozenClock):
    """Whoever sleeps sleeps for ever: only what wakes them gets them going."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.Event().wait()


@pytest.fixture
async def working(people: People) -> AsyncIterator[People]:
    """A cloud whose background work wakes by events alone."""
    working = asyncio.create_task(background.forever(replace(people.cloud.objects, clock=Still())))
    await asyncio.sleep(0)
    yield people
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working


async def test_a_write_to_a_replicated_bucket_is_replicated_at_once(working: People) -> None:
    owner = working.owner
    await replicate(working)
    for body in (b"one", b"two"):
        await owner.done("PUT", "/source/key", body)

        async def arrived(body: bytes = body) -> bool:
            return (await owner("GET", "/target/key")).content == body

        await until(arrived, "nothing arrived")


async def test_rules_that_are_set_run_at_once(working: People) -> None:
    owner = working.owner
    await owner.done("PUT", "/kept")
    await owner.done("PUT", "/kept/key", b"x")
    await rules(working, "<Filter/><Expiration><Date>2020-01-01T00:00:00Z</Date></Expiration>")

    async def gone() -> bool:
        return (await owner("GET", "/kept/key")).status_code == 404

    await until(gone, "nothing went")
