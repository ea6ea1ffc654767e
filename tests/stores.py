"""Fixtures for everything that must hold on both stores. Import them in a conftest."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ionstack.engine.clock import Clock
from ionstack.store.opening import open_store
from ionstack.store.port import Store
from tests import postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """One private PostgreSQL server for the tests of a worker process."""
    with postgres.running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[str | None]:
    """Where a store is: None for the data directory's file, else the URL of a fresh database."""
    if request.param == "sqlite":
        yield None
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    url = await server.database()
    yield url
    await server.drop(url)


@pytest.fixture
async def store(database: str | None, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store, once on each engine."""
    opened = await open_store(database, tmp_path, Clock(), durable=False)
    yield opened
    await opened.close()
