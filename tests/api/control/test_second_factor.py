"""Second factors over the control API: by an operator, and by users themselves."""

from __future__ import annotations

from typing import Any

import httpx
import pyotp
import pytest

from ionstack.engine.clock import SECOND
from tests.api.conftest import ADMIN_TOKEN, Running, client
from tests.api.control.conftest import Tenant

PATH = "/_ionstack/second-factor"


class Device:
    """An authenticator app."""

    def __init__(self, running: Running, secret: str) -> None:
        self._clock, self._totp = running.clock, pyotp.TOTP(secret)

    def code(self) -> str:
        """A code that was not shown before."""
        self._clock.advance(30)
        return self._totp.at(self._clock.wall() // SECOND)


async def own(running: Running, tenant: Tenant, method: str, path: str = "", **body: Any) -> httpx.Response:
    """Call as the user, by name and password."""
    sent = {"json": body} if method == "POST" else {}
    return await running.http.request(
        method,
        f"{PATH}{path}",
        auth=(tenant.username, tenant.password),
        **sent,  # type: ignore[arg-type]
    )


async def told(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def enrolled(running: Running, tenant: Tenant) -> tuple[Device, list[str]]:
    answer = await own(running, tenant, "POST")
    device = Device(running, (await told(answer, 201))["secret"])
    assert answer.headers["cache-control"] == "no-store"
    made = await told(await own(running, tenant, "POST", "/confirm", code=device.code()))
    return device, made["recoveryCodes"]


async def test_a_user_does_it_alone(running: Running, tenant: Tenant) -> None:
    assert await told(await own(running, tenant, "GET")) == {
        "active": False, "forced": False, "recoveryCodes": 0,
    }  # fmt: skip
    device, codes = await enrolled(running, tenant)
    basic = (tenant.username, tenant.password)
    refused = await running.http.get("/cloudapi/v6/datacenters", auth=basic)
    assert refused.status_code == 401
    assert "token" in refused.json()["messages"][0]["message"]
    assert (await running.http.get("/auth/v1/tokens/generate", auth=basic)).status_code == 401
    assert (await tenant.api.get("/datacenters")).status_code == 200, "tokens stay good"
    assert (await told(await own(running, tenant, "GET")))["recoveryCodes"] == len(codes) == 10

    for code in (device.code(), codes[0]):
        token = (await told(await own(running, tenant, "POST", "/token", code=code), 201))["token"]
        async with client(running.cloud, headers={"Authorization": f"Bearer {token}"}) as api:
            assert (await api.get("/cloudapi/v6/datacenters")).status_code == 200
        assert (await own(running, tenant, "POST", "/token", code=code)).status_code == 403, "good once"

    new = (await told(await own(running, tenant, "POST", "/codes", code=device.code())))["recoveryCodes"]
    assert (await own(running, tenant, "POST", "/remove", code=codes[1])).status_code == 403
    assert (await own(running, tenant, "POST", "/remove")).status_code == 403
    assert (await own(running, tenant, "POST")).status_code == 409, "one that is in force is not replaced"
    await told(await own(running, tenant, "POST", "/remove", code=new[0]), 204)
    assert (await running.http.get("/cloudapi/v6/datacenters", auth=basic)).status_code == 200


async def test_who_must_have_one_begins_by_password_and_gets_no_further(
    running: Running, tenant: Tenant
) -> None:
    user = await running.cloud.identity.users.find(tenant.username)
    assert user is not None
    await running.cloud.identity.users.force_second_factor(user.id, True)
    basic = (tenant.username, tenant.password)
    assert (await running.http.get("/cloudapi/v6/datacenters", auth=basic)).status_code == 401
    assert (await own(running, tenant, "POST", "/token", code="000000")).status_code == 409
    device, codes = await enrolled(running, tenant)
    await told(await own(running, tenant, "POST", "/token", code=device.code()), 201)
    assert (await own(running, tenant, "POST", "/remove", code=codes[0])).status_code == 403


async def test_an_operator_does_it_for_a_user(running: Running, tenant: Tenant) -> None:
    user = {"user": tenant.username}
    made = (await running.control("POST", "/second-factor", json=user)).json()
    assert made["uri"].startswith("otpauth://totp/")
    device = Device(running, made["secret"])
    wrong = await running.control("POST", "/second-factor/confirm", json={**user, "code": "000000"})
    assert wrong.status_code == 422
    right = await running.control("POST", "/second-factor/confirm", json={**user, "code": device.code()})
    assert len(right.json()["recoveryCodes"]) == 10
    minted = await running.control("POST", "/tokens", json={**user, "otp": right.json()["recoveryCodes"][0]})
    assert minted.status_code == 201
    renewed = await running.control("POST", "/second-factor/codes", json=user)
    assert set(renewed.json()["recoveryCodes"]).isdisjoint(right.json()["recoveryCodes"])
    shown = await running.control("GET", "/second-factor", params=user)
    assert shown.json() == {"active": True, "forced": False, "recoveryCodes": 10}
    assert (await running.control("POST", "/second-factor/remove", json=user)).status_code == 204
    basic = (tenant.username, tenant.password)
    assert (await running.http.get("/cloudapi/v6/datacenters", auth=basic)).status_code == 200
    unknown = await running.control("POST", "/second-factor", json={"user": "nobody@nowhere"})
    assert unknown.status_code == 404


async def test_nobody_does_it_for_another(running: Running, tenant: Tenant) -> None:
    """A user who names another needs the admin token; the admin token alone is no user."""
    for headers in ({"Authorization": f"Bearer {tenant.token}"}, {}):
        for path in ("", "/codes", "/remove"):
            answer = await running.http.post(PATH + path, json={"user": "owner@example.com"}, headers=headers)
            assert answer.status_code == 401
    admin = {"X-Ionstack-Admin-Token": ADMIN_TOKEN}
    assert (await running.http.post(PATH, json={}, headers=admin)).status_code == 401
    assert (await running.http.get(PATH)).status_code == 401
    basic = (tenant.username, "wrong")
    assert (await running.http.post(PATH, json={}, auth=basic)).status_code == 401


@pytest.mark.parametrize("foreign", [{"Origin": "http://evil.example"}, {"Host": "evil.example:4667"}])
async def test_no_foreign_page_does_it_for_a_user(
    running: Running, tenant: Tenant, foreign: dict[str, str]
) -> None:
    headers = {"Authorization": f"Bearer {tenant.token}", **foreign}
    assert (await running.http.post(PATH, json={}, headers=headers)).status_code == 403
    assert (await running.http.get(PATH, headers=headers)).status_code == 403


async def test_a_body_that_cannot_be_is_told(running: Running, tenant: Tenant) -> None:
    wrong: tuple[dict[str, Any], ...] = ({"code": 1}, {"nosuch": 1}, {}, {"code": "1", "ttl": 1})
    for body in wrong:
        answer = await running.http.post(f"{PATH}/token", json=body, auth=(tenant.username, tenant.password))
        assert answer.status_code == 422, body
    form = {"Content-Type": "text/plain"}
    answer = await running.http.post(
        PATH, content=b"{}", headers=form, auth=(tenant.username, tenant.password)
    )
    assert answer.status_code == 415
