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
from ionstack.store.port import Store, Tx
from ionstack.store.statement import Statement
from tests import postgres
from tests.chaos.load import Block, Client, Datacenter, Found, run
from tests.chaos.process import ADMIN_TOKEN, PASSWORD, USERNAME, Hand, Process
from tests.leftovers import leftovers
from tests.wait import until

KILLS = 20
SOAK_KILLS = int(os.environ.get("SOAK_KILLS", "1000"))
CLIENTS = 6


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


class Victims:
    """A server, and on a database also a worker of its own beside it."""

    def __init__(self, directory: Path, database: str | None) -> None:
        self.server = Process(directory / "data", database)
        self.hand = Hand(directory / "hand", database) if database else None

    def start(self) -> None:
        if self.hand is not None:
            self.hand.start()
        self.server.start()
        if self.hand is not None:
            self.hand.await_ready()

    def kill(self, dice: random.Random) -> None:
        """SIGKILL the server, the worker, or all there is, and start again what died."""
        whom = dice.choice(("server", "worker", "all")) if self.hand else dice.choice(("server", "all"))
        if whom != "worker":
            self.server.kill(group=whom == "all")
        if self.hand is not None and whom != "server":
            self.hand.kill(group=whom == "all")
            self.hand.start()
        if whom != "worker":
            self.server.start()
        if self.hand is not None:
            self.hand.await_ready()

    def stop(self) -> None:
        self.server.stop()
        if self.hand is not None:
            self.hand.stop()


@pytest.mark.soak
@pytest.mark.timeout(0)
async def test_a_killed_server_keeps_its_word(
    tmp_path: Path, database: str | None, soak: bool, seed: int
) -> None:
    dice = random.Random(seed)
    clients = [Client(number, random.Random(dice.random())) for number in range(CLIENTS)]
    victims = Victims(tmp_path, database)
    victims.start()
    try:
        bearer = await _token(victims.server.api)
        for kill in range(SOAK_KILLS if soak else KILLS):
            await _pace(victims.server.api, bearer, "realistic" if kill % 3 == 2 else "instant")
            enough = asyncio.Event()
            working = asyncio.create_task(run(victims.server.api, bearer, clients, enough))
            await asyncio.sleep(dice.uniform(0.02, 0.4))
            await asyncio.to_thread(victims.kill, dice)
            enough.set()
            await working
            await _all_ended(victims.server.api, bearer)
            found = await _found(victims.server.api, bearer)
            for client in clients:
                client.settle(found)
            assert set(found) == {name for client in clients for name in client.known}
    finally:
        victims.stop()
    promised = {request for client in clients for request in client.promised}
    assert len(promised) > KILLS
    store = await open_store(database, victims.server.directory, Clock())
    try:
        assert await leftovers(store) == {}
        assert await _not_done(store, promised) == set()
    finally:
        await store.close()


async def _not_done(store: Store, promised: set[str]) -> set[str]:
    """Which requests of those that clients were told of are not DONE."""
    statement = Statement("done", {"": "SELECT id FROM request WHERE status = 'DONE'"})

    async def work(tx: Tx) -> set[str]:
        return promised - {str(id) for (id,) in await tx.all(statement)}

    return await store.read(work)


async def _token(api: str) -> str:
    async with httpx.AsyncClient(base_url=api) as http:
        answer = await http.get("/auth/v1/tokens/generate", auth=(USERNAME, PASSWORD))
        return str(answer.raise_for_status().json()["token"])


async def _pace(api: str, bearer: str, profile: str) -> None:
    """Let requests of the contract end at once, or take their time on a clock that runs fast."""
    async with _client(api, bearer) as http:
        number = (await _limits(http))["contractNumber"]
        body = {"profile": profile, "clock": {"scale": 200}}
        admin = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        answer = await http.patch(f"{api}/_ionstack/contracts/{number}", json=body, headers=admin)
        answer.raise_for_status()


async def _all_ended(api: str, bearer: str) -> None:
    """Wait until no request is queued or running any more."""
    async with _client(api, bearer) as http:

        async def nothing_waits() -> bool:
            return not await _items(http, "/requests?filter.status=QUEUED,RUNNING")

        await until(nothing_waits, "requests never ended")


async def _found(api: str, bearer: str) -> dict[str, Found]:
    """Every thing by its name, which is there once; nothing BUSY, no address twice, all of them counted."""
    async with _client(api, bearer) as http:
        datacenters, blocks = (
            await _items(http, "/datacenters?depth=3"),
            await _items(http, "/ipblocks?depth=1"),
        )
        labels = await _items(http, "/labels?depth=1")
        limits = await _limits(http)
    ips = [ip for block in blocks for ip in block["properties"]["ips"]]
    assert len(ips) == len(set(ips)) == limits["resourceLimits"]["reservedIpsOnContract"]
    found: dict[str, Found] = {}
    for item in datacenters:
        lans = item["entities"]["lans"]["items"]
        assert {one["metadata"]["state"] for one in (item, *lans)} == {"AVAILABLE"}
        ids = {one["properties"]["name"]: one["id"] for one in lans}
        assert len(set(ids.values())) == len(lans)
        mine = sorted(
            (one["properties"]["key"], one["properties"]["value"])
            for one in labels
            if one["properties"]["resourceId"] == item["id"]
        )
        state = Datacenter(item["properties"]["description"], tuple(sorted(ids)), tuple(mine))
        assert item["properties"]["name"] not in found
        found[item["properties"]["name"]] = Found(f"/datacenters/{item['id']}", state, ids)
    for item in blocks:
        name, changes = item["properties"]["name"].split()
        size = item["properties"]["size"]
        assert item["metadata"]["state"] == "AVAILABLE"
        assert len(item["properties"]["ips"]) == size
        assert name not in found
        found[name] = Found(f"/ipblocks/{item['id']}", Block(size, int(changes)))
    return found


def _client(api: str, bearer: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {bearer}"}
    return httpx.AsyncClient(base_url=f"{api}/cloudapi/v6", headers=headers, timeout=30)


async def _items(http: httpx.AsyncClient, path: str) -> list[Any]:
    items: list[Any] = (await http.get(path)).raise_for_status().json()["items"]
    return items


async def _limits(http: httpx.AsyncClient) -> dict[str, Any]:
    (contract,) = await _items(http, "/contracts")
    properties: dict[str, Any] = contract["properties"]
    return properties
