"""The audit: who did what, when, from where, and by which call, as the change stream has it.

What was changed is written with the change itself. What was refused is written afterwards, and sparingly: it
is the one thing here that somebody without any right can make us write.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ionstack.engine.clock import SECOND, Clock, iso
from ionstack.errors import StoreError
from ionstack.identity import events
from ionstack.identity.events import Actor
from ionstack.identity.guessing import network
from ionstack.identity.users import memberships
from ionstack.store.port import Store, Tx, Value
from ionstack.store.statement import statements

SQL = statements("audit")

REFUSE = "refuse"
"""The action of a call that was refused, or of credentials that did not count."""

AGAIN = 60.0
"""Seconds in which the same refusal to the same caller is written once."""

AT_MOST = 60
"""Refusals that a process writes in a minute, whoever calls."""

REFUSALS_KEPT = 100_000
"""Refusals that are kept of all; the eldest go first."""

INTERVAL = 3600.0
"""Seconds between two sweeps."""

DAY = 86_400 * SECOND
_BATCH = 1000
_ALWAYS = 2**62

log = logging.getLogger(__name__)


class Event(NamedTuple):
    """A row of the change stream. `contract` is 0 for what concerns the whole server; `at` is wall µs."""

    seq: int
    contract: int
    at: int
    actor: str
    actor_name: str
    address: str
    request_id: str
    action: str
    kind: str
    resource: str
    revision: int

    def shown(self) -> dict[str, Any]:
        """The event as `/_ionstack/audit` lists it."""
        return {
            "id": self.seq,
            "at": iso(self.at),
            "contractNumber": self.contract or None,
            "userId": self.actor or None,
            "user": self.actor_name or None,
            "address": self.address or None,
            "requestId": self.request_id or None,
            "action": self.action,
            "kind": self.kind,
            "resourceId": self.resource or None,
            "revision": self.revision or None,
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events are looked for; an empty text matches all.

    `user` is an id or a name; `since` and `until` (not included) are wall µs; `before` is the `seq` to go
    on from, as events come newest first.
    """

    contract: int | None = None
    user: str = ""
    action: str = ""
    kind: str = ""
    resource: str = ""
    request: str = ""
    since: int = 0
    until: int = _ALWAYS
    before: int = _ALWAYS
    most: int = 100


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that was refused: by whom (if that is known), of which operation, in which contract (or 0)."""

    actor: Actor
    kind: str
    operation: str
    contract: int = 0


class Audit:
    """Looks into the change stream, adds refusals to it, and sweeps what is older than `days` (0: nothing)."""

    def __init__(self, store: Store, clock: Clock, days: int) -> None:
        self._store, self._clock, self._days = store, clock, days
        self._sparing = _Sparing(clock)

    async def find(self, wanted: Wanted) -> Sequence[Event]:
        """The events that are wanted, newest first."""
        values: dict[str, Value] = {
            "user": wanted.user, "action": wanted.action, "kind": wanted.kind, "resource": wanted.resource,
            "request": wanted.request, "since": wanted.since, "until": wanted.until, "before": wanted.before,
            "most": wanted.most,
        }  # fmt: skip

        async def work(tx: Tx) -> Sequence[Event]:
            if wanted.contract is None:
                return [Event(*row) for row in await tx.all(SQL.all, **values)]
            found = await tx.all(SQL.of_contract, contract=wanted.contract, **values)
            return [Event(*row) for row in found]

        return await self._store.read(work)

    async def record(self, actor: Actor, action: str, kind: str, *changed: tuple[int, str]) -> None:
        """Append what was done that leaves nothing else in the store."""
        now = self._clock.wall()

        async def work(tx: Tx) -> None:
            await events.record(tx, actor, now, action, kind, *changed)

        await self._store.write(work)

    async def refused(self, refusal: Refusal) -> None:
        """Append a refusal, unless there are too many; no error comes of it.

        It goes to the contract of the call, else to every contract of the user, else to the server's own.
        """
        actor = refusal.actor
        if not self._sparing.spares(
            (refusal.contract, refusal.kind, refusal.operation, actor.id, network(actor.address))
        ):
            return
        now = self._clock.wall()

        async def work(tx: Tx) -> None:
            places = [refusal.contract]
            if not refusal.contract and actor.id:
                places = [place.contract for place in await memberships(tx, actor.id)] or [0]
            changed = [(place, refusal.operation) for place in places]
            await events.record(tx, actor, now, REFUSE, refusal.kind, *changed)

        try:
            await self._store.write(work)
        except StoreError as error:
            log.warning("a refusal was not written: %s", error)

    async def sweep(self) -> int:
        """Drop what is too old, and the refusals that are too many; how many events that were."""
        dropped = await self._store.write(lambda tx: tx.run(SQL.drop_refusals, most=REFUSALS_KEPT))
        before = self._clock.wall() - self._days * DAY

        async def work(tx: Tx) -> int:
            eldest = await tx.all(SQL.eldest, most=_BATCH)
            last = max((seq for seq, at in eldest if at < before), default=None)
            return 0 if last is None else await tx.run(SQL.drop_until, seq=last)

        while self._days and (batch := await self._store.write(work)):
            dropped += batch
        return dropped

    async def keep_swept(self) -> None:
        """Sweep every now and then, until cancelled."""
        while True:
            try:
                await self.sweep()
            except StoreError as away:
                log.warning("the audit is not swept: %s", away)
            await self._clock.sleep(INTERVAL)


class _Sparing:
    """Lets through each key once in a while, and no more keys than so many a minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: OrderedDict[object, float] = OrderedDict()
        self._left, self._since = float(AT_MOST), clock.monotonic()

    def spares(self, key: object) -> bool:
        """Whether what the key stands for is to be written now."""
        now = self._clock.monotonic()
        last = self._last.get(key)
        if last is not None and now - last < AGAIN:
            return False
        self._left = min(float(AT_MOST), self._left + (now - self._since) * AT_MOST / 60)
        self._since = now
        if self._left < 1:
            return False
        self._left -= 1
        self._last[key] = now
        self._last.move_to_end(key)
        if len(self._last) > AT_MOST * 60:
            self._last.popitem(last=False)
        return True
