"""Every change both ways, at once and by the worker; every step again after a death; every way to fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest

from ionstack.apis import cloudapi
from ionstack.control import contracts
from ionstack.drivers import simulated
from ionstack.drivers.port import Driver, Observation, ProvisioningFailed, Spec
from ionstack.engine.worker import ATTEMPTS, LEASE, Worker
from ionstack.store.port import Tx
from ionstack.store.statement import Statement
from tests.api.conftest import Running, client
from tests.api.story import Teller
from tests.leftovers import leftovers
from tests.wait import until

Play = Callable[[str, Spec], Awaitable[None]]
"""What happens once a driver has done `ensure` or `absent`."""

COMPOSITE = {
    "properties": {"name": "one", "location": "de/txl"},
    "entities": {"lans": {"items": [{"properties": {"name": "a"}}, {"properties": {"name": "b"}}]}},
}
WAYS = pytest.mark.parametrize("profile", ["instant", "realistic"])


class Killed(BaseException):
    """The process died: nothing that follows in it happens, and it handles no error."""


class Rehearsed:
    """A driver that does as another one, and then what the test says."""

    def __init__(self, driver: Driver, play: Play, immediate: bool) -> None:
        self.driver, self.play, self.immediate = driver, play, immediate

    async def ensure(self, spec: Spec) -> Observation:
        seen = await self.driver.ensure(spec)
        await self.play("ensure", spec)
        return seen

    async def absent(self, spec: Spec) -> None:
        await self.driver.absent(spec)
        await self.play("absent", spec)


def rehearse(running: Running, play: Play, *, immediate: bool = True) -> None:
    """Let the drivers of a cloud do what the test says."""
    running.cloud.engine.runner.drivers = {
        name: Rehearsed(driver, play, immediate) for name, driver in simulated.drivers().items()
    }


@asynccontextmanager
async def tenant(running: Running, profile: str) -> AsyncIterator[tuple[int, httpx.AsyncClient]]:
    """A new contract of a profile, and its owner's client."""
    answer = await running.control("POST", "/contracts", json={"profile": profile})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    async with client(running.cloud, "/cloudapi/v6", headers=bearer) as api:
        yield made["contractNumber"], api


async def settled(running: Running, teller: Teller) -> None:
    """Let time pass and workers work, one after another as they die, until every request has ended."""
    for _ in range(400):
        if not await teller.open():
            return
        try:
            await Worker(running.cloud.engine).drain()
        except Killed:
            running.clock.advance(LEASE)
        running.clock.advance(60)
    raise AssertionError("requests never ended")


async def told(running: Running, profile: str) -> list[tuple[str, dict[str, Any]]]:
    """The story as a contract of a profile sees it: each call, and what was there once it was done."""
    async with tenant(running, profile) as (number, api):
        image = {"name": "1", "location": "de/txl", "size": 1, "contract": number}
        added = await running.control("POST", "/images", json=image)
        teller, chapters = Teller(api, image=f"/images/{added.json()['id']}"), []
        async for call in teller.tell():
            await settled(running, teller)
            seen = await teller.seen()
            assert {one["status"] for one in seen["requests"]} == {"DONE"}
            chapters.append((call, seen))
        assert await _changes(running, number) >= _possible()
        return chapters


async def _changes(running: Running, contract: int) -> set[tuple[str, str]]:
    """Which kinds of changes were made of which kinds of resources."""
    asked = Statement("", {"": "SELECT DISTINCT kind, action FROM event WHERE contract = :contract"})

    async def work(tx: Tx) -> set[tuple[str, str]]:
        return {(kind, action) for kind, action in await tx.all(asked, contract=contract)}

    return await running.cloud.store.read(work)


def _possible() -> set[tuple[str, str]]:
    """Which kinds of changes clients can make."""
    actions = {"create": "create", "replace": "update", "update": "update", "delete": "delete"}
    return {
        (view.resource.kind, action)
        for view in cloudapi.VIEWS
        for operation, action in actions.items()
        if operation in view.operations
    }


async def test_what_is_done_at_once_and_what_a_worker_does_are_the_same(running: Running) -> None:
    at_once, worked = await told(running, "instant"), await told(running, "realistic")
    for one, other in zip(at_once, worked, strict=True):
        assert one == other
    assert await leftovers(running.cloud.store) == {}


async def test_every_step_may_be_taken_again_after_a_death(running: Running) -> None:
    """Each step's first worker dies when the driver is done and nothing is written; so do its next two."""
    undisturbed = await told(running, "realistic")
    deaths: dict[object, int] = {}

    async def die(action: str, spec: Spec) -> None:
        step = (action, spec.id, spec.revision)
        deaths[step] = deaths.get(step, 0) + 1
        if deaths[step] < 4:
            raise Killed

    rehearse(running, die)
    for one, other in zip(await told(running, "realistic"), undisturbed, strict=True):
        assert one == other
    assert set(deaths.values()) == {4}
    assert await leftovers(running.cloud.store) == {}


@WAYS
@pytest.mark.parametrize("fails", [0, 1, 2])
async def test_what_cannot_be_provisioned_is_failed_and_what_was_stays(
    running: Running, profile: str, fails: int
) -> None:
    await _fail_at(running, fails)
    async with tenant(running, profile) as (_, api):
        answer = await api.post("/datacenters", json=COMPOSITE)
        assert answer.status_code == 202
        await settled(running, Teller(api))
        told = (await api.get(answer.headers["location"])).json()["metadata"]
        assert (told["status"], told["message"]) == ("FAILED", f"[VDC-5-1] no room for number {fails}")
        datacenter = f"/datacenters/{answer.json()['id']}"
        assert await _states(api, datacenter) == ["AVAILABLE"] * fails + ["FAILED"] * (3 - fails)
        assert await leftovers(running.cloud.store) == {}

        rehearse(running, _nothing)
        assert (await api.patch(datacenter, json={"name": "two"})).status_code == 202
        await settled(running, Teller(api))
        assert (await _states(api, datacenter))[0] == "AVAILABLE"
        assert (await api.delete(datacenter)).status_code == 202
        await settled(running, Teller(api))
        assert (await api.get(datacenter)).status_code == 404
        assert await leftovers(running.cloud.store) == {}


@WAYS
async def test_a_deletion_that_fails_leaves_what_can_be_changed_and_deleted(
    running: Running, profile: str
) -> None:
    async with tenant(running, profile) as (_, api):
        datacenter = f"/datacenters/{(await api.post('/datacenters', json=COMPOSITE)).json()['id']}"
        await settled(running, Teller(api))
        await _fail_at(running, 0)
        answer = await api.delete(datacenter)
        await settled(running, Teller(api))
        assert (await api.get(answer.headers["location"])).json()["metadata"]["status"] == "FAILED"
        assert await _states(api, datacenter) == ["FAILED", "AVAILABLE", "AVAILABLE"]
        assert await leftovers(running.cloud.store) == {}

        rehearse(running, _nothing)
        for method, path, body in (("PATCH", "/lans/1", {"name": "c"}), ("DELETE", "", None)):
            assert (await api.request(method, f"{datacenter}{path}", json=body)).status_code == 202
            await settled(running, Teller(api))
        assert (await api.get(datacenter)).status_code == 404
        assert await leftovers(running.cloud.store) == {}


@pytest.mark.parametrize("errors", [1, ATTEMPTS - 1, ATTEMPTS])
async def test_what_goes_wrong_by_surprise_is_tried_again_but_not_for_ever(
    running: Running, errors: int
) -> None:
    tried = 0

    async def go_wrong(action: str, spec: Spec) -> None:
        nonlocal tried
        tried += 1
        if tried <= errors:
            raise RuntimeError("nobody thought of this")

    rehearse(running, go_wrong)
    async with tenant(running, "realistic") as (_, api):
        body = {"properties": COMPOSITE["properties"]}
        answer = await api.post("/datacenters", json=body)
        await settled(running, Teller(api))
        told = (await api.get(answer.headers["location"])).json()["metadata"]
        datacenter = f"/datacenters/{answer.json()['id']}"
        if errors < ATTEMPTS:
            assert (told["status"], tried) == ("DONE", errors + 1)
            assert await _states(api, datacenter) == ["AVAILABLE"]
        else:
            assert (told["status"], tried) == ("FAILED", ATTEMPTS)
            assert "nobody" not in told["message"]
            assert await _states(api, datacenter) == ["FAILED"]
        assert await leftovers(running.cloud.store) == {}


async def test_who_lost_the_lease_writes_nothing(running: Running) -> None:
    """While the first worker's driver takes its time, a second one does the work and a change follows."""
    first, second = Worker(running.cloud.engine), Worker(running.cloud.engine)
    seen: list[Any] = []
    async with tenant(running, "realistic") as (_, api):

        async def dawdle(action: str, spec: Spec) -> None:
            if not seen:
                seen.append("begun")
                running.clock.advance(LEASE + 1)
                await second.drain()
                seen.append(await Teller(api).seen())

        await api.post("/datacenters", json=COMPOSITE)
        await first.drain()
        running.clock.advance(60)
        rehearse(running, dawdle)
        await first.drain()
        assert seen[1]["requests"][0]["status"] == "DONE"
        assert await Teller(api).seen() == seen[1]
        assert await leftovers(running.cloud.store) == {}


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_lease_that_runs_out_during_the_write_is_not_taken(running: Running, database: str) -> None:
    """The first worker has proved that it holds the lease and waits for a row that somebody else has locked."""
    first, second = Worker(running.cloud.engine), Worker(running.cloud.engine)
    async with tenant(running, "realistic") as (_, api):
        id = (await api.post("/datacenters", json=COMPOSITE)).json()["id"]
        await first.drain()
        running.clock.advance(60)
        somebody = await asyncpg.connect(database)
        try:
            async with somebody.transaction():
                await somebody.execute("SELECT 1 FROM resource WHERE id = $1 FOR UPDATE", id)
                writing = asyncio.create_task(first.once())

                async def waits() -> bool:
                    return bool(await somebody.fetchval("SELECT COUNT(*) FROM pg_locks WHERE NOT granted"))

                await until(waits, "the worker never came to the lock")
                running.clock.advance(LEASE + 1)
                async with asyncio.timeout(20):
                    assert await second.once() == 0
        finally:
            await somebody.close()
        assert await writing == 1
        await settled(running, Teller(api))
        assert await leftovers(running.cloud.store) == {}


async def test_a_worker_that_takes_its_time_keeps_the_lease(running: Running) -> None:
    others: list[int] = []

    async def take_long(action: str, spec: Spec) -> None:
        begun = running.clock.monotonic()
        while running.clock.monotonic() < begun + 5 * LEASE:  # nothing moves the clock but the renewing
            assert len(others) < 10_000
            await running.clock.sleep(0)
            others.append(await Worker(running.cloud.engine).once())

    rehearse(running, take_long, immediate=False)
    async with tenant(running, "instant") as (_, api):
        await api.post("/datacenters", json={"properties": COMPOSITE["properties"]})
        await settled(running, Teller(api))
        assert others
        assert set(others) == {0}
        assert await leftovers(running.cloud.store) == {}


async def test_a_contract_that_is_emptied_under_the_hands_of_a_worker(running: Running) -> None:
    async with tenant(running, "realistic") as (number, api):

        async def empty(action: str, spec: Spec) -> None:
            await contracts.reset(running.cloud.store, number, running.clock.wall())

        class Late(Worker):
            async def _serve(self, seq: int) -> None:
                await contracts.reset(running.cloud.store, number, running.clock.wall())
                await super()._serve(seq)

        for worker, play in ((Worker, empty), (Late, _nothing)):
            rehearse(running, play)
            await api.post("/datacenters", json=COMPOSITE)
            for _ in range(2):
                await worker(running.cloud.engine).drain()
                running.clock.advance(60)
            assert (await api.get("/datacenters")).json()["items"] == []
            assert (await api.get("/requests")).json()["items"] == []
            assert await leftovers(running.cloud.store) == {}


async def _nothing(action: str, spec: Spec) -> None:
    return None


async def _fail_at(running: Running, number: int) -> None:
    """Let the driver refuse the step of a number, counted from now."""
    steps = 0

    async def refuse(action: str, spec: Spec) -> None:
        nonlocal steps
        steps += 1
        if steps == number + 1:
            raise ProvisioningFailed(f"[VDC-5-1] no room for number {number}")

    rehearse(running, refuse)


async def _states(api: httpx.AsyncClient, datacenter: str) -> list[str]:
    """The state of a data center, then of its LANs."""
    read = (await api.get(f"{datacenter}?depth=3")).raise_for_status().json()
    return [one["metadata"]["state"] for one in (read, *read["entities"]["lans"]["items"])]
