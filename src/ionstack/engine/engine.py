"""The engine: serves every declared resource, and knows no API by name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from ionstack.catalogue.registry import Catalogue
from ionstack.drivers.port import Driver, ProvisioningFailed
from ionstack.engine import profile, requests
from ionstack.engine.clock import Clock
from ionstack.engine.order import Order
from ionstack.engine.recall import Recall
from ionstack.engine.requests import DONE, FAILED, SUCCESS, Request
from ionstack.engine.runner import Runner
from ionstack.engine.step import Plan
from ionstack.engine.unit import Unit
from ionstack.identity.vault import Vault
from ionstack.store.port import Store, Tx, Work
from ionstack.store.statement import statements

T = TypeVar("T")
RESOURCE = statements("resource")


class Engine:
    """Runs units of work and brings accepted requests about.

    `profile` is the server's; a contract's own comes first. `waiting` is set whenever a request was queued.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        catalogue: Catalogue,
        drivers: Mapping[str, Driver],
        vault: Vault,
        profile: str = profile.INSTANT,
    ) -> None:
        self.store, self.clock, self.catalogue, self.vault = store, clock, catalogue, vault
        self.runner = Runner(catalogue, drivers)
        self.recall = Recall(store)
        self.profile = profile
        self.waiting = asyncio.Event()

    async def change(self, order: Order, work: Callable[[Unit], Awaitable[T]]) -> T:
        """Run a change of plain records: done when it returns, without a request."""

        async def unit(tx: Tx) -> T:
            changing = Unit(self, tx, order)
            result = await work(changing)
            await changing.journal.write(tx)
            return result

        return await self.store.write(unit)

    async def submit(self, order: Order, work: Callable[[Unit], Awaitable[T]]) -> tuple[T, Request]:
        """Run a change and accept the request it amounts to, in one commit.

        In the instant profile, with nothing in its way, the request is already DONE in that commit.
        """

        async def unit(tx: Tx) -> tuple[T, Request]:
            changing = Unit(self, tx, order)
            result = await work(changing)
            request = await self._accept(changing)
            await changing.journal.write(tx)
            return result, request

        result, request = await self.store.write(unit)
        if not request.ended:
            self.waiting.set()
        return result, request

    async def read(self, work: Work[T]) -> T:
        """Read over one snapshot."""
        return await self.store.read(work)

    def profile_of(self, contract_profile: str) -> str:
        """The profile in force for a contract that names `contract_profile`, or none."""
        return contract_profile or self.profile

    async def _accept(self, unit: Unit) -> Request:
        order, roots = unit.order, list(unit.roots)
        fault = order.fault
        plan = Plan(tuple(unit.steps), fault.seconds if fault else 0.0, fault.message if fault else "")
        request = requests.draft(order, plan)
        standing = [root for root in roots if root not in unit.created]
        if self._instant(order, plan) and await requests.lanes_free(unit.tx, unit.contract, standing):
            return await self._at_once(unit.tx, request, roots, order)
        return await requests.enqueue(unit.tx, request, roots)

    def _instant(self, order: Order, plan: Plan) -> bool:
        if not plan.steps:  # nothing is left for a driver to do
            return True
        if plan.wait or self.profile_of(order.principal.terms.profile) != profile.INSTANT:
            return False
        return all(self.runner.driver(step.kind).immediate for step in plan.steps)

    async def _at_once(self, tx: Tx, request: Request, roots: list[str], order: Order) -> Request:
        plan, done = request.work, 0

        async def here(work: Work[T]) -> T:
            return await work(tx)

        try:
            if plan.failure:
                raise ProvisioningFailed(plan.failure)
            for step in plan.steps:
                await self.runner.take(request, step, here, here, order.world)
                done += 1
            status, message = DONE, SUCCESS
        except ProvisioningFailed as failed:
            await self.runner.fail(tx, request, done)
            status, message = FAILED, str(failed)
        for root in roots:
            if not plan.touches(root):
                await tx.run(RESOURCE.touch, contract=request.contract, id=root, pending=0)
        ended = request._replace(status=status, message=message, step=done)
        return await requests.insert(tx, ended, finished=order.wall)
