"""Bodies, paths and headers that mean harm: a clear 4xx, and the store as it was."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from ionstack.store.port import Tx
from ionstack.store.statement import Statement
from tests.api.conftest import Running

TABLES = ("resource", "request", "event", "allocation", "reference", "secret", "usage", "lane")
JSON = {"Content-Type": "application/json"}
MILLION = 1_000_000


async def counted(running: Running) -> dict[str, list[tuple[Any, ...]]]:
    """How much is in every table that a call of the Cloud API may write to, but for what was refused."""

    async def work(tx: Tx) -> dict[str, list[tuple[Any, ...]]]:
        found = {}
        for table in TABLES:
            done = " WHERE action <> 'refuse'" if table == "event" else ""
            text = f"SELECT COUNT(*) FROM {table}{done}"
            found[table] = [tuple(row) for row in await tx.all(Statement(f"count {table}", {"": text}))]
        return found

    return await running.cloud.store.read(work)


@pytest.fixture
async def guarded(running: Running) -> AsyncIterator[Running]:
    """A cloud with something in it, whose store must be the same after the test as before."""
    id = (await running.make("/datacenters", name="One", location="de/txl"))["id"]
    await running.make(f"/datacenters/{id}/lans", name="One")
    before, seen = await counted(running), await picture(running)
    yield running
    assert await counted(running) == before
    assert await picture(running) == seen


async def picture(running: Running) -> list[str]:
    return [
        (await running.api.get(f"/{one}?depth=5")).text for one in ("datacenters", "ipblocks", "requests")
    ]


async def refused(
    running: Running,
    content: bytes,
    status: int,
    path: str = "/datacenters",
    method: str = "POST",
    **headers: str,
) -> str:
    """What a body is answered with, which must be an error of the one shape."""
    answer = await running.api.request(method, path, content=content, headers={**JSON, **headers})
    assert answer.status_code == status, (content[:100], answer.status_code, answer.text[:300])
    proven(answer)
    return answer.text


def proven(answer: httpx.Response) -> None:
    body = answer.json()
    assert set(body) == {"httpStatus", "messages"}
    assert all(message["message"] for message in body["messages"])
    assert len(answer.content) < 100_000, "an error is not as long as what caused it"


def body(properties: str) -> bytes:
    return f'{{"properties":{{"location":"de/txl",{properties}}}}}'.encode()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"[" * MILLION, id="a million lists"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="deep objects"),
        pytest.param(body('"name":' + "[" * 100 + "]" * 100), id="a hundred lists"),
        pytest.param(b'{"properties":{"name":"\xff\xfe"}}', id="not UTF-8"),
        pytest.param('{"properties":{"name":"é"}}'.encode("latin-1"), id="Latin-1"),
        pytest.param('{"properties":{"name":"x"}}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b"\xef\xbb\xbf" + body('"name":"x"'), id="a byte order mark"),
        pytest.param(b'{"properties":{"name":"\xed\xa0\x80"}}', id="an encoded surrogate"),
        pytest.param(body('"name":"\\ud800"'), id="a lone high surrogate"),
        pytest.param(body('"name":"\\udc00\\ud800"'), id="surrogates in the wrong order"),
        pytest.param(body('"name":"a\\u0000b"'), id="NUL"),
        pytest.param(body('"a\\u0000b":1'), id="NUL in a name"),
        pytest.param(body('"name":"\\ufdd0"'), id="the mark that stands for a URL in stored text"),
        pytest.param(body('"name":"a\x00b"'), id="a raw NUL"),
        pytest.param(body('"name":"a\nb"'), id="a raw line feed"),
        pytest.param(body('"name":"x","name":"y"'), id="a name twice"),
        pytest.param(body('"name":"x","n\\u0061me":"y"'), id="a name twice, once escaped"),
        pytest.param(b'{"properties":{},' + body('"name":"x"')[1:], id="the envelope twice"),
        pytest.param(body('"size":NaN'), id="NaN"),
        pytest.param(body('"size":Infinity'), id="Infinity"),
        pytest.param(body('"size":-Infinity'), id="minus Infinity"),
        pytest.param(body('"size":1e400'), id="1e400"),
        pytest.param(body('"size":-1e400'), id="-1e400"),
        pytest.param(body(f'"size":{2**64}'), id="2 ** 64"),
        pytest.param(body(f'"size":{2**63}'), id="2 ** 63"),
        pytest.param(body(f'"size":-{2**63 + 1}'), id="-2 ** 63 - 1"),
        pytest.param(body('"size":' + "9" * 100_000), id="a number of 100000 digits"),
        pytest.param(body('"size":01'), id="a leading zero"),
        pytest.param(body('"size":0x10'), id="hexadecimal"),
        pytest.param(body('"size":1') + b"x", id="more after the end"),
        pytest.param(body('"size":1') * 2, id="two bodies"),
        pytest.param(b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--", id="a form"),
        pytest.param(b"<properties/>", id="XML"),
    ],
)  # fmt: skip
async def test_what_cannot_be_read(guarded: Running, content: bytes) -> None:
    for path in ("/datacenters", "/ipblocks"):
        await refused(guarded, content, 400, path)


async def test_a_body_beyond_the_limit(guarded: Running) -> None:
    content = b'{"properties":{"name":"' + b"x" * guarded.cloud.settings.max_body + b'"}}'
    await refused(guarded, content, 413)


@pytest.mark.parametrize(
    "value",
    ["-1", "0", "-9223372036854775808", "9223372036854775807", "2147483648", "1.5", "1e300", "-0.1", '"1"', "true",
     "null", "[]", "{}", "[1]", '{"a":1}', '""'],
)  # fmt: skip
async def test_numbers_that_are_none_of_the_kind(guarded: Running, value: str) -> None:
    await refused(guarded, body(f'"size":{value}'), 422, "/ipblocks")


async def test_values_of_every_wrong_type(guarded: Running) -> None:
    for name in ("name", "description", "secAuthProtection", "defaultSecurityGroupId"):
        for value in (
            "1",
            "1.5",
            "[]",
            "{}",
            "[[]]",
            '"' + "x" * 100 + '"' if name.startswith("secA") else "[1]",
        ):
            told = await refused(guarded, body(f'"{name}":{value}'), 422)
            assert f"(root).properties.{name}" in told
    for content in (
        b'{"properties":[]}',
        b'{"properties":"x"}',
        b'{"properties":null}',
        b'{"Properties":{}}',
    ):
        await refused(guarded, content, 422)
    many = ",".join(f'"x{number}":{number}' for number in range(20_000))
    await refused(guarded, body(f'{many},"name":1'), 422)
    errors = ",".join('{"properties":{"name":1}}' for _ in range(5_000))
    await refused(
        guarded, body('"name":1')[:-1] + f',"entities":{{"lans":{{"items":[{errors}]}}}}}}'.encode(), 422
    )


ODD_IDS = (
    "%00", "%0d%0aSet-Cookie:x=1", "..%2F..%2Fetc%2Fpasswd", "' OR 1=1 --", "%27;DROP TABLE resource;--", "-1", "9" * 4000,
    "%F0%9F%92%A9", "null", "undefined", "{datacenterId}", "%EF%BF%BF", "%ED%A0%80", "%C0%AF", "%", "%zz", "*", "\\",
    "00000000-0000-0000-0000-000000000000", "a" * 9000, "%2e%2e", "~", "x/lans/1/../../", "$(id)", "{{7*7}}", "%25s",
)  # fmt: skip


async def test_absurd_ids(guarded: Running) -> None:
    for id in ODD_IDS:
        for template in (
            "/datacenters/{}", "/datacenters/{}/lans", "/datacenters/{}/lans/{}", "/ipblocks/{}", "/requests/{}",
            "/requests/{}/status", "/labels/{}", "/datacenters/{}/labels/{}", "/locations/{}/{}", "/images/{}",
        ):  # fmt: skip
            for method, sent in (("GET", None), ("DELETE", None), ("PATCH", b'{"name":"x"}')):
                answer = await guarded.api.request(
                    method, template.format(id, id), content=sent, headers=JSON
                )
                assert answer.status_code in (400, 404, 405, 501), (
                    method,
                    template,
                    id[:50],
                    answer.status_code,
                )
                proven(answer)


async def test_headers_cannot_be_injected(guarded: Running) -> None:
    for value in ("a\r\nX-Evil: 1", "a\nX-Evil: 1"):
        answer = await guarded.api.get("/datacenters", params={"filter.name": value, "orderBy": value})
        assert answer.status_code == 200
        assert "x-evil" not in answer.headers
        answer = await guarded.api.get(
            f"/datacenters/{value.replace(chr(13), '%0d').replace(chr(10), '%0a')}"
        )
        assert answer.status_code == 400
        assert "x-evil" not in answer.headers
    for host in ("a b", "a/b", "a@b", "a:b:c", "", "a" * 10_000, '"><script>', "x\x00y", "é"):
        answer = await guarded.api.get("/datacenters", headers=[(b"Host", host.encode("latin-1"))])
        assert answer.status_code == 400, host[:20]
    for name, value in (("X-Contract-Number", "1\x00"), ("Authorization", "Bearer \xff"), ("Content-Type", "\xff"),
                        ("Accept", "\xff"), ("Accept-Encoding", "\xff;q=x"), ("X-Forwarded-For", "\xff"),
                        ("Origin", "\xff")):  # fmt: skip
        answer = await guarded.api.get("/datacenters", headers=[(name.encode(), value.encode("latin-1"))])
        assert answer.status_code in (200, 400, 401), name


async def test_absurd_queries(guarded: Running) -> None:
    for query in (
        "%ff", "a=%00", "&".join(f"a{n}=1" for n in range(500)), "depth=1e1", "depth=+", "limit=" + "9" * 5000,
        "offset=99999999999999999999", "filter.name=%ed%a0%80", "depth=%EF%BC%91", "limit=0x10", "maxResults=NaN",
    ):  # fmt: skip
        answer = await guarded.api.get(f"/datacenters?{query}")
        assert answer.status_code == 400, query[:50]
        proven(answer)
    for query in ("%", "%zz", "filter.name=" + "x" * 50_000, "filter." + "x" * 5000 + "=1", "orderBy=" + "x" * 5000,
                  "filter.etag=" + "f" * 5000, "filter.createdDate=9999-12-31T23:59:59Z", "filter.name=" + "," * 2000,
                  "filter.createdDate=0001-01-01", "filter.createdDate=9999-12-31", "filter.etag=-1",
                  "filter.createdDate=0001-01-01T00:00:00%2B14:00", "filter.state=%27"):  # fmt: skip
        answer = await guarded.api.get(f"/datacenters?{query}")
        assert answer.status_code in (200, 400), (query[:60], answer.text[:300])
    several = ",".join(str(number) for number in range(100))
    assert (await guarded.api.get(f"/datacenters?filter.name={several}")).status_code == 200
    for path in ("datacenters", "requests"):
        assert (await guarded.api.get(f"/{path}?filter.createdBy={several},100")).status_code == 400
    for query in (
        "filter.createdAfter=9999-12-31T23:59:59-14:00",
        "filter.createdBefore=0001-01-01",
        "filter.body=%25",
    ):
        assert (await guarded.api.get(f"/requests?{query}")).status_code == 200, query


async def test_a_name_of_a_million_characters(guarded: Running) -> None:
    id = (await guarded.api.get("/datacenters")).json()["items"][0]["id"]
    name = json.dumps("n" * MILLION)
    await refused(guarded, body(f'"name":{name}'), 400)
    await refused(guarded, f'{{"name":{name}}}'.encode(), 400, f"/datacenters/{id}", "PATCH")
    await refused(guarded, f'{{"properties":{{"name":{name}}}}}'.encode(), 400, f"/datacenters/{id}/lans")
    await refused(guarded, f"{{{name}:1}}".encode(), 400, f"/datacenters/{id}", "PATCH")


TEXTS = (
    "é", "日本語", "😀", "\u2028\u2029", "\uffff", "\ufeff", "a\tb\r\nc", "\x01\x1f\x7f\x80", "</script>", "'; --",
    "${jndi:x}", "%s%n", "{{base}}", "\\u0000", '"', "\\", "e\u0301", "\u202e", " ", "$1 :name ?", "null",
)  # fmt: skip


async def test_text_of_any_kind_comes_back_as_it_was(running: Running) -> None:
    for text in TEXTS:
        sent = {"name": text, "location": "de/txl", "description": text * 3}
        for content in (
            json.dumps({"properties": sent}),
            json.dumps({"properties": sent}, ensure_ascii=False),
        ):
            answer = await running.api.post("/datacenters", content=content.encode(), headers=JSON)
            assert answer.status_code == 202, (text, answer.text)
            read = (await running.api.get(f"/datacenters/{answer.json()['id']}")).json()["properties"]
            assert (read["name"], read["description"]) == (text, text * 3)
        found = await running.api.get("/datacenters", params={"filter.name": text, "depth": "1"})
        if text != "null":
            assert text in [item["properties"]["name"] for item in found.json()["items"]], repr(text)
        request = (await running.api.get("/requests?depth=1")).json()["items"][-1]
        assert json.loads(request["properties"]["body"]) == {"properties": sent}
