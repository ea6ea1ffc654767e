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
    """Do every task at its pace."""
    tasks: tuple[tuple[float, Task], ...] = (
        (replication.EVERY, replication.run),
        (Lifecycle.EVERY, Lifecycle().run),
        (accesslog.EVERY, accesslog.write),
        (sweep.EVERY, sweep.sweep),
    )
    async with asyncio.TaskGroup() as together:
        for every, task in tasks:
            together.create_task(_again(storage, every, task))


async def _again(storage: Storage, every: float, task: Task) -> None:
    while True:
        await storage.clock.sleep(every)
        try:
            await task(storage)
        except StoreUnavailable as away:
            log.warning("background work waits for the store: %s", away)
        except Exception:
            log.exception("background work failed and will be tried again")
