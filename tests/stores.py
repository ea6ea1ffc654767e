"""Fixtures for everything that must hold on both stores. Import them in a conftest."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ionstack.engine.clock import Clock
from ionstack.store.migrate import migrate_postgres, migrate_sqlite
from ionstack.store.opening import open_store
from ionstack.store.port import Store
from tests import postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """One private PostgreSQL server for the tests of a worker process."""
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables, to be copied: that is quicker than to migrate again."""
    path = tmp_path_factory.mktemp("migrated") / "ionstack.db"
    migrate_sqlite(path)
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres_server: postgres.Server) -> str:
    """The name of a database with the tables, to be copied."""

    async def make() -> str:
        url = await postgres_server.database()
        await migrate_postgres(url)
        return url.rsplit("/", 1)[1]

    with ThreadPoolExecutor(1) as thread:  # the test that asks first may have a running loop
        return thread.submit(asyncio.run, make()).result()


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[str | None]:
    """Where a store is: None for the data directory's file, else the URL of a fresh database."""
    if request.param == "sqlite":
        yield None
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    url = await server.database(request.getfixturevalue("migrated_database"))
    yield url
    await server.drop(url)


@pytest.fixture
async def store(database: str | None, tmp_path: Path, migrated_file: Path) -> AsyncIterator[Store]:
    """An empty store, once on each engine."""
    if database is None:
        shutil.copy(migrated_file, tmp_path)
    opened = await open_store(database, tmp_path, Clock(), durable=False)
    yield opened
    await opened.close()
