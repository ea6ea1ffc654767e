"""What Object Storage does without being asked: lifecycle, replication, access logs, and sweeping up.

Each task can be done at any time, twice, and by several processes at once, and nothing that it knows besides the store
must be remembered.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from ionstack.errors import StoreUnavailable
from ionstack.objectstorage import accesslog, sweep
from ionstack.objectstorage.lifecycle.run import Lifecycle
from ionstack.objectstorage.replication import run as replication
from ionstack.objectstorage.storage import Storage

log = logging.getLogger(__name__)

Task = Callable[[Storage], Awaitable[int]]


async def forever(storage: Storage) -> None:
    """Do every task at its pace, and at once when it is woken."""
    tasks: tuple[tuple[float, Task, asyncio.Event], ...] = (
        (replication.EVERY, replication.run, storage.wake.replication),
        (Lifecycle.EVERY, Lifecycle().run, storage.wake.lifecycle),
        (accesslog.EVERY, accesslog.write, asyncio.Event()),
        (sweep.EVERY, sweep.sweep, asyncio.Event()),
        (60.0, lambda storage: storage.blobs.drop_due(), asyncio.Event()),
    )
    async with asyncio.TaskGroup() as together:
        for every, task, woken in tasks:
            together.create_task(_again(storage, every, task, woken))


async def _again(storage: Storage, every: float, task: Task, woken: asyncio.Event) -> None:
    while True:
        await _pause(storage, every, woken)
        try:
            await task(storage)
        except StoreUnavailable as away:
            log.warning("background work waits for the store: %s", away)
        except Exception:
            log.exception("background work failed and will be tried again")


async def _pause(storage: Storage, every: float, woken: asyncio.Event) -> None:
    """Wait for the time or the event. What is set while the task works is heard after it."""
    waits = [asyncio.ensure_future(storage.clock.sleep(every)), asyncio.ensure_future(woken.wait())]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()
        woken.clear()
