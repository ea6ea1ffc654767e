"""How the server is, and what it did."""

from __future__ import annotations

import re

import pytest

from ionstack import __version__
from ionstack.errors import StoreUnavailable
from tests.api.conftest import Running
from tests.api.control.conftest import Tenant

SAMPLE = re.compile(r'[a-z_]+(\{([a-z]+="[^"\\]*(\\.[^"\\]*)*",?)+\})? [0-9.e+-]+')


@pytest.fixture
def database() -> None:
    """What is asked here of the store is the same on both."""


async def test_health_ready_and_version(running: Running) -> None:
    assert (await running.http.get("/_ionstack/health")).json() == {"status": "ok"}
    assert (await running.http.get("/_ionstack/ready")).json() == {"status": "ready", "maintenance": False}
    told = (await running.http.get("/_ionstack/version")).json()
    assert (told["name"], told["version"]) == ("ionstack", __version__)
    assert told["store"] == running.cloud.store.dialect


async def test_a_server_whose_store_is_away_lives_and_is_not_ready(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_self: object, _work: object) -> None:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(type(running.cloud.store), "read", away)
    assert (await running.http.get("/_ionstack/health")).status_code == 200
    assert (await running.http.get("/_ionstack/ready")).status_code == 503


async def test_metrics_are_the_text_that_prometheus_reads(running: Running) -> None:
    await running.api.get("/datacenters")
    await running.http.get('/no/such/"path\\')
    answer = await running.control("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    for line in lines:
        assert line.startswith(("# HELP ", "# TYPE ")) or SAMPLE.fullmatch(line), line
    assert 'ionstack_http_requests_total{api="cloudapi",operation="datacentersGet",status="200"} 1' in lines
    assert (
        'ionstack_http_request_duration_seconds_count{api="cloudapi",operation="datacentersGet"} 1' in lines
    )
    assert 'ionstack_queue_requests{status="QUEUED"} 0' in lines
    assert any(line.startswith("process_resident_memory_bytes ") for line in lines)


async def test_the_queue_is_counted(running: Running, tenant: Tenant) -> None:
    await running.control("PATCH", f"/contracts/{tenant.number}", json={"profile": "realistic"})
    await tenant.api.post("/datacenters", json={"properties": {"name": "One", "location": "de/txl"}})
    text = (await running.control("GET", "/metrics")).text
    assert 'ionstack_queue_requests{status="QUEUED"} 1' in text


async def test_the_latest_calls_are_listed_newest_first(running: Running, tenant: Tenant) -> None:
    first = await tenant.api.get("/datacenters")
    second = await tenant.api.get("/datacenters/none")
    found = (await running.control("GET", f"/requests?contract={tenant.number}")).json()["items"]
    assert [call["requestId"] for call in found] == [
        second.headers["x-request-id"],
        first.headers["x-request-id"],
    ]
    call = found[1]
    assert (call["method"], call["path"], call["status"]) == ("GET", "/cloudapi/v6/datacenters", 200)
    assert (call["api"], call["operation"], call["user"]) == ("cloudapi", "datacentersGet", tenant.username)
    assert call["milliseconds"] >= 0
    assert "password" not in str(found)


async def test_calls_are_chosen_by_status_and_number(running: Running, tenant: Tenant) -> None:
    for _ in range(3):
        await tenant.api.get("/datacenters/none")
    await tenant.api.get("/datacenters")
    found = (await running.control("GET", "/requests?status=404&limit=2")).json()["items"]
    assert [call["status"] for call in found] == [404, 404]
    assert (await running.control("GET", "/requests?limit=0")).status_code == 400
    assert (await running.control("GET", "/requests?status=x")).status_code == 400


async def test_maintenance_turns_clients_away_until_it_is_over(running: Running) -> None:
    begun = await running.control("PUT", "/maintenance", json={"on": True, "retryAfter": 9})
    assert begun.json() == {"on": True, "retryAfter": 9}
    refused = await running.api.get("/datacenters")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "9")
    assert (await running.http.get("/_ionstack/ready")).json()["maintenance"] is True
    await running.control("PUT", "/maintenance", json={"on": False})
    assert (await running.api.get("/datacenters")).status_code == 200
    assert (await running.control("PUT", "/maintenance", json={})).status_code == 422
