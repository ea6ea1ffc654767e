"""The whole cloud in process: a client that speaks HTTP to the application, on a clock that stands still."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from ionstack.app import Cloud, application, build_cloud
from ionstack.config import Settings, load
from ionstack.engine.clock import FrozenClock
from ionstack.engine.worker import Worker
from tests import pinned
from tests.stores import database, migrated_database, migrated_file, postgres_server, store

__all__ = ["database", "migrated_database", "migrated_file", "postgres_server", "store"]

USERNAME, PASSWORD = "owner@example.com", "a good password"
ADMIN_TOKEN = "the admin token of the tests"
ROOT = "http://localhost:4667"


@dataclass(slots=True)
class Running:
    """A cloud under test. `http` has no credentials, `api` calls as the owner below /cloudapi/v6."""

    cloud: Cloud
    clock: FrozenClock
    http: httpx.AsyncClient
    api: httpx.AsyncClient

    async def drain(self) -> None:
        """Let the worker do all that is due."""
        await Worker(self.cloud.engine).drain()

    async def make(self, path: str, **properties: Any) -> dict[str, Any]:
        """Create a resource as the owner; what was answered."""
        answer = await self.api.post(path, json={"properties": properties})
        assert answer.status_code in (201, 202), answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def control(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Call the control API as the operator."""
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        return await self.http.request(method, f"/_ionstack{path}", headers=headers, **options)


def settings(tmp_path: Path, database: str | None, **more: Any) -> Settings:
    """Settings for a cloud under test; the master key is given since PostgreSQL needs one."""
    return load(
        {
            "data_dir": str(tmp_path),
            "database": database,
            "username": USERNAME,
            "password": PASSWORD,
            "master_key": "00" * 32,
            "admin_token": ADMIN_TOKEN,
            "worker": False,
            "ephemeral": database is None,
            **more,
        }
    )


def client(cloud: Cloud, base: str = "", **options: Any) -> httpx.AsyncClient:
    """A client of a cloud's APIs."""
    app = options.pop("app", None) or application(cloud)
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    hooks = {"response": [_hold_to_document]}
    return httpx.AsyncClient(transport=transport, base_url=f"{ROOT}{base}", event_hooks=hooks, **options)


async def _hold_to_document(answer: httpx.Response) -> None:
    """Every call of every test is held to the vendor's document, both ways; but for bodies that were streamed."""
    call = answer.request
    sent = call.content if isinstance(call.stream, httpx.ByteStream) else b""
    if answer.headers.get("content-type", "").startswith("application/json"):
        pinned.check(call.method, call.url.path, sent, answer.status_code, await answer.aread())


async def token(http: httpx.AsyncClient, username: str = USERNAME, password: str = PASSWORD) -> str:
    """A token for a user."""
    answer = await http.get("/auth/v1/tokens/generate", auth=(username, password))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


@pytest.fixture
async def running(tmp_path: Path, database: str | None, migrated_file: Path) -> AsyncIterator[Running]:
    """A fresh cloud, once on each store."""
    shutil.copy(migrated_file, tmp_path)
    async with up(settings(tmp_path, database)) as cloud:
        yield cloud


@pytest.fixture
async def alone(tmp_path: Path, migrated_file: Path) -> AsyncIterator[Running]:
    """A fresh cloud on SQLite, for what does not depend on the store."""
    shutil.copy(migrated_file, tmp_path)
    async with up(settings(tmp_path, None)) as cloud:
        yield cloud


@asynccontextmanager
async def up(chosen: Settings, clock: FrozenClock | None = None) -> AsyncIterator[Running]:
    """A cloud by its settings, with its clients."""
    clock = clock or FrozenClock()
    cloud = await build_cloud(chosen, clock)
    app = application(cloud)
    async with client(cloud, app=app) as http:
        bearer = {"Authorization": f"Bearer {await token(http)}"}
        async with client(cloud, "/cloudapi/v6", app=app, headers=bearer) as api:
            yield Running(cloud, clock, http, api)
    await cloud.store.close()
    cloud.identity.close()
