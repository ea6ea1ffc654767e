"""Takes the steps of requests: the one way in which desired becomes observed.

A step reads what it needs, lets the driver act, and writes what was seen. `Within` says where the reading
and writing happen: inside the accepting transaction (instant), or each in a transaction of its own with
the driver between them (the worker). The steps are the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from ionstack.catalogue.registry import Catalogue
from ionstack.drivers.port import Driver, Observation, Spec
from ionstack.engine import documents
from ionstack.engine.requests import Request
from ionstack.engine.row import Row
from ionstack.engine.step import ABSENT, ENSURE, Step
from ionstack.engine.tombstones import bury
from ionstack.store.port import Tx, Work
from ionstack.store.statement import statements

T = TypeVar("T")
Within = Callable[[Work[Any]], Awaitable[Any]]
SQL = statements("resource")


class Runner:
    """Takes steps through the drivers, which are given by capability."""

    def __init__(self, catalogue: Catalogue, drivers: Mapping[str, Driver]) -> None:
        self.catalogue, self.drivers = catalogue, drivers

    def driver(self, kind: str) -> Driver:
        """The driver of a kind's capability."""
        return self.drivers[self.catalogue[kind].capability]

    async def take(self, request: Request, step: Step, reading: Within, writing: Within, world: int) -> None:
        """Take one step. Raises what the driver raises; then nothing is written."""

        async def prepare(tx: Tx) -> Spec | None:
            return await self._spec(tx, request.contract, step)

        spec = await reading(prepare)
        seen = await self._act(spec, step)

        async def settle(tx: Tx) -> None:
            if spec is None:
                return
            if step.action == ABSENT:
                await self._gone(tx, request.contract, step, world)
            else:
                await self._seen(tx, spec, seen)

        await writing(settle)

    async def fail(self, tx: Tx, request: Request, done: int) -> None:
        """Leave every resource whose step was not taken in its failed state, for all to see."""
        for step in request.work.steps[done:]:
            state = self.catalogue[step.kind].lifecycle.failed
            await tx.run(SQL.fail, contract=request.contract, id=step.id, state=state)
            if step.action == ABSENT:
                await tx.run(SQL.set_deleting, contract=request.contract, id=step.id, deleting=False)

    async def _act(self, spec: Spec | None, step: Step) -> Observation:
        if spec is None:
            return Observation()
        driver = self.driver(step.kind)
        if step.action == ENSURE:
            return await driver.ensure(spec)
        await driver.absent(spec)
        return Observation()

    async def _spec(self, tx: Tx, contract: int, step: Step) -> Spec | None:
        """What the step is about, or None if the resource is gone (a step taken twice)."""
        record = await tx.one(SQL.get, contract=contract, id=step.id)
        if record is None:
            return None
        row = Row._make(record)
        return Spec(
            contract, row.id, row.kind, row.parent, row.region, row.revision,
            documents.desired(self.catalogue[row.kind], row), documents.load(row.observed),
        )  # fmt: skip

    async def _seen(self, tx: Tx, spec: Spec, seen: Observation) -> None:
        state = seen.state or self.catalogue[spec.kind].lifecycle.settled
        observed = documents.dump({**spec.observed, **seen.properties})
        await tx.run(
            SQL.settle, contract=spec.contract, id=spec.id, state=state, revision=spec.revision,
            observed=observed,
        )  # fmt: skip

    async def _gone(self, tx: Tx, contract: int, step: Step, world: int) -> None:
        record = await tx.one(SQL.get, contract=contract, id=step.id)
        if record is not None:
            await bury(self.catalogue, tx, Row._make(record), world)
