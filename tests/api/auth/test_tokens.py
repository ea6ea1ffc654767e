"""The Auth API as its clients see it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import jwt

from tests.api.conftest import PASSWORD, ROOT, USERNAME, Running

TOKENS = "/auth/v1/tokens"
OWNER = (USERNAME, PASSWORD)


def bearer(token: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **more}


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token, unverified, as clients read them."""
    return jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})


async def mint(running: Running, **query: Any) -> str:
    answer = await running.http.get(f"{TOKENS}/generate", auth=OWNER, params=query)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


async def works(running: Running, token: str) -> bool:
    """Whether a token opens something."""
    answer = await running.http.get("/cloudapi/v6/contracts", headers=bearer(token))
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


def problem(answer: httpx.Response, status: int, word: str = "") -> None:
    """Assert that an answer is an error of the vendor's shape that says `word`."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["httpStatus"] == status
    assert all(isinstance(one["errorCode"], str) for one in body["messages"])
    assert word in answer.text


async def test_getting_started_mints_a_token_and_with_it_another(running: Running) -> None:
    first = await running.http.get(f"{TOKENS}/generate", auth=OWNER)
    assert first.status_code == 200
    assert list(first.json()) == ["token"]
    assert first.headers["content-type"].startswith("application/json")
    assert first.headers["cache-control"] == "no-store"
    second = await running.http.get(f"{TOKENS}/generate", headers=bearer(first.json()["token"]))
    assert second.status_code == 200
    assert second.json()["token"] != first.json()["token"]
    assert await works(running, second.json()["token"])


async def test_clients_read_who_they_are_from_the_token(running: Running) -> None:
    head, claims = read(await mint(running, ttl=600))
    assert (head["typ"], head["alg"]) == ("JWT", "RS256")
    assert claims["iss"] == "ionoscloud"
    assert claims["exp"] - claims["iat"] == 600
    assert claims["identity"]["contractNumber"] == running.cloud.owner.contract
    assert claims["identity"]["role"] == "owner"
    assert "ACCESS_S3_OBJECT_STORAGE" in claims["identity"]["privileges"]


async def test_a_bad_ttl_is_400(running: Running) -> None:
    for ttl in ("59", "0", "-1", "31536001", "x", "1.5", "9" * 30, "60 ", "\u0666\u0660"):
        problem(await running.http.get(f"{TOKENS}/generate", auth=OWNER, params={"ttl": ttl}), 400, "ttl")


async def test_tokens_are_listed_and_found(running: Running) -> None:
    token = await mint(running, ttl=60)
    id = read(token)[0]["kid"]
    listed = (await running.http.get(TOKENS, auth=OWNER)).json()["tokens"]
    found = (await running.http.get(f"{TOKENS}/{id}", headers=bearer(token))).json()
    assert found == {
        "id": id,
        "href": f"{ROOT}{TOKENS}/{id}",
        "createdDate": "2026-01-01T00:00:00Z",
        "expirationDate": "2026-01-01T00:01:00Z",
    }
    assert found in listed
    assert token not in json.dumps(listed)


async def test_a_deleted_token_is_worth_nothing(running: Running) -> None:
    token = await mint(running)
    path = f"{TOKENS}/{read(token)[0]['kid']}"
    assert await works(running, token)
    deleted = await running.http.delete(path, auth=OWNER)
    assert (deleted.status_code, deleted.json()) == (200, {"success": True})
    assert not await works(running, token)
    problem(await running.http.get(path, auth=OWNER), 404)
    problem(await running.http.delete(path, auth=OWNER), 404)


async def test_the_expired_are_deleted_alone(running: Running) -> None:
    short, long = await mint(running, ttl=60), await mint(running)
    running.clock.advance(61)
    assert not await works(running, short)
    deleted = await running.http.delete(TOKENS, auth=OWNER, params={"criteria": "EXPIRED"})
    assert deleted.json() == {"success": True}
    left = {one["id"] for one in (await running.http.get(TOKENS, auth=OWNER)).json()["tokens"]}
    assert read(short)[0]["kid"] not in left
    assert read(long)[0]["kid"] in left


async def test_the_current_is_deleted_alone(running: Running) -> None:
    current, other = await mint(running), await mint(running)
    deleted = await running.http.delete(TOKENS, headers=bearer(current), params={"criteria": "CURRENT"})
    assert deleted.json() == {"success": True}
    assert not await works(running, current)
    assert await works(running, other)
    problem(await running.http.delete(TOKENS, auth=OWNER, params={"criteria": "CURRENT"}), 400, "CURRENT")


async def test_all_are_deleted(running: Running) -> None:
    tokens = [await mint(running) for _ in range(3)]
    deleted = await running.http.delete(TOKENS, headers=bearer(tokens[0]), params={"criteria": "ALL"})
    assert deleted.json() == {"success": True}
    assert [await works(running, token) for token in tokens] == [False] * 3
    assert (await running.http.get(TOKENS, auth=OWNER)).json() == {"tokens": []}


async def test_a_missing_or_bad_criteria_deletes_nothing(running: Running) -> None:
    token = await mint(running)
    for query in ({}, {"criteria": ""}, {"criteria": "all"}, {"criteria": "ALL "}):
        problem(await running.http.delete(TOKENS, auth=OWNER, params=query), 400, "criteria")
    assert await works(running, token)


async def test_what_others_own_does_not_exist(running: Running) -> None:
    other = (await running.control("POST", "/contracts", json={})).json()
    id = read(other["token"])[0]["kid"]
    for path in (
        f"{TOKENS}/{id}",
        f"{TOKENS}/none",
        f"{TOKENS}/{'x' * 3000}",
        f"{TOKENS}/a%2Fb",
    ):
        problem(await running.http.get(path, auth=OWNER), 404)
        problem(await running.http.delete(path, auth=OWNER), 404)
    await running.http.delete(TOKENS, auth=OWNER, params={"criteria": "ALL"})
    assert await works(running, other["token"])


async def test_tokens_belong_to_the_contract_of_the_call(running: Running) -> None:
    second = (await running.control("POST", "/contracts", json={"email": USERNAME})).json()
    problem(await running.http.get(TOKENS, auth=OWNER), 422, "X-Contract-Number")
    numbers = [str(running.cloud.owner.contract), str(second["contractNumber"])]
    tokens = []
    for number in numbers:
        header = {"X-Contract-Number": number}
        answer = await running.http.get(f"{TOKENS}/generate", auth=OWNER, headers=header)
        tokens.append(answer.json()["token"])
        assert read(tokens[-1])[1]["identity"]["contractNumber"] == int(number)
    problem(
        await running.http.get(TOKENS, headers=bearer(tokens[0], **{"X-Contract-Number": numbers[1]})), 403
    )
    same = await running.http.get(TOKENS, headers=bearer(tokens[1], **{"x-contract-number": numbers[1]}))
    assert read(tokens[1])[0]["kid"] in same.text
    assert read(tokens[0])[0]["kid"] not in same.text
    header = {"X-Contract-Number": numbers[1]}
    await running.http.delete(TOKENS, auth=OWNER, headers=header, params={"criteria": "ALL"})
    assert [await works(running, token) for token in tokens] == [True, False]


async def test_who_has_no_credentials_is_told(running: Running) -> None:
    for header in ({}, {"Authorization": "Basic x"}, bearer("x.y.z"), {"Authorization": "rubbish"}):
        for method, path in (
            ("GET", TOKENS),
            ("GET", f"{TOKENS}/generate"),
            ("DELETE", f"{TOKENS}?criteria=ALL"),
        ):
            answer = await running.http.request(method, path, headers=header)
            problem(answer, 401, "Unauthorized")
            assert answer.json()["messages"][0]["errorCode"] == "315"
            assert "Basic" in answer.headers["www-authenticate"]


async def test_a_user_with_a_second_factor_mints_with_a_token_only(running: Running) -> None:
    token = await mint(running)
    user = await running.cloud.identity.users.find(USERNAME)
    assert user is not None
    await running.cloud.identity.users.force_second_factor(user.id, True)
    problem(await running.http.get(f"{TOKENS}/generate", auth=OWNER), 401, "use a token")
    another = await running.http.get(f"{TOKENS}/generate", headers=bearer(token))
    assert await works(running, another.json()["token"])


async def test_other_services_verify_tokens_with_the_open_keys(running: Running) -> None:
    answer = await running.http.get("/auth/v1/jwks")
    assert answer.status_code == 200
    (key,) = answer.json()["keys"]
    assert "d" not in key
    claims = jwt.decode(
        await mint(running), jwt.PyJWK(key).key, algorithms=["RS256"], options={"verify_exp": False}
    )
    assert claims["identity"]["contractNumber"] == running.cloud.owner.contract


async def test_the_served_document_names_the_five_operations(running: Running) -> None:
    document = (await running.http.get("/auth/v1/openapi.json")).json()
    operations = {one["operationId"] for path in document["paths"].values() for one in path.values()}
    assert operations >= {
        "tokensGet", "tokensGenerate", "tokensFindById", "tokensDeleteById", "tokensDeleteByCriteria",
    }  # fmt: skip
    ttl = next(p for p in document["paths"]["/tokens/generate"]["get"]["parameters"] if p["name"] == "ttl")
    assert (ttl["schema"]["minimum"], ttl["schema"]["maximum"], ttl["schema"]["default"]) == (
        60,
        31536000,
        31536000,
    )
