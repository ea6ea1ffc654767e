"""The API reference: every operation, its parameters, body and replies, and links that lead somewhere."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ionstack.apis.index import APIS
from ionstack.gateway import openapi, reference_page
from ionstack.gateway.reference_page import Body, Field, Kind, page

ROOT = "http://localhost:4667"
DOCUMENT: dict[str, Any] = {
    "info": {"title": "Things & more", "version": "v1"},
    "servers": [{"url": f"{ROOT}/things"}],
    "paths": {
        "/things": {
            "post": {
                "operationId": "thingsPost",
                "tags": ["things"],
                "summary": "Make a <b>thing</b>",
                "security": [],
                "parameters": [
                    {"name": "depth", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 10, "default": 0}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {
                    "required": ["properties"],
                    "properties": {
                        "properties": {"$ref": "#/components/schemas/Thing"},
                        "parts": {"type": "array", "items": {"properties": {"id": {"type": "string", "format": "uuid"}}}},
                    },
                }}}},
                "responses": {
                    "202": {
                        "description": "Accepted",
                        "headers": {"X-RateLimit-Limit": {}, "Location": {}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                    },
                    "204": {"description": "Nothing"},
                },
            },
        },
    },
    "components": {
        "securitySchemes": {"a": {"type": "http", "scheme": "basic"}, "b": {"type": "http", "scheme": "bearer"}},
        "schemas": {
            "Thing": {
                "type": "object",
                "required": ["kind"],
                "properties": {
                    "kind": {"type": "string", "enum": ["A", None], "nullable": True},
                    "inner": {"$ref": "#/components/schemas/Thing"},
                    "many": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}, "readOnly": True},
                },
            },
        },
    },
}  # fmt: skip


def test_an_operation_is_described() -> None:
    shown = page("/docs/things", DOCUMENT)
    assert shown.security == ["Basic", "Bearer"]
    (group,) = shown.groups
    (operation,) = group.operations
    thing = Kind("Thing", "schema-Thing")
    assert (group.title, operation.method, operation.path, operation.open) == (
        "Things",
        "POST",
        "/things",
        True,
    )
    assert operation.parameters == [
        Field("depth", Kind("integer"), ["in the query", "at least 0", "at most 10", "0 if not given"])
    ]
    assert operation.body == Body(
        Kind("any"),
        [
            Field("properties", thing, ["required"]),
            Field("parts", Kind("list of any"), []),
            Field("parts[].id", Kind("string (uuid)"), []),
        ],
    )
    assert [(reply.status, reply.type, reply.headers) for reply in operation.replies] == [
        ("202", thing, ["Location"]),
        ("204", None, []),
    ]


def test_a_schema_that_holds_itself_is_linked_and_not_followed() -> None:
    (schema,) = page("", DOCUMENT).schemas
    assert [(field.name, field.type.text, list(field.notes)) for field in schema.fields] == [
        ("kind", "string", ["required", "one of A, null", "may be null"]),
        ("inner", "Thing", []),
        ("many", "list of Thing", ["read-only"]),
    ]


def test_text_of_a_document_is_no_markup() -> None:
    html = reference_page.render("things", DOCUMENT, ROOT).decode()
    assert "Make a &lt;b&gt;thing&lt;/b&gt;" in html
    assert "Things &amp; more" in html


@pytest.mark.parametrize("api", [api for api in APIS if api.documented], ids=lambda api: api.name)
def test_the_page_of_a_served_api_shows_all_and_its_links_lead_somewhere(api: Any) -> None:
    operations = api.operations()
    html = reference_page.render(
        api.name, openapi.document(api, operations, f"{ROOT}{api.base}"), ROOT
    ).decode()
    for operation in operations:
        assert f"<code>{operation.id}</code>" in html
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


def test_the_overview_links_to_each_operation_of_each_page() -> None:
    served = [api for api in APIS if api.documented]
    documents = {
        api.name: openapi.document(api, api.operations(), f"{ROOT}{api.base}")
        for api in served
        if api.operations
    }
    html = reference_page.overview(documents, ROOT).decode()
    for name, document in documents.items():
        own = reference_page.render(name, document, ROOT).decode()
        anchors = re.findall(rf'href="{ROOT}/docs/{name}#([^"]+)"', html)
        assert len(anchors) == sum(map(len, document["paths"].values()))
        assert all(f'id="{anchor}"' in own for anchor in anchors)
