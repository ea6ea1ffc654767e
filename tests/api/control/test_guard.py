"""Who reaches the control API: the holder of the admin token, and no web page of another origin."""

from __future__ import annotations

import re

import pytest

from ionstack.control.operations import OPERATIONS, second_factor
from tests.api.conftest import ADMIN_TOKEN, ROOT, Running

OPEN = ("health", "ready", "version")
OWN = [one.id for one in second_factor.OPERATIONS]
"""What users do themselves, by their own credentials."""
BEARER = {"Authorization": f"Bearer {ADMIN_TOKEN}"}


@pytest.fixture
def database() -> None:
    """The guard stands before the store: one engine is enough."""


async def test_nothing_answers_without_the_token(running: Running) -> None:
    for operation in OPERATIONS:
        path = "/_ionstack" + re.sub(r"\{\w+\}", "1", operation.path)
        for token in (b"", b"wrong", b"\xe4dmin", ADMIN_TOKEN.encode() + b"x"):
            body: dict[str, str] | None = None if operation.body is None else {}
            headers = {b"X-Ionstack-Admin-Token": token}
            answer = await running.http.request(operation.method, path, headers=headers, json=body)
            if operation.id in OPEN:
                assert answer.status_code == 200
                continue
            assert answer.status_code == 401, (operation.id, token)
            if operation.id in OWN:
                continue
            assert "admin token" in answer.json()["messages"][0]["message"]
            assert answer.headers["www-authenticate"] == 'Bearer realm="ionstack control"'


async def test_a_users_token_is_no_admin_token(running: Running) -> None:
    assert (await running.api.get(f"{ROOT}/_ionstack/contracts")).status_code == 401


async def test_the_token_opens(running: Running) -> None:
    for headers in (
        {"Authorization": f"Bearer {ADMIN_TOKEN}"},
        {"authorization": f"bearer {ADMIN_TOKEN}"},
        {"X-Ionstack-Admin-Token": ADMIN_TOKEN},
        {**BEARER, "Origin": ROOT, "Sec-Fetch-Site": "same-origin"},
        {**BEARER, "Sec-Fetch-Site": "none"},
    ):
        assert (await running.http.get("/_ionstack/contracts", headers=headers)).status_code == 200, headers


async def test_a_foreign_page_is_refused_even_with_the_token(running: Running) -> None:
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "https://localhost:4667"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = await running.http.get("/_ionstack/contracts", headers={**BEARER, **headers})
        assert answer.status_code == 403, headers
        assert "access-control-allow-origin" not in answer.headers


async def test_a_foreign_page_may_not_ask_to_call(running: Running) -> None:
    asking = {
        "Origin": "http://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    answer = await running.http.options("/_ionstack/contracts", headers=asking)
    assert "access-control-allow-origin" not in answer.headers
    assert "access-control-allow-headers" not in answer.headers


async def test_a_body_must_say_that_it_is_json(running: Running) -> None:
    for kind in ("application/x-www-form-urlencoded", "text/plain", "", "text/json"):
        headers = {**BEARER, "Content-Type": kind}
        answer = await running.http.post("/_ionstack/contracts", headers=headers, content=b"{}")
        assert answer.status_code == 415, kind


async def test_a_name_that_leads_here_by_a_trick_is_refused(running: Running) -> None:
    """A page of evil.example whose name was made to lead to this machine sends neither Origin nor Sec-Fetch-Site."""
    for host in (
        "evil.example:4667",
        "evil.example",
        "localhost.evil.example:4667",
        "127.0.0.1.evil.example",
    ):
        for more in ({}, {"Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}):
            answer = await running.http.get("/_ionstack/contracts", headers={**BEARER, "Host": host, **more})
            assert answer.status_code == 403, host
            assert "--public-url" in answer.json()["messages"][0]["message"]
    for host in (
        "localhost:4667",
        "127.0.0.1:4667",
        "[::1]:4667",
        "ionstack.localhost",
        "LOCALHOST.",
        "192.0.2.7:80",
    ):
        answer = await running.http.get("/_ionstack/contracts", headers={**BEARER, "Host": host})
        assert answer.status_code == 200, host


async def test_every_guarded_operation_refuses_foreign_pages(running: Running) -> None:
    for operation in OPERATIONS:
        if operation.id in OPEN:
            continue
        path = "/_ionstack" + re.sub(r"\{\w+\}", "1", operation.path)
        body: dict[str, str] | None = None if operation.body is None else {}
        for foreign in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
            headers = {**BEARER, **foreign}
            answer = await running.http.request(operation.method, path, headers=headers, json=body)
            assert answer.status_code == 403, (operation.id, foreign)
            assert "access-control-allow-origin" not in answer.headers
