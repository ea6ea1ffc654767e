"""The edge of the running application: addresses, what is not served, pages, proxies, and what all answers carry."""

from __future__ import annotations

import gzip
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from ionstack.app import application, build_cloud
from ionstack.engine.clock import FrozenClock
from tests.api.conftest import PASSWORD, ROOT, USERNAME, settings

OWNER = (USERNAME, PASSWORD)


@asynccontextmanager
async def serving(place: Path, peer: str = "127.0.0.1", **chosen: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client at `peer` of a server with chosen settings, on SQLite: nothing here depends on the store."""
    cloud = await build_cloud(settings(place, None, **chosen), FrozenClock())
    transport = httpx.ASGITransport(application(cloud), client=(peer, 40000))
    async with httpx.AsyncClient(transport=transport, base_url=ROOT) as client:
        yield client
    await cloud.store.close()


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(tmp_path) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "host", "path", "status"),
    [
        ("GET", "localhost", "/dns/zones", 501),
        ("GET", "localhost", "/dns/de-fra/zones/x/records", 501),
        ("HEAD", "localhost", "/dns/zones", 501),
        ("GET", "dns.de-fra.ionos.com", "/zones", 501),
        ("POST", "kafka.de-txl.localhost:4667", "/clusters", 501),
        ("GET", "api.ionos.com", "/databases/postgresql/clusters", 501),
        ("PUT", "localhost", "/dns/zones", 405),
        ("GET", "dns.de-fra.ionos.com", "/cloudapi/v6", 404),
        ("GET", "localhost", "/zones", 404),
        ("GET", "localhost", "/~dns/zones", 404),
        ("GET", "localhost", "/cloudapi/v6/%2E%2E/v6", 404),
        ("GET", "localhost", "/kafka/clusters", 400),
        ("GET", "localhost", "/cloudapi/v6/%zz", 400),
        ("GET", "local host", "/", 400),
    ],
)
async def test_what_is_not_served_is_told_from_what_does_not_exist(
    http: httpx.AsyncClient, method: str, host: str, path: str, status: int
) -> None:
    answer = await http.request(method, path, headers={"Host": host})
    assert answer.status_code == status
    if method != "HEAD":
        assert answer.json()["httpStatus"] == status
        assert answer.json()["messages"][0]["message"]


async def test_501_points_to_what_is_served(http: httpx.AsyncClient) -> None:
    for host, root in (
        ("localhost:4667", "http://localhost:4667"),
        ("vpn.de-fra.ionos.com", "https://api.ionos.com"),
    ):
        site = root.partition("://")[2]
        path = "/vpn/de-fra/ipsecgateways" if host == site else "/ipsecgateways"
        answer = await http.get(path, headers={"Host": host})
        (told,) = answer.json()["messages"]
        assert f"{root}/docs" in told["message"]
        assert (await http.get("/docs", headers={"Host": site})).status_code == 200


async def test_405_lists_what_is_allowed(http: httpx.AsyncClient) -> None:
    for path, allowed in (
        ("/dns/zones", {"GET", "POST"}),
        ("/auth/v1/tokens", {"GET", "HEAD", "DELETE", "OPTIONS"}),
    ):
        answer = await http.put(path)
        assert answer.status_code == 405
        assert set(answer.headers["Allow"].split(", ")) == allowed


async def test_the_openai_family_is_told_in_its_own_words(http: httpx.AsyncClient) -> None:
    answer = await http.get("/openai/v1/models")
    assert answer.status_code == 501
    assert answer.json()["error"]["type"] == "server_error"


@pytest.mark.parametrize(
    ("url", "headers", "code"),
    [
        ("/bucket/key", {"Host": "s3.eu-central-3.ionoscloud.com"}, "NoSuchBucket"),
        ("/key", {"Host": "bucket.s3.de-central.localhost"}, "NoSuchBucket"),
        ("/bucket", {"Authorization": "AWS4-HMAC-SHA256 Credential=x"}, "AuthorizationHeaderMalformed"),
        (
            "/bucket/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0",
            {},
            "AuthorizationQueryParametersError",
        ),
    ],
)
async def test_object_storage_answers_in_xml_on_this_port_too(
    http: httpx.AsyncClient, url: str, headers: dict[str, str], code: str
) -> None:
    answer = await http.get(url, headers=headers)
    assert ET.fromstring(answer.content).findtext("Code") == code


async def test_every_spelling_of_a_path_is_the_same_place(http: httpx.AsyncClient) -> None:
    for path in ("/cloudapi/v6", "/cloudapi/v6/", "/cloudapi//v6//", "/%63loudapi/v6"):
        answer = await http.get(path)
        assert (answer.status_code, answer.json()["name"]) == (200, "CLOUD API")
        assert answer.json()["href"].startswith(f"{ROOT}/cloudapi/v6")


async def test_an_escaped_slash_stays_in_its_segment(http: httpx.AsyncClient) -> None:
    one = await http.get("/cloudapi/v6/locations/de/fra%2F2", auth=OWNER)
    other = await http.get("/cloudapi/v6/locations/de/fra", auth=OWNER)
    assert (one.json()["id"], other.json()["id"]) == ("de/fra/2", "de/fra")


async def test_the_table_of_apis_takes_the_form_that_is_asked_for(http: httpx.AsyncClient) -> None:
    page, data = await http.get("/"), await http.get("/", headers={"Accept": "application/json"})
    assert page.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "Accept" in page.headers["Vary"].split(", ")
    assert len(data.json()["apis"]) == 31
    assert data.json()["apis"][0]["baseUrl"] == f"{ROOT}/cloudapi/v6"


async def test_documentation_is_there_for_what_is_served_alone(http: httpx.AsyncClient) -> None:
    for path in ("/docs", "/docs/cloudapi", "/docs/auth"):
        assert (await http.get(path)).headers["Content-Type"].startswith("text/html")
    assert (await http.get("/docs/dns")).status_code == 404
    document = (await http.get("/cloudapi/v6/openapi.json")).json()
    assert document["servers"] == [{"url": f"{ROOT}/cloudapi/v6"}]


async def test_every_answer_carries_request_id_and_allowance(http: httpx.AsyncClient) -> None:
    seen = set()
    for path in ("/", "/nothing", "/dns/zones", "/cloudapi/v6", "/cloudapi/v6/datacenters"):
        answer = await http.get(path, headers={"X-Request-Id": "of the client"})
        assert answer.headers["X-RateLimit-Limit"] == "6000"
        assert {"x-ratelimit-remaining", "x-ratelimit-burst"} <= set(answer.headers)
        seen.add(answer.headers["X-Request-Id"])
    assert len(seen) == 5
    assert "of the client" not in seen


async def test_gzip_where_it_is_taken_and_worth_it(http: httpx.AsyncClient) -> None:
    async def raw(path: str, accept: str) -> tuple[httpx.Headers, bytes]:
        async with http.stream("GET", path, headers={"Accept-Encoding": accept}) as answer:
            return answer.headers, b"".join([chunk async for chunk in answer.aiter_raw()])

    packed, plain = (
        await raw("/cloudapi/v6/openapi.json", "gzip"),
        await raw("/cloudapi/v6/openapi.json", "gzip;q=0"),
    )
    assert packed[0]["Content-Encoding"] == "gzip"
    assert int(packed[0]["Content-Length"]) == len(packed[1]) < len(plain[1])
    assert gzip.decompress(packed[1]) == plain[1]
    assert "Content-Encoding" not in plain[0]
    assert "Accept-Encoding" in packed[0]["Vary"]
    assert "Accept-Encoding" in plain[0]["Vary"]
    assert "Content-Encoding" not in (await raw("/cloudapi/v6", "gzip"))[0]


async def test_head_is_get_without_the_body(http: httpx.AsyncClient) -> None:
    got, head = await http.get("/cloudapi/v6"), await http.head("/cloudapi/v6")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == got.headers["Content-Length"]


async def test_web_pages_may_call_the_apis(http: httpx.AsyncClient) -> None:
    asked = {"Origin": "https://page.example", "Access-Control-Request-Method": "PATCH",
             "Access-Control-Request-Headers": "authorization"}  # fmt: skip
    told = await http.options("/cloudapi/v6/datacenters", headers=asked)
    assert told.status_code == 204
    assert told.headers["Access-Control-Allow-Origin"] == "*"
    assert told.headers["Access-Control-Allow-Headers"] == "authorization"
    assert (await http.get("/nothing", headers=asked)).headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in (await http.get("/cloudapi/v6")).headers
    assert "PATCH" not in (await http.options("/cloudapi/v6/datacenters")).headers["Allow"]


async def test_hrefs_follow_the_host_that_was_called(http: httpx.AsyncClient) -> None:
    answer = await http.get("/cloudapi/v6/datacenters", headers={"Host": "API.ionos.com:8443"}, auth=OWNER)
    assert answer.json()["href"] == "http://API.ionos.com:8443/cloudapi/v6/datacenters"


async def test_forwarded_headers_count_from_trusted_proxies_alone(tmp_path: Path) -> None:
    lines = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "cloud.example.com",
        "X-Forwarded-Prefix": "/own",
    }
    for peer, root in (("10.0.0.1", "https://cloud.example.com/own"), ("192.0.2.7", ROOT)):
        async with serving(tmp_path, peer, trusted_proxies="10.0.0.0/8") as http:
            answer = await http.get("/cloudapi/v6/datacenters", headers=lines, auth=OWNER)
            assert answer.json()["href"] == f"{root}/cloudapi/v6/datacenters"


async def test_a_settled_url_is_in_every_link(tmp_path: Path) -> None:
    public = "https://cloud.example.com/own"
    async with serving(tmp_path, public_url=public) as http:
        answer = await http.get("/cloudapi/v6/datacenters", auth=OWNER)
        assert answer.json()["href"] == f"{public}/cloudapi/v6/datacenters"
        table = (await http.get("/", headers={"Accept": "application/json"})).json()["apis"]
        assert all(row["baseUrl"].startswith(public) for row in table)


async def test_an_address_may_fail_so_often_and_locks_out_nobody_who_is_known(tmp_path: Path) -> None:
    async with serving(tmp_path, address_rate_limit=18) as http:
        path, wrong = "/cloudapi/v6/datacenters", {"Authorization": "Bearer wrong"}
        assert (await http.get(path, auth=OWNER)).status_code == 200
        failed = [await http.get(path), await http.get(path, headers=wrong), await http.get(path)]
        assert [answer.status_code for answer in failed] == [401, 401, 401]
        for refused in (await http.get(path), await http.get(path, headers=wrong)):
            assert refused.status_code == 429
            assert 1 <= int(refused.headers["Retry-After"]) <= 4
            assert refused.headers["X-RateLimit-Limit"] == "18"
        assert (await http.get(path, auth=OWNER)).status_code == 200
        assert (await http.get("/_ionstack/health")).status_code == 200


async def test_a_rate_limit_holds_for_a_contract(tmp_path: Path) -> None:
    async with serving(tmp_path, rate_limit=60, rate_burst=2) as http:
        answers = [await http.get("/cloudapi/v6/datacenters", auth=OWNER) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
        assert answers[2].headers["Retry-After"] == "1"
        assert (await http.get("/cloudapi/v6")).status_code == 200
