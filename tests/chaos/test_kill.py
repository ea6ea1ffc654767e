"""SIGKILL at random moments: what was answered is there, exactly once, and nothing is left half done."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ionstack.engine.clock import Clock
from ionstack.store.opening import open_store
from ionstack.store.port import Store
from ionstack.store.statement import Statement
from tests import postgres
from tests.chaos.load import Client, Shown, run_until_dead
from tests.chaos.process import ADMIN_TOKEN, PASSWORD, USERNAME, Process

KILLS = 20
SOAK_KILLS = int(os.environ.get("SOAK_KILLS", "1000"))
CLIENTS = 6
DEADLINE = 60.0
"""Seconds after which a request that has not ended, never will."""


@pytest.fixture(scope="module")
def durable_server() -> Iterator[postgres.Server]:
    with postgres.running(durable=True) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[str | None]:
    if request.param == "sqlite":
        yield None
        return
    server: postgres.Server = request.getfixturevalue("durable_server")
    url = await server.database()
    yield url
    await server.drop(url)


@pytest.mark.soak
@pytest.mark.timeout(0)
async def test_a_killed_server_keeps_its_word(
    tmp_path: Path, database: str | None, soak: bool, seed: int
) -> None:
    dice = random.Random(seed)
    clients = [Client(number, random.Random(dice.random())) for number in range(CLIENTS)]
    process = Process(tmp_path, database)
    process.start()
    try:
        bearer = await _token(process.api)
        for kill in range(SOAK_KILLS if soak else KILLS):
            await _pace(process.api, bearer, "realistic" if kill % 3 == 2 else "instant")
            working = asyncio.create_task(run_until_dead(process.api, bearer, clients))
            await asyncio.sleep(dice.uniform(0.02, 0.4))
            process.kill(group=dice.random() < 0.5)
            await working
            process.start()
            await _all_ended(process.api, bearer)
            found = await _found(process.api, bearer)
            for client in clients:
                client.settle(found)
            assert set(found) == {name for client in clients for name in client.known}
    finally:
        process.stop()
    assert sum(client.answered for client in clients) > KILLS
    await _tables_agree(await open_store(database, tmp_path, Clock()))


async def _tables_agree(store: Store) -> None:
    """Nothing holds on to what is gone, and nothing waits."""
    try:
        for what, leftover in LEFTOVERS.items():
            record = await store.read(lambda tx, text=leftover: tx.one(Statement("count", {"": text})))  # type: ignore[misc]
            assert record is not None
            assert record[0] == 0, f"{what}: {record[0]}"
    finally:
        await store.close()


LEFTOVERS = {
    "lanes": "SELECT COUNT(*) FROM lane",
    "busy": "SELECT COUNT(*) FROM resource WHERE pending <> 0 OR deleting",
    "requests": "SELECT COUNT(*) FROM request WHERE status IN ('QUEUED', 'RUNNING')",
    "allocations": "SELECT COUNT(*) FROM allocation WHERE NOT EXISTS (SELECT 1 FROM resource"
    " WHERE resource.contract = allocation.contract AND resource.id = allocation.resource)",
    "references": "SELECT COUNT(*) FROM reference WHERE NOT EXISTS (SELECT 1 FROM resource"
    " WHERE resource.contract = reference.contract AND resource.id = reference.source)",
    "orphans": "SELECT COUNT(*) FROM resource WHERE parent <> '' AND NOT EXISTS (SELECT 1 FROM resource AS above"
    " WHERE above.contract = resource.contract AND above.id = resource.parent)",
}
"""What must not be there once everything has ended."""


async def _token(api: str) -> str:
    async with httpx.AsyncClient(base_url=api) as http:
        answer = await http.get("/auth/v1/tokens/generate", auth=(USERNAME, PASSWORD))
        return str(answer.raise_for_status().json()["token"])


async def _pace(api: str, bearer: str, profile: str) -> None:
    """Let requests of the contract end at once, or take their time on a clock that runs fast."""
    async with httpx.AsyncClient(base_url=api, headers={"Authorization": f"Bearer {bearer}"}) as http:
        number = (await http.get("/cloudapi/v6/contracts")).json()["items"][0]["properties"]["contractNumber"]
        body = {"profile": profile, "clock": {"scale": 200}}
        admin = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        (await http.patch(f"/_ionstack/contracts/{number}", json=body, headers=admin)).raise_for_status()


async def _all_ended(api: str, bearer: str) -> None:
    """Wait until no request is queued or running any more."""
    clock = Clock()
    until = clock.monotonic() + DEADLINE
    async with httpx.AsyncClient(base_url=api, headers={"Authorization": f"Bearer {bearer}"}) as http:
        while True:
            answer = await http.get("/cloudapi/v6/requests?filter.status=QUEUED,RUNNING&depth=2")
            waiting = answer.raise_for_status().json()["items"]
            if not waiting:
                return
            assert clock.monotonic() < until, f"never ended: {waiting[0]}"
            await asyncio.sleep(0.05)


async def _found(api: str, bearer: str) -> dict[str, tuple[str, Shown]]:
    """Every data center by name: its id and what is seen of it. Each name once, nothing BUSY."""
    async with httpx.AsyncClient(base_url=api, headers={"Authorization": f"Bearer {bearer}"}) as http:
        items: list[Any] = []
        while True:
            page = await http.get(f"/cloudapi/v6/datacenters?depth=3&limit=500&offset={len(items)}")
            got = page.raise_for_status().json()["items"]
            items += got
            if len(got) < 500:
                break
    found: dict[str, tuple[str, Shown]] = {}
    for item in items:
        lans = item["entities"]["lans"]["items"]
        assert {one["metadata"]["state"] for one in (item, *lans)} == {"AVAILABLE"}
        assert item["properties"]["name"] not in found
        found[item["properties"]["name"]] = (item["id"], (item["properties"]["description"], len(lans)))
    return found
