"""Tokens on an operator's word."""

from __future__ import annotations

import pyotp

from tests.api.conftest import USERNAME, Running
from tests.api.control.conftest import Tenant


async def works(running: Running, token: str) -> bool:
    answer = await running.http.get("/cloudapi/v6/datacenters", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code == 200


async def test_without_a_name_the_first_owner_gets_one(running: Running) -> None:
    minted = await running.control("POST", "/tokens", json={"ttl": 60})
    assert minted.status_code == 201
    assert minted.json()["user"] == USERNAME
    assert await works(running, minted.json()["token"])
    running.clock.advance(61)
    assert not await works(running, minted.json()["token"])


async def test_of_a_contract_its_owner_gets_one(running: Running, tenant: Tenant) -> None:
    minted = (await running.control("POST", "/tokens", json={"contract": tenant.number})).json()
    assert minted["user"] == tenant.username
    assert await works(running, minted["token"])


async def test_a_user_with_a_second_factor_needs_a_code_and_it_is_good_once(
    running: Running, tenant: Tenant
) -> None:
    identity, clock = running.cloud.identity, running.clock
    user = await identity.users.find(tenant.username)
    assert user is not None
    enrolment = await identity.second_factor.enrol(user.id)
    totp = pyotp.TOTP(enrolment.secret)

    def code() -> str:
        return totp.at(clock.wall() // 1_000_000)

    await identity.second_factor.confirm(user.id, code())
    clock.advance(60)
    wish = {"user": tenant.username}
    assert (await running.control("POST", "/tokens", json=wish)).status_code == 403
    assert (await running.control("POST", "/tokens", json={**wish, "otp": "000000"})).status_code == 403
    minted = await running.control("POST", "/tokens", json={**wish, "otp": code()})
    assert minted.status_code == 201
    assert await works(running, minted.json()["token"])
    assert (await running.control("POST", "/tokens", json={**wish, "otp": code()})).status_code == 403


async def test_tokens_are_listed_without_themselves_and_revoked(running: Running, tenant: Tenant) -> None:
    listed = await running.control("GET", f"/tokens?contract={tenant.number}")
    (one,) = listed.json()["items"]
    assert one["contract"] == tenant.number
    assert tenant.token not in listed.text
    assert (await running.control("DELETE", f"/tokens/{one['id']}")).status_code == 204
    assert not await works(running, tenant.token)
    assert (await running.control("DELETE", f"/tokens/{one['id']}")).status_code == 404
    assert (await running.control("GET", f"/tokens?user={tenant.username}")).json()["items"] == []


async def test_what_cannot_be_is_told(running: Running) -> None:
    wishes: list[tuple[dict[str, object], int]] = [
        ({"user": "no@body"}, 404), ({"user": "nobody"}, 404), ({"contract": 12}, 404), ({"ttl": 1}, 422),
        ({"ttl": "x"}, 422), ({"user": 1}, 422), ({"nosuch": 1}, 422), ({"user": "a@b\x00"}, 400),
        ({"user": "x@y", "contract": 12}, 404),
    ]  # fmt: skip
    for wish, status in wishes:
        assert (await running.control("POST", "/tokens", json=wish)).status_code == status, wish


async def test_unknown_names_are_refused(running: Running) -> None:
    assert (await running.control("GET", "/tokens?user=no@body")).status_code == 404
    assert (await running.control("GET", "/tokens?user=%00")).status_code == 400
    assert (await running.control("DELETE", "/tokens/x")).status_code == 404
