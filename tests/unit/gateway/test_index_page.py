"""The table of APIs: complete, true to the address that the client called, and in the form it likes."""

from __future__ import annotations

from html.parser import HTMLParser

import orjson
import pytest

from ionstack.apis.index import APIS
from ionstack.gateway.index_page import as_html, as_json, prefers_html, rows

ROOT = "https://cloud.example.com:8443/own"


class _Links(HTMLParser):
    """What a page refers to, and what it would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.rows = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.rows += tag == "tr"
        self.links += [given.get("href") or ""] if tag == "a" else []
        self.fetched += [tag] if tag in ("script", "link", "img", "iframe") or "src" in given else []


def test_rows_tell_where_each_api_is() -> None:
    table = {row["name"]: row for row in rows(APIS, ROOT)}
    assert len(table) == 31
    assert table["cloudapi"]["baseUrl"] == f"{ROOT}/cloudapi/v6"
    assert table["cloudapi"]["authorization"] == ["Basic", "Bearer"]
    assert table["cloudapi"]["documentation"] == f"{ROOT}/docs/cloudapi"
    assert table["mariadbv2"]["baseUrl"] == f"{ROOT}/mariadb/{{region}}/v2"
    assert table["dns"]["baseUrl"] == f"{ROOT}/dns"
    assert table["dns"]["documentation"] is None
    assert table["objectstorage"]["baseUrl"] == ROOT
    assert table["objectstorage"]["authorization"] == ["AWS Signature V4"]


def test_json_is_the_same_table() -> None:
    table = rows(APIS, ROOT)
    assert orjson.loads(as_json(table)) == {
        "apis": [{**row, "regions": list(row["regions"])} for row in table]
    }


def test_the_page_has_a_row_for_each_api_and_fetches_nothing() -> None:
    page = as_html(rows(APIS, ROOT), ROOT).decode()
    seen = _Links()
    seen.feed(page)
    assert seen.rows == 1 + 31
    assert seen.fetched == []
    assert set(seen.links) == {"#content", f"{ROOT}/docs"} | {
        f"{ROOT}/docs/{api.name}" for api in APIS if api.documented
    }
    assert page.count("not yet</span>") == sum(not api.served for api in APIS)


def test_nothing_of_the_address_becomes_markup() -> None:
    page = as_html(rows(APIS, 'http://x"><script>'), 'http://x"><script>').decode()
    assert "<script" not in page


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ("", True),
        ("*/*", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("application/json", False),
        ("application/json, */*", True),
        ("application/json, text/plain;q=0.9, */*;q=0.8", False),
        ("text/html;q=0.4, application/json;q=0.5", False),
        ("text/html;q=0.5, application/json;q=0.5", True),
        ("text/*;q=0.3, */*;q=0.2", True),
        ("Application/JSON;Q=1", False),
        ("text/html;q=0, */*", False),
        ("text/html;q=nonsense, application/json;q=0.1", False),
        ("image/png", True),
    ],
)
def test_the_form_follows_the_weights(accept: str, html: bool) -> None:
    assert prefers_html(accept) is html
