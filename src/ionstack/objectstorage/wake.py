"""What wakes background work before its time: in this process only, and nothing is lost if nobody hears it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Wake:
    """`replication` is set when a version may have been queued, `lifecycle` when a clock or rules changed."""

    replication: asyncio.Event = field(default_factory=asyncio.Event)
    lifecycle: asyncio.Event = field(default_factory=asyncio.Event)
