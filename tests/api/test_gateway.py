"""What holds for calls of every kind: headers, queries, bodies, documents."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_30_VALIDATOR

from ionstack.apis.index import APIS
from ionstack.catalogue.api import Api
from ionstack.gateway.address import public_path
from tests.api.conftest import ROOT, Running, settings, up

SEARCHES = ("datacenters", "ipblocks", "labels", "locations", "requests", "contracts", "images", "templates")
RATE = ("X-RateLimit-Remaining", "X-RateLimit-Limit", "X-RateLimit-Burst")
ODD = "limit=50&offset=0&depth=1&order-by=name&nosuch=1&=x&a&pretty=true&%C3%A4=%C3%B6&depth[]=x"


async def test_header_names_in_any_case(running: Running) -> None:
    bearer = running.api.headers["Authorization"]
    for name in ("authorization", "AUTHORIZATION", "aUtHoRiZaTiOn"):
        answer = await running.http.get("/cloudapi/v6/datacenters", headers={name: bearer})
        assert answer.status_code == 200, name
    for name in ("x-contract-number", "X-CONTRACT-NUMBER"):
        assert (await running.api.get("/datacenters", headers={name: "1"})).status_code == 403
        for empty in ("", "   "):
            assert (await running.api.get("/datacenters", headers={name: empty})).status_code == 200
    for scheme in ("bearer", "BEARER"):
        token = bearer.split(" ")[1]
        answer = await running.http.get(
            "/cloudapi/v6/datacenters", headers={"Authorization": f"{scheme} {token}"}
        )
        assert answer.status_code == 200


async def test_unknown_query_parameters_are_ignored_on_every_verb(running: Running) -> None:
    body = {"properties": {"name": "One", "location": "de/txl"}}
    made = await running.api.post(f"/datacenters?{ODD}", json=body)
    assert made.status_code == 202
    path = f"/datacenters/{made.json()['id']}"
    for method, sent in (
        ("GET", None), ("HEAD", None), ("OPTIONS", None), ("PUT", {"properties": {"name": "Two"}}),
        ("PATCH", {"name": "Three"}), ("DELETE", None),
    ):  # fmt: skip
        answer = await running.api.request(method, f"{path}?{ODD}", json=sent)
        assert answer.is_success, (method, answer.text)
    for status in (made.headers["location"], made.headers["location"].removesuffix("/status")):
        assert (await running.api.get(f"{status}?{ODD}")).status_code == 200
    answer = await running.http.get(
        f"/auth/v1/tokens?{ODD}", headers={"Authorization": running.api.headers["Authorization"]}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("collection", SEARCHES)
async def test_slashes_more_or_less_mean_the_same(alone: Running, collection: str) -> None:
    bearer = {"Authorization": alone.api.headers["Authorization"]}
    wanted = (await alone.api.get(f"/{collection}")).json()
    for path in (
        f"//cloudapi/v6/{collection}",
        f"/cloudapi//v6///{collection}",
        f"/cloudapi/v6/{collection}/",
    ):
        answer = await alone.http.get(f"{ROOT}{path}", headers=bearer)
        assert answer.status_code == 200, path
        assert answer.json()["items"] == wanted["items"]
        assert "//" not in answer.json()["href"].removeprefix("http://"), path


async def test_head_is_get_without_its_body(running: Running) -> None:
    id = (await running.make("/datacenters", location="de/txl"))["id"]
    for path in (
        "/datacenters",
        f"/datacenters/{id}",
        "/locations/de/fra",
        "/contracts",
        "/datacenters/x",
        "/nothing",
    ):
        got, head = await running.api.get(path), await running.api.head(path)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        for name in ("content-type", "content-length", "etag"):
            assert head.headers.get(name) == got.headers.get(name), (path, name)


async def test_options_need_no_credentials(alone: Running) -> None:
    answer = await alone.http.options("/cloudapi/v6/datacenters")
    assert answer.status_code == 204
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


async def test_every_answer_says_what_is_left(running: Running) -> None:
    for method, path, sent in (
        ("GET", "/datacenters", None), ("GET", "/datacenters/x", None), ("POST", "/datacenters", {}),
        ("DELETE", "/datacenters", None), ("GET", "/natgateways", None), ("OPTIONS", "/datacenters", None),
        ("HEAD", "/ipblocks", None),
    ):  # fmt: skip
        answer = await running.api.request(method, path, json=sent)
        for name in RATE:
            assert int(answer.headers[name]) > 0, (method, path, name)
        assert answer.headers["x-request-id"]


async def test_with_a_limit_what_is_left_grows_less(running: Running) -> None:
    own = f"/contracts/{running.cloud.owner.contract}"
    await running.control("PATCH", own, json={"rateLimit": 60})
    left = [int((await running.api.get("/datacenters")).headers[RATE[0]]) for _ in range(3)]
    assert left == [9, 8, 7]
    running.clock.advance(2)
    assert (await running.api.get("/datacenters")).headers[RATE[0]] == "8"


async def test_a_body_may_be_so_large_and_no_larger(tmp_path: Path) -> None:
    async with up(settings(tmp_path, None, max_body=4096)) as running:

        def sized(size: int) -> bytes:
            frame = b'{"properties":{"location":"de/txl","name":"%s"}}'
            return frame % (b"x" * (size - len(frame) + 2))

        async def chunks(content: bytes) -> AsyncIterator[bytes]:
            for at in range(0, len(content), 1000):
                yield content[at : at + 1000]

        json = {"Content-Type": "application/json"}
        assert (await running.api.post("/datacenters", content=sized(4096), headers=json)).status_code == 202
        for content in (sized(4097), chunks(sized(4097)), sized(1_000_000)):
            answer = await running.api.post("/datacenters", content=content, headers=json)
            assert answer.status_code == 413
            assert answer.json()["httpStatus"] == 413
        assert len((await running.api.get("/datacenters")).json()["items"]) == 1


async def test_a_request_id_is_of_the_server_and_in_its_log(running: Running) -> None:
    answer = await running.api.get("/datacenters", headers={"X-Request-Id": "mine"})
    id = answer.headers["x-request-id"]
    assert id != "mine"
    calls = (await running.control("GET", "/requests")).json()["items"]
    assert id in str(calls)


async def test_links_follow_the_host_of_every_call(running: Running) -> None:
    for host in ("cloud.test", "CLOUD.test:8080", "[::1]:4667", "127.0.0.1:1"):
        made = await running.api.post(
            "/datacenters", json={"properties": {"location": "de/txl"}}, headers={"Host": host}
        )
        assert made.headers["location"].startswith(f"http://{host}/cloudapi/v6/requests/")
        assert made.json()["href"].startswith(f"http://{host}/cloudapi/v6/datacenters/")
        other = await running.api.get(f"/datacenters/{made.json()['id']}")
        assert other.json()["href"].startswith(f"{ROOT}/")


@pytest.mark.parametrize("api", [api for api in APIS if api.documented], ids=lambda api: api.name)
async def test_the_served_document_is_openapi(alone: Running, api: Api) -> None:
    answer = await alone.http.get(f"{public_path(api)}/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    document = answer.json()
    problems = [
        f"{error.instance_path}: {error.message[:200]}"
        for error in OPENAPI_30_VALIDATOR.iter_errors(document)
    ]
    assert problems == []
    text = answer.text
    for name in set(re.findall(r'"#/components/schemas/([^"]+)"', text)):
        assert name in document["components"]["schemas"]
    operations = [one for item in document["paths"].values() for one in item.values()]
    ids = [one["operationId"] for one in operations]
    assert len(set(ids)) == len(ids)
    for path, item in document["paths"].items():
        for one in item.values():
            named = {given["name"] for given in one["parameters"] if given["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path)), path
            assert "default" not in one["responses"]


async def test_the_document_links_what_is_made_to_what_can_be_done_with_it(alone: Running) -> None:
    document = (await alone.http.get("/cloudapi/v6/openapi.json")).json()
    made = document["paths"]["/datacenters"]["post"]["responses"]["202"]
    assert made["links"]["datacentersServersPost"]["parameters"] == {"datacenterId": "$response.body#/id"}
    inner = document["paths"]["/datacenters/{datacenterId}/lans"]["post"]["responses"]["202"]
    assert inner["links"]["datacentersLansDelete"]["parameters"] == {
        "lanId": "$response.body#/id",
        "datacenterId": "$request.path.datacenterId",
    }
    power = "/datacenters/{datacenterId}/servers/{serverId}/start"
    assert "links" not in document["paths"][power]["post"]["responses"]["202"]
