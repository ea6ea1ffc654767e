"""Whatever changes something leaves an event that says who, from where, and by which call."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import jwt
import pyotp
import pytest

from ionstack.apis.index import APIS
from ionstack.gateway.site import CONTROL
from tests.api.conftest import PASSWORD, USERNAME, Running, client
from tests.api.control.conftest import Tenant

WRITING = ("POST", "PUT", "PATCH", "DELETE")
FAULT = {"effect": {"status": 503}}
IMAGE = {"name": "an image", "location": "de/txl", "size": 1}


async def audit(running: Running, **filters: Any) -> list[dict[str, Any]]:
    answer = await running.control("GET", "/audit", params=filters)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def by(running: Running, answer: httpx.Response) -> list[dict[str, Any]]:
    """The events of a call."""
    return await audit(running, requestId=answer.headers["x-request-id"])


def kid(token: str) -> str:
    """The id of a token."""
    return str(jwt.get_unverified_header(token)["kid"])


async def test_every_operation_beside_the_cloud_api_leaves_an_event(running: Running, tenant: Tenant) -> None:
    """What the Cloud API has is called, and held against the audit, by the official SDK."""
    made = {"contract": tenant.number}

    async def control(method: str, path: str, **options: Any) -> dict[str, Any]:
        answer = await running.control(method, path, **options)
        assert answer.status_code < 300, answer.text
        (event, *_) = await by(running, answer)
        assert event["user"] == "operator"
        assert event["address"] == "127.0.0.1"
        body: dict[str, Any] = answer.json() if answer.content else {}
        return body

    spare = (await control("POST", "/contracts", json={}))["contractNumber"]
    await control("PATCH", f"/contracts/{spare}", json={"rateLimit": 600})
    await control("PATCH", f"/contracts/{spare}", json={"clock": {"scale": 2}})
    fault = (await control("POST", "/faults", json={**made, **FAULT}))["id"]
    await control("DELETE", f"/faults/{fault}")
    await control("DELETE", "/faults", params=made)
    await control("DELETE", "/faults")
    member = f"/contracts/{spare}/members/{USERNAME}"
    await control("PUT", member, json={"role": "administrator"})
    await control("DELETE", member)
    await second_factor(running, tenant, control)
    token = (await control("POST", "/tokens", json=made))["token"]
    await control("DELETE", f"/tokens/{kid(tenant.token)}")
    await control("POST", "/s3-keys", json=made)
    image = (await control("POST", "/images", json=IMAGE))["id"]
    await control("DELETE", f"/images/{image}")
    await control("POST", "/locations", json={"id": "us/dev"})
    await control("DELETE", "/locations/us/dev")
    await control("PUT", "/maintenance", json={"on": True})
    await control("PUT", "/maintenance", json={"on": False})
    await control("POST", f"/contracts/{spare}/reset")
    await control("DELETE", f"/contracts/{spare}")
    refused = await running.control("POST", "/key/rotate")
    assert refused.status_code == 409  # the tests give the key; what a rotation leaves is tested with it

    bearer = {"Authorization": f"Bearer {token}"}
    async with client(running.cloud, "/auth/v1", headers=bearer) as auth:
        generated = await auth.get("/tokens/generate")
        answers = [
            generated, await auth.delete(f"/tokens/{kid(generated.json()['token'])}"),
            await auth.delete("/tokens", params={"criteria": "CURRENT"}),
        ]  # fmt: skip
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert [event["kind"] for event in await by(running, answer)] == ["auth.token"]

    await access_keys(running)
    called = {call.operation for call in running.cloud.calls.latest(1000)}
    served = [CONTROL, *(api for api in APIS if api.served and api.name != "cloudapi")]
    changing = {
        one.id for api in served if api.operations for one in api.operations() if one.method in WRITING
    }
    assert sorted(changing - called) == []


async def second_factor(running: Running, tenant: Tenant, control: Callable[..., Awaitable[Any]]) -> None:
    """An operator gives a user a second factor and takes it away, and the user signs in with it meanwhile."""
    user = {"user": tenant.username}
    secret = (await control("POST", "/second-factor", json=user))["secret"]
    code = pyotp.TOTP(secret).at(running.clock.wall() // 1_000_000)
    await control("POST", "/second-factor/confirm", json={**user, "code": code})
    codes = (await control("POST", "/second-factor/codes", json=user))["recoveryCodes"]
    signed_in = await running.http.post(
        "/_ionstack/second-factor/token", auth=(tenant.username, tenant.password), json={"code": codes[0]}
    )
    assert "auth.token" in {event["kind"] for event in await by(running, signed_in)}
    await control("POST", "/second-factor/remove", json=user)


async def access_keys(running: Running) -> None:
    """The life of a key."""
    bearer = {"Authorization": running.api.headers["Authorization"]}
    body = {"properties": {"description": "audited"}}
    async with client(running.cloud, "/objectstoragemanagement/accesskeys", headers=bearer) as keys:
        made = await keys.post("", json=body)
        one = f"/{made.json()['id']}"
        answers = [
            made,
            await keys.put(one, json=body),
            await keys.put(f"{one}/renew"),
            await keys.delete(one),
        ]
    for answer in answers:
        assert [event["kind"] for event in await by(running, answer)] == ["identity.s3key"]


async def test_a_change_is_told_whole(running: Running) -> None:
    answer = await running.api.post("/datacenters", json={"properties": {"location": "de/txl"}})
    (event,) = await by(running, answer)
    user = (await running.api.get("/um/users?depth=1")).json()["items"][0]["id"]
    assert event == {
        "id": event["id"], "at": "2026-01-01T00:00:00Z", "contractNumber": running.cloud.owner.contract,
        "userId": user, "user": USERNAME, "address": "127.0.0.1",
        "requestId": answer.headers["x-request-id"], "action": "create", "kind": "cloudapi.datacenter",
        "resourceId": answer.json()["id"], "revision": 1,
    }  # fmt: skip


async def test_filters_and_pages(running: Running) -> None:
    made = [await running.make("/ipblocks", location="de/txl", size=1) for _ in range(3)]
    ids = [one["id"] for one in reversed(made)]
    blocks = {"kind": "cloudapi.ipblock", "contract": running.cloud.owner.contract}
    assert [event["resourceId"] for event in await audit(running, **blocks)] == ids
    assert [event["resourceId"] for event in await audit(running, id=ids[1])] == [ids[1]]
    assert len(await audit(running, user=USERNAME.upper(), kind="cloudapi.ipblock")) == 3
    assert await audit(running, since="2026-01-02") == []
    assert await audit(running, until="2026-01-01") == []
    assert len(await audit(running, since="2026-01-01", until="2026-01-01T00:00:01Z", **blocks)) == 3
    seen, before = [], None
    for _ in range(3):
        page = (
            await running.control("GET", "/audit", params={**blocks, "limit": 1, "before": before})
        ).json()
        seen += [event["resourceId"] for event in page["items"]]
        before = page["next"]
    assert seen == ids


@pytest.mark.parametrize("query", ["since=soon", "limit=0", "limit=1001", "contract=x", "before=0"])
async def test_a_filter_that_cannot_be_read_is_told(alone: Running, query: str) -> None:
    answer = await alone.control("GET", f"/audit?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.text


async def test_the_audit_is_the_operators(alone: Running) -> None:
    assert (await alone.http.get("/_ionstack/audit")).status_code == 401
    assert (await alone.http.get("/_ionstack/key")).status_code == 401
    assert (await alone.http.post("/_ionstack/key/rotate")).status_code == 401


async def test_a_wrong_password_is_kept_with_its_user(running: Running) -> None:
    wrong = await running.http.get("/cloudapi/v6/datacenters", auth=(USERNAME, "no such password"))
    unknown = await running.http.get("/cloudapi/v6/datacenters", auth=("nobody@example.com", "secret word"))
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.content == unknown.content
    (event,) = await by(running, wrong)
    (owner,) = (await running.api.get("/um/users?depth=1")).json()["items"]
    assert (event["action"], event["kind"]) == ("refuse", "auth.signin")
    assert (event["userId"], event["contractNumber"]) == (owner["id"], running.cloud.owner.contract)
    (stranger,) = await by(running, unknown)
    assert (stranger["userId"], stranger["contractNumber"]) == (None, None)
    assert "nobody" not in str(stranger)


async def test_forged_tokens_are_kept(running: Running) -> None:
    for word in ("Bearer forged", "Bearer " + secrets.token_hex(), "Nonsense"):
        refused = await running.http.get("/cloudapi/v6/datacenters", headers={"Authorization": word})
        assert refused.status_code == 401
    admin = await running.http.get("/_ionstack/metrics", headers={"Authorization": "Bearer guess"})
    assert admin.status_code == 401
    signins = await audit(running, kind="auth.signin", contract=0)
    assert len(signins) == 2  # one for each operation and address, in a minute
    assert signins[0]["requestId"] == admin.headers["x-request-id"]


async def test_no_credentials_leave_nothing(running: Running) -> None:
    refused = await running.http.get("/cloudapi/v6/datacenters")
    assert refused.status_code == 401
    assert await by(running, refused) == []


async def test_a_foreign_contract_is_kept_with_the_caller(running: Running, tenant: Tenant) -> None:
    foreign = {"X-Contract-Number": str(running.cloud.owner.contract)}
    refused = await tenant.api.get("/datacenters", headers=foreign)
    assert refused.status_code == 403
    (event,) = await by(running, refused)
    assert (event["action"], event["contractNumber"]) == ("refuse", tenant.number)
    assert event["resourceId"] == "datacentersGet"


async def test_a_missing_privilege_is_kept(running: Running) -> None:
    person = {
        "firstname": "A", "lastname": "B", "email": "plain@example.com", "password": "longenough1",
        "administrator": False,
    }  # fmt: skip
    await running.api.post("/um/users", json={"properties": person})
    refused = await running.http.post(
        "/cloudapi/v6/datacenters",
        json={"properties": {"location": "de/txl"}},
        auth=("plain@example.com", "longenough1"),
    )
    assert refused.status_code == 403
    (event,) = await by(running, refused)
    assert event["user"] == "plain@example.com"
    assert (event["kind"], event["resourceId"]) == ("cloudapi.call", "datacentersPost")
    assert event["contractNumber"] == running.cloud.owner.contract


async def test_the_right_password_is_no_refusal(running: Running) -> None:
    before = len(await audit(running))
    assert (await running.http.get("/cloudapi/v6/datacenters", auth=(USERNAME, PASSWORD))).status_code == 200
    assert len(await audit(running)) == before
