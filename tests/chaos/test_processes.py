"""Several processes on one PostgreSQL: they start, serve and work side by side as if they were one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from ionstack.engine.clock import Clock
from tests import postgres
from tests.chaos.process import ADMIN_TOKEN, PASSWORD, USERNAME, Hand, Process
from tests.stores import postgres_server
from tests.wait import until

__all__ = ["postgres_server"]

pytestmark = pytest.mark.xdist_group(__file__)


@dataclass(frozen=True)
class Pair:
    """Two servers on one database. `idle` carries out nothing itself, `busy` does."""

    database: str
    idle: Process
    busy: Process


@dataclass(frozen=True)
class Tenant:
    """A throw-away contract, as a client of each server sees it below /cloudapi/v6."""

    number: int
    idle: httpx.AsyncClient
    busy: httpx.AsyncClient


@pytest.fixture(scope="module")
def pair(postgres_server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two servers that were started at the same time on a database that was empty."""
    with ThreadPoolExecutor(2) as threads:
        database = threads.submit(asyncio.run, postgres_server.database()).result()
        directory = tmp_path_factory.mktemp("pair")
        pair = Pair(
            database,
            idle=Process(directory / "idle", database, worker=False),
            busy=Process(directory / "busy", database),
        )
        try:
            list(threads.map(Process.start, (pair.idle, pair.busy)))
            yield pair
        finally:
            list(threads.map(Process.stop, (pair.idle, pair.busy)))


@pytest.fixture
async def tenant(pair: Pair) -> AsyncIterator[Tenant]:
    """A contract whose requests all queue."""
    async with _tenant(pair.idle, pair.busy) as tenant:
        yield tenant


async def test_servers_that_start_at_once_make_one_owner(pair: Pair) -> None:
    for process in (pair.idle, pair.busy):
        async with httpx.AsyncClient(base_url=process.api, auth=(USERNAME, PASSWORD)) as http:
            assert (await http.get("/cloudapi/v6/contracts")).status_code == 200, process.log
    database = await asyncpg.connect(pair.database)
    try:
        assert (
            await database.fetchval("SELECT COUNT(*) FROM contract WHERE NOT temporary AND number > 0") == 1
        )
        assert await database.fetchval("SELECT COUNT(*) FROM user_account WHERE email = $1", USERNAME) == 1
        assert await database.fetchval("SELECT COUNT(*) FROM signing_key") == 1
    finally:
        await database.close()


async def test_a_token_that_one_server_revoked_the_other_refuses(pair: Pair) -> None:
    owner = httpx.BasicAuth(USERNAME, PASSWORD)
    async with (
        httpx.AsyncClient(base_url=pair.idle.api) as one,
        httpx.AsyncClient(base_url=pair.busy.api) as other,
    ):
        for _ in range(10):
            minted = (
                (await one.get("/auth/v1/tokens/generate", auth=owner)).raise_for_status().json()["token"]
            )
            bearer = {"Authorization": f"Bearer {minted}"}
            assert (await other.get("/cloudapi/v6/contracts", headers=bearer)).status_code == 200
            revoked = await one.delete("/auth/v1/tokens", params={"criteria": "CURRENT"}, headers=bearer)
            assert revoked.status_code == 200, revoked.text
            assert (await other.get("/cloudapi/v6/contracts", headers=bearer)).status_code == 401


async def test_what_one_server_accepts_another_carries_out_in_order(tenant: Tenant) -> None:
    id = await _made(tenant.idle, "0")
    for number in range(1, 13):
        client = tenant.idle if number % 2 else tenant.busy
        answer = await client.patch(f"/datacenters/{id}", json={"name": str(number)})
        assert answer.status_code == 202, answer.text
    await _ended(tenant)
    read = (await tenant.idle.get(f"/datacenters/{id}")).json()
    assert (read["properties"]["name"], read["metadata"]["state"]) == ("12", "AVAILABLE")
    requests = (await tenant.busy.get("/requests", params={"depth": 2})).json()["items"]
    assert [one["metadata"]["requestStatus"]["metadata"]["status"] for one in requests] == ["DONE"] * 13


async def test_lans_made_through_both_servers_have_numbers_of_their_own(tenant: Tenant) -> None:
    id = await _made(tenant.idle, "crowded")

    async def make(number: int) -> str:
        client = tenant.idle if number % 2 else tenant.busy
        answer = await client.post(f"/datacenters/{id}/lans", json={"properties": {"name": str(number)}})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    numbers = await asyncio.gather(*(make(number) for number in range(12)))
    assert sorted(map(int, numbers)) == list(range(1, 13))
    await _ended(tenant)
    lans = (await tenant.busy.get(f"/datacenters/{id}/lans", params={"depth": 1})).json()["items"]
    assert {one["metadata"]["state"] for one in lans} == {"AVAILABLE"}
    assert len({one["properties"]["ipv4CidrBlock"] for one in lans}) == 12


async def test_blocks_reserved_through_both_servers_share_no_address(tenant: Tenant) -> None:
    async def reserve(number: int) -> list[str]:
        client = tenant.idle if number % 2 else tenant.busy
        body = {"properties": {"name": str(number), "location": "de/txl", "size": 4}}
        answer = await client.post("/ipblocks", json=body)
        assert answer.status_code == 202, answer.text
        ips: list[str] = answer.json()["properties"]["ips"]
        return ips

    blocks = await asyncio.gather(*(reserve(number) for number in range(12)))
    assert len({ip for block in blocks for ip in block}) == 48
    limits = (await tenant.busy.get("/contracts")).json()["items"][0]["properties"]["resourceLimits"]
    assert limits["reservedIpsOnContract"] == 48


@pytest.mark.parametrize("rate", [60, 1200])
async def test_two_servers_share_one_rate_limit(pair: Pair, tenant: Tenant, rate: int) -> None:
    await _operate(pair.idle, "PATCH", f"/contracts/{tenant.number}", {"rateLimit": rate})
    burst, clock = rate // 6, Clock()
    began = clock.monotonic()
    answers: list[httpx.Response] = []
    for _ in range(burst * 2 // 20 + 1):  # in parts, or the connections would be too many
        calls = [client.get("/contracts") for _ in range(10) for client in (tenant.idle, tenant.busy)]
        answers += await asyncio.gather(*calls)
    least, most = burst - rate // 60, burst + (clock.monotonic() - began + 1) * rate / 60
    passed = [one for one in answers if one.status_code == 200]
    assert least <= len(passed) <= most
    left = [int(one.headers["X-RateLimit-Remaining"]) for one in answers]
    assert max(left) == burst - 1
    assert all(0 <= one < burst for one in left)
    for one in answers:
        assert (one.headers["X-RateLimit-Limit"], one.headers["X-RateLimit-Burst"]) == (str(rate), str(burst))
        if one.status_code != 200:
            assert one.status_code == 429, one.text
            assert 1 <= int(one.headers["Retry-After"]) <= 2
            assert one.headers["X-RateLimit-Remaining"] == "0"
    assert len(passed) < len(answers)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("end", [Hand.kill, Hand.freeze], ids=["killed", "frozen"])
async def test_another_goes_on_where_a_worker_stopped(
    postgres_server: postgres.Server, tmp_path: Path, end: Callable[[Hand], None]
) -> None:
    """The first worker is stopped at the worst moment: it holds the lease and is about to write."""
    url = await postgres_server.database()
    server = Process(tmp_path / "server", url, worker=False)
    first, second = Hand(tmp_path / "first", url), Hand(tmp_path / "second", url)
    try:
        await asyncio.to_thread(server.start)
        async with _tenant(server, server) as tenant:
            id = await _made(tenant.idle, "half done")
            first.start()
            async with _locked(url, id) as database:
                await until(lambda: _somebody_waits(database), "the first worker never came to the lock")
                end(first)
            second.start()
            await _ended(tenant)
            first.stop()
            assert (await tenant.idle.get(f"/datacenters/{id}")).json()["metadata"]["state"] == "AVAILABLE"
        assert await _written(url, id) == (0, 1, 2)
    finally:
        for process in (first, second, server):
            await asyncio.to_thread(process.stop)
        await postgres_server.drop(url)


@asynccontextmanager
async def _tenant(idle: Process, busy: Process) -> AsyncIterator[Tenant]:
    """A new contract, whose requests take their time on a clock that runs fast."""
    made = await _operate(idle, "POST", "/contracts", {"profile": "realistic"})
    await _operate(idle, "PATCH", f"/contracts/{made['contractNumber']}", {"clock": {"scale": 3600}})
    bearer = {"Authorization": f"Bearer {made['token']}"}
    async with (
        httpx.AsyncClient(base_url=f"{idle.api}/cloudapi/v6", headers=bearer, timeout=30) as one,
        httpx.AsyncClient(base_url=f"{busy.api}/cloudapi/v6", headers=bearer, timeout=30) as other,
    ):
        yield Tenant(made["contractNumber"], one, other)


async def _operate(process: Process, method: str, path: str, body: Any) -> dict[str, Any]:
    """Call the control API."""
    admin = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    async with httpx.AsyncClient(base_url=process.api, headers=admin) as http:
        answer = await http.request(method, f"/_ionstack{path}", json=body)
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told


async def _made(client: httpx.AsyncClient, name: str) -> str:
    answer = await client.post("/datacenters", json={"properties": {"name": name, "location": "de/txl"}})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def _ended(tenant: Tenant) -> None:
    """Wait until no request of the contract is queued or running."""

    async def nothing_waits() -> bool:
        answer = await tenant.idle.get("/requests", params={"filter.status": "QUEUED,RUNNING"})
        return not answer.raise_for_status().json()["items"]

    await until(nothing_waits, "requests never ended")


@asynccontextmanager
async def _locked(database: str, id: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    """Hold the row of a resource, so that whoever would write it waits for the length of the block."""
    connection = await asyncpg.connect(database)
    try:
        async with connection.transaction():
            await connection.execute("SELECT 1 FROM resource WHERE id = $1 FOR UPDATE", id)
            yield connection
    finally:
        await connection.close()


async def _somebody_waits(database: asyncpg.Connection[Any]) -> bool:
    return bool(await database.fetchval("SELECT COUNT(*) FROM pg_locks WHERE NOT granted"))


async def _written(database: str, id: str) -> tuple[int, int, int]:
    """What a resource waits for, the revision it has reached, and how often it was written."""
    connection = await asyncpg.connect(database)
    try:
        row = await connection.fetchrow("SELECT pending, reached, version FROM resource WHERE id = $1", id)
        pending, reached, version = row
        return pending, reached, version
    finally:
        await connection.close()
