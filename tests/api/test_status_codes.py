"""Every status code of the Getting Started page, provoked where the page says it comes."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from ionstack.apis import reference
from ionstack.apis.index import APIS
from ionstack.catalogue.api import Api
from ionstack.gateway.address import public_path
from tests.api.conftest import PASSWORD, USERNAME, Running

OWNER = (USERNAME, PASSWORD)
NOWHERE = "4bb0a7ba-0000-4000-8000-000000000000"
DATACENTER = {"properties": {"name": "One", "location": "de/txl"}}


def proven(answer: httpx.Response, status: int) -> list[dict[str, str]]:
    """The messages of an error, whose body has the one shape of all errors."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"httpStatus", "messages"}
    assert body["httpStatus"] == status
    assert body["messages"]
    for message in body["messages"]:
        assert set(message) == {"errorCode", "message"}
        assert isinstance(message["errorCode"], str)
        assert message["errorCode"]
        assert message["message"]
    messages: list[dict[str, str]] = body["messages"]
    return messages


@pytest.fixture
async def nobody(alone: Running) -> httpx.AsyncClient:
    """A client without credentials, for what does not depend on the store."""
    return alone.http


async def datacenter(running: Running) -> str:
    answer = await running.api.post("/datacenters", json=DATACENTER)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def faulty(running: Running, **fault: Any) -> None:
    fault = {"contract": running.cloud.owner.contract, **fault}
    answer = await running.control("POST", "/faults", json=fault)
    assert answer.status_code == 201, answer.text


async def test_200_201_and_202(running: Running) -> None:
    id = await datacenter(running)  # 202
    label = {"properties": {"key": "env", "value": "dev"}}
    at = f"/datacenters/{id}/labels"
    assert (await running.api.post(at, json=label)).status_code == 201
    assert (await running.api.put(f"{at}/env", json=label)).status_code == 200
    assert (await running.api.delete(f"{at}/env")).status_code == 200
    assert (await running.api.get(f"/datacenters/{id}")).status_code == 200
    for method, body in (
        ("PUT", {"properties": {"name": "Two"}}),
        ("PATCH", {"name": "Two"}),
        ("DELETE", None),
    ):
        answer = await running.api.request(method, f"/datacenters/{id}", json=body)
        assert answer.status_code == 202, answer.text
        assert answer.headers["location"].endswith("/status")


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"", "empty"),
        (b"   ", "empty"),
        (b"{", "JSON"),
        (b'{"properties":', "JSON"),
        (b"{'properties': {}}", "JSON"),
        (b"[]", "object"),
        (b"null", "object"),
        (b'"text"', "object"),
    ],
)
async def test_400_for_a_body_that_cannot_be_read(
    nobody: httpx.AsyncClient, content: bytes, hint: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await nobody.post("/cloudapi/v6/datacenters", content=content, headers=headers, auth=OWNER)
    assert hint in proven(answer, 400)[0]["message"]


@pytest.mark.parametrize(
    "query",
    [
        "depth=-1", "depth=11", "depth=x", "depth=1.0", "depth=9999999999999", "limit=-1", "limit=0", "limit=x",
        "offset=-1", "offset=x", "maxResults=-1", "pretty=perhaps", "filter.name=%ff", "depth=%00",
    ],
)  # fmt: skip
async def test_400_for_a_parameter_of_the_wrong_form(nobody: httpx.AsyncClient, query: str) -> None:
    proven(await nobody.get(f"/cloudapi/v6/datacenters?{query}", auth=OWNER), 400)


async def test_400_for_a_contract_number_that_is_none(nobody: httpx.AsyncClient) -> None:
    for number in ("x", "1.5", "-1", "9" * 40):
        headers = {"X-Contract-Number": number}
        proven(await nobody.get("/cloudapi/v6/datacenters", headers=headers, auth=OWNER), 400)


async def test_401_for_credentials_that_do_not_count(nobody: httpx.AsyncClient) -> None:
    for authorization in (
        None, "", "Basic", "Basic !", "Basic bm9ib2R5", "Bearer", "Bearer x.y.z", "Bearer ..", "Digest x", "Basic " + "A" * 4000,
    ):  # fmt: skip
        headers = {} if authorization is None else {"Authorization": authorization}
        answer = await nobody.get("/cloudapi/v6/datacenters", headers=headers)
        assert proven(answer, 401)[0]["errorCode"] == "315"
        assert answer.headers["www-authenticate"]
    proven(await nobody.get("/cloudapi/v6/datacenters", auth=(USERNAME, "wrong")), 401)
    proven(await nobody.get("/auth/v1/tokens/generate"), 401)


async def test_403_for_the_number_of_another_contract(running: Running) -> None:
    other = (await running.control("POST", "/contracts", json={})).json()["contractNumber"]
    for number in (other, other + 1):
        answer = await running.api.get("/datacenters", headers={"X-Contract-Number": str(number)})
        proven(answer, 403)
    own = {"X-Contract-Number": str(running.cloud.owner.contract)}
    assert (await running.api.get("/datacenters", headers=own)).status_code == 200


async def test_404_for_what_is_not_there(running: Running) -> None:
    id = await datacenter(running)
    for path in (
        f"/datacenters/{NOWHERE}", "/datacenters/x", f"/datacenters/{id}/lans/1", f"/datacenters/{id}/lans/x",
        f"/datacenters/{NOWHERE}/lans", f"/datacenters/{id}/labels/none", f"/ipblocks/{id}", f"/requests/{id}",
        "/locations/xx/yyy", "/locations/xx", "/labels/urn:label:datacenter:x:y", f"/requests/{id}/status",
    ):  # fmt: skip
        (message,) = proven(await running.api.get(path), 404)
        assert message == {"errorCode": "309", "message": "Resource does not exist"}
    for method, body in (("PUT", {"properties": {"name": "x"}}), ("PATCH", {"name": "x"}), ("DELETE", None)):
        proven(await running.api.request(method, f"/datacenters/{NOWHERE}", json=body), 404)
    proven(await running.api.get("/nothing"), 404)


async def test_405_names_what_is_allowed(nobody: httpx.AsyncClient) -> None:
    for method, path, allowed in (
        ("DELETE", "/cloudapi/v6/datacenters", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("POST", f"/cloudapi/v6/requests/{NOWHERE}", {"GET", "HEAD", "OPTIONS"}),
        (
            "PATCH",
            f"/cloudapi/v6/datacenters/{NOWHERE}/labels/x",
            {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"},
        ),
        ("POST", "/auth/v1/tokens/generate", {"GET", "HEAD", "OPTIONS"}),
        ("BREW", "/cloudapi/v6/contracts", {"GET", "HEAD", "OPTIONS"}),
    ):
        answer = await nobody.request(method, path, auth=OWNER)
        proven(answer, 405)
        assert set(answer.headers["allow"].split(", ")) == allowed


async def test_415_only_where_a_body_is_taken(running: Running) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for kind in (
        form["Content-Type"],
        "text/plain",
        "application/xml",
        "application/json; charset=latin-1",
        "x",
    ):
        answer = await running.api.post("/datacenters", content=b"{}", headers={"Content-Type": kind})
        proven(answer, 415)
    id = await datacenter(running)
    assert (await running.api.get("/datacenters", headers=form)).status_code == 200
    for kind in (
        "application/json",
        "application/json; charset=UTF-8",
        "text/json",
        "application/vnd.x+json",
    ):
        content = json.dumps({"name": "Two"})
        answer = await running.api.patch(
            f"/datacenters/{id}", content=content, headers={"Content-Type": kind}
        )
        assert answer.status_code == 202, answer.text
    assert (await running.api.delete(f"/datacenters/{id}", headers=form)).status_code == 202


async def test_422_lists_every_error_with_its_place(running: Running) -> None:
    body = {
        "properties": {"name": 7, "secAuthProtection": "yes", "defaultSecurityGroupId": []},
        "entities": {"lans": {"items": [{"properties": {}}, {"properties": {"public": "no", "name": {}}}]}},
    }
    messages = proven(await running.api.post("/datacenters", json=body), 422)
    assert {message["errorCode"] for message in messages} == {"100"}
    lines = "\n".join(message["message"] for message in messages)
    for place in (
        "[(root).properties.name]", "[(root).properties.secAuthProtection]",
        "[(root).properties.defaultSecurityGroupId]", "[(root).properties.location]",
        "[(root).entities.lans.items.[1].properties.public]", "[(root).entities.lans.items.[1].properties.name]",
    ):  # fmt: skip
        assert place in lines
    assert len(messages) == 6
    assert (await running.api.get("/datacenters")).json()["items"] == []


async def test_422_for_a_missing_envelope(nobody: httpx.AsyncClient) -> None:
    bodies: list[dict[str, object]] = [{}, {"name": "One"}, {"properties": None}, {"properties": []}]
    for body in bodies:
        (message,) = proven(await nobody.post("/cloudapi/v6/datacenters", json=body, auth=OWNER), 422)
        assert message["message"].startswith("[(root)")


async def test_429_by_the_rate_limit_and_by_an_ordered_fault(running: Running) -> None:
    await faulty(running, effect={"status": 429, "retryAfter": 3})
    answer = await running.api.get("/datacenters")
    proven(answer, 429)
    assert answer.headers["retry-after"] == "3"

    terms = {"rateLimit": 12}  # two at once, then one every five seconds
    await running.control("PATCH", f"/contracts/{running.cloud.owner.contract}", json=terms)
    answers = [await running.api.get("/datacenters") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    proven(answers[2], 429)
    assert answers[2].headers["retry-after"] == "5"
    assert answers[2].headers["x-ratelimit-remaining"] == "0"
    running.clock.advance(5)
    assert (await running.api.get("/datacenters")).status_code == 200


async def test_500_by_an_ordered_fault(running: Running) -> None:
    await faulty(running, method="POST", effect={"status": 500})
    assert (await running.api.get("/datacenters")).status_code == 200
    answer = await running.api.post("/datacenters", json=DATACENTER)
    (message,) = proven(answer, 500)
    assert answer.headers["x-request-id"] in message["message"]
    assert (await running.api.get("/datacenters")).json()["items"] == []


async def test_500_of_a_broken_handler_names_the_request_and_leaks_nothing(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the secret is hunter2")

    monkeypatch.setattr(running.cloud.engine, "read", broken)
    answer = await running.api.get("/datacenters")
    (message,) = proven(answer, 500)
    id = answer.headers["x-request-id"]
    assert message["message"] == f"An unexpected error occurred; the request id is {id}"
    assert "hunter2" not in answer.text + str(answer.headers)
    assert "RuntimeError" not in answer.text
    assert "hunter2" in caplog.text  # the log is where it belongs


async def test_503_in_maintenance_and_by_an_ordered_fault(running: Running) -> None:
    await faulty(running, effect={"status": 503})
    answer = await running.api.get("/datacenters")
    proven(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
    assert (await running.api.get("/datacenters")).status_code == 200

    await running.control("PUT", "/maintenance", json={"on": True, "retryAfter": 17})
    for method, path in (("GET", "/datacenters"), ("POST", "/datacenters"), ("GET", "/requests")):
        answer = await running.api.request(method, path, json=DATACENTER if method == "POST" else None)
        proven(answer, 503)
        assert answer.headers["retry-after"] == "17"
    assert (await running.http.get("/_ionstack/health")).status_code == 200
    await running.control("PUT", "/maintenance", json={"on": False})
    assert (await running.api.get("/datacenters")).json()["items"] == []


@pytest.mark.parametrize("api", [api for api in APIS if not api.served], ids=lambda api: api.name)
async def test_501_for_every_operation_that_is_not_served(nobody: httpx.AsyncClient, api: Api) -> None:
    """By the path's prefix, the official host and its twin below localhost; never 404, never 503."""
    region = next(iter(api.regions), "")
    official = api.host.replace("{region}", region)
    addresses = [(official, api.base), ("localhost:4667", public_path(api, region))]
    if api.product:
        addresses.append((".".join(filter(None, (api.product, region, "localhost"))), api.base))
    for host, base in addresses:
        for path, methods in reference.operations(api).items():
            for method in methods:
                answer = await nobody.request(method, base + filled(path), headers={"Host": host})
                assert answer.status_code == 501, (method, host, base + path)
                if method != "HEAD":
                    prove_told(api, answer)


def prove_told(api: Api, answer: httpx.Response) -> None:
    """Each family says it in its own words, and points to what there is."""
    if api.family == "openai":
        assert "/docs" in answer.json()["error"]["message"]
    else:
        assert "/docs" in proven(answer, 501)[0]["message"]


def filled(path: str) -> str:
    """A path template with something in each of its places."""
    return "/".join("x" if part.startswith("{") else part for part in path.split("/"))
