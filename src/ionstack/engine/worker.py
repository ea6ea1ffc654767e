"""The worker: takes requests that are due, in the order of their lanes, and drives them to their end.

A claim is a lease. A worker that dies loses its leases when they run out, and another goes on at the step
that was not yet written; the write of each step proves that the lease is still held.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncIterator

from ionstack.drivers.port import ProvisioningFailed
from ionstack.engine import profile, requests
from ionstack.engine.clock import SECOND, World
from ionstack.engine.engine import Engine
from ionstack.engine.requests import DONE, FAILED, QUEUED, RUNNING, SUCCESS, Request
from ionstack.errors import IonstackError, StoreUnavailable
from ionstack.store.port import Tx, Work
from ionstack.store.statement import statements

log = logging.getLogger(__name__)
SQL = statements("request")

LEASE = 6.0
"""Seconds of wall time for which a claim holds without being renewed: how long a killed worker is waited for."""

POLL = 0.5
"""Seconds between looks at the queue when nothing announces new requests."""

ATTEMPTS = 8
"""How often a step is tried before its request fails."""


class LeaseLost(IonstackError):
    """Another worker has taken the request over."""


class Worker:
    """Works through the queue of one store; any number may do so side by side."""

    def __init__(self, engine: Engine, *, batch: int = 32) -> None:
        self.engine, self.batch = engine, batch
        self.name = uuid.uuid4().hex

    async def run(self) -> None:
        """Work until cancelled. Who owns the store alone first takes over what a killed process left."""
        taken_over = False
        while True:
            self.engine.waiting.clear()
            try:
                if not taken_over:
                    await self.engine.store.write(lambda tx: tx.run(SQL.take_over))
                    taken_over = True
                if await self.once():
                    continue
            except StoreUnavailable as away:
                log.warning("the worker waits for the store: %s", away)
            except Exception:
                log.exception("the worker stumbled")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await self.engine.waiting.wait()

    async def drain(self) -> None:
        """Work until nothing is due any more."""
        while await self.once():
            pass

    async def once(self) -> int:
        """Take one step of every request that is due and first in its lanes; how many there were."""
        wall = self.engine.clock.wall()
        due = await self.engine.store.read(_next_due)
        if due is None or due > wall:
            return 0
        claimed = await self.engine.store.write(lambda tx: self._claim(tx, wall))
        await asyncio.gather(*(self._serve(seq) for seq in claimed))
        return len(claimed)

    async def _claim(self, tx: Tx, wall: int) -> list[int]:
        found = [int(seq) for (seq,) in await tx.all(SQL.claimable, wall=wall, most=self.batch)]
        for seq in found:
            await tx.run(SQL.lease, seq=seq, until=wall + round(LEASE * SECOND), worker=self.name)
        return found

    async def _serve(self, seq: int) -> None:
        loaded = await self.engine.store.read(lambda tx: _load(tx, seq))
        if loaded is None:
            return
        request, world, pace = loaded
        try:
            async with self._renewed(request):
                await self._advance(request, world, self.engine.profile_of(pace))
        except LeaseLost:
            log.info("request %s is in other hands", request.id)
        except ProvisioningFailed as failed:
            await self._fail(request, request.step, str(failed))
        except StoreUnavailable as away:
            log.warning("request %s waits for the store: %s", request.id, away)
        except Exception:
            log.exception("request %s: a step failed, attempt %s", request.id, request.attempt + 1)
            await self._again(request, world)

    async def _advance(self, request: Request, world: World, pace: str) -> None:
        now = world.at(self.engine.clock.wall())
        catalogue = self.engine.catalogue
        if request.status == QUEUED:
            wait = profile.seconds(request, catalogue, pace)
            if wait:
                await self._progress(request, RUNNING, request.step, now + round(wait * SECOND), 0)
                return
        if why := profile.failure(request, catalogue, pace):
            raise ProvisioningFailed(why)
        steps = request.work.steps
        step = steps[request.step]
        done = request.step + 1

        async def writing(settle: Work[None]) -> None:
            async def unit(tx: Tx) -> None:
                await self._prove_held(tx, request)
                await settle(tx)
                if done == len(steps):
                    await requests.finish(tx, request, DONE, SUCCESS, self.engine.clock.wall(), step=done)
                else:
                    await tx.run(
                        SQL.progress, seq=request.seq, status=RUNNING, step=done, due=request.due, attempt=0
                    )

            await self.engine.store.write(unit)

        await self.engine.runner.take(request, step, self.engine.store.read, writing, now)

    async def _progress(self, request: Request, status: str, step: int, due: int, attempt: int) -> None:
        async def unit(tx: Tx) -> None:
            await self._prove_held(tx, request)
            await tx.run(SQL.progress, seq=request.seq, status=status, step=step, due=due, attempt=attempt)

        await self.engine.store.write(unit)

    async def _fail(self, request: Request, done: int, message: str) -> None:
        async def unit(tx: Tx) -> None:
            await self._prove_held(tx, request)
            await self.engine.runner.fail(tx, request, done)
            await requests.finish(tx, request, FAILED, message, self.engine.clock.wall(), step=done)

        with contextlib.suppress(LeaseLost):
            await self.engine.store.write(unit)

    async def _again(self, request: Request, world: World) -> None:
        """Try the step again after a growing wait, until the attempts are used up."""
        attempt = request.attempt + 1
        if attempt >= ATTEMPTS:
            await self._fail(request, request.step, "[VDC-5-0] An unexpected error occurred")
            return
        wait = min(2.0**attempt, 60.0) * max(world.scale, 0.0)
        due = world.at(self.engine.clock.wall()) + round(wait * SECOND)
        with contextlib.suppress(LeaseLost):
            await self._progress(request, RUNNING, request.step, due, attempt)

    async def _prove_held(self, tx: Tx, request: Request) -> None:
        """LeaseLost unless the claim holds and the request is as it was read; it then stays so to the commit."""
        if await tx.one(SQL.held, seq=request.seq, worker=self.name, version=request.version) is None:
            raise LeaseLost

    @contextlib.asynccontextmanager
    async def _renewed(self, request: Request) -> AsyncIterator[None]:
        """Keep the lease while a slow driver works."""
        if self.engine.runner.driver(request.work.steps[request.step].kind).immediate:
            yield
            return
        renewing = asyncio.create_task(self._renew(request))
        try:
            yield
        finally:
            renewing.cancel()

    async def _renew(self, request: Request) -> None:
        held = 1
        while held:
            await self.engine.clock.sleep(LEASE / 3)
            try:
                held = await self.engine.store.write(lambda tx: self._extend(tx, request))
            except StoreUnavailable as away:
                log.warning("the lease of request %s waits for the store: %s", request.id, away)

    async def _extend(self, tx: Tx, request: Request) -> int:
        until = self.engine.clock.wall() + round(LEASE * SECOND)
        return await tx.run(SQL.renew, seq=request.seq, until=until, worker=self.name)


async def _next_due(tx: Tx) -> int | None:
    """The wall time at which the next unfinished request is due, whether or not it is first in its lanes."""
    record = await tx.one(SQL.next_due)
    return None if record is None or record[0] is None else int(record[0])


async def _load(tx: Tx, seq: int) -> tuple[Request, World, str] | None:
    """A request, its contract's world, and the contract's own profile; None if the contract was emptied."""
    record = await tx.one(SQL.with_contract, seq=seq)
    if record is None:
        return None
    *columns, wall, at, scale, settings = record
    return Request._make(columns), World(wall, at, scale), profile.named(settings)
