"""A throw-away contract beside the first one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from tests.api.conftest import Running, client


@dataclass(slots=True)
class Tenant:
    """A contract, and a client of the Cloud API that calls as its owner."""

    number: int
    username: str
    password: str
    token: str
    api: httpx.AsyncClient


@pytest.fixture
async def tenant(running: Running) -> AsyncIterator[Tenant]:
    made = await running.control("POST", "/contracts", json={"name": "for one test"})
    assert made.status_code == 201, made.text
    body = made.json()
    bearer = {"Authorization": f"Bearer {body['token']}"}
    async with client(running.cloud, "/cloudapi/v6", headers=bearer) as api:
        yield Tenant(body["contractNumber"], body["username"], body["password"], body["token"], api)
