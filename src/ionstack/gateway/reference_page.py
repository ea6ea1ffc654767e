"""`GET /docs`: the API reference for people, made from the OpenAPI documents that are served."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ionstack import __version__
from ionstack.gateway import pages

Document = Mapping[str, Any]
"""An OpenAPI 3.0 document."""

_REF = "#/components/schemas/"
_EVERYWHERE = {"X-RateLimit-Remaining", "X-RateLimit-Limit", "X-RateLimit-Burst"}
_SCHEMES = {"basic": "Basic", "bearer": "Bearer"}
_BOUNDS = {
    "minimum": "at least {}", "maximum": "at most {}", "minLength": "at least {} characters",
    "maxLength": "at most {} characters", "minItems": "at least {} items", "maxItems": "at most {} items",
    "pattern": "matches {}", "default": "{} if not given",
}  # fmt: skip


class Kind(NamedTuple):
    """A type as text, and the anchor of its schema if it has a name."""

    text: str
    link: str = ""


class Field(NamedTuple):
    """A row of a table: a parameter, or a property by its path (`properties.name`, `items[].id`)."""

    name: str
    type: Kind
    notes: Sequence[str]


class Reply(NamedTuple):
    status: str
    meaning: str
    type: Kind | None
    headers: Sequence[str]


class Body(NamedTuple):
    """A named schema, or the fields of one without a name."""

    type: Kind
    fields: Sequence[Field]


class Described(NamedTuple):
    """An operation."""

    id: str
    method: str
    path: str
    summary: str
    open: bool
    parameters: Sequence[Field]
    body: Body | None
    replies: Sequence[Reply]

    @property
    def anchor(self) -> str:
        return f"operation-{_slug(self.id)}"


class Group(NamedTuple):
    """The operations of one tag."""

    title: str
    operations: Sequence[Described]

    @property
    def anchor(self) -> str:
        return f"tag-{_slug(self.title)}"


class Schema(NamedTuple):
    name: str
    type: Kind
    fields: Sequence[Field]

    @property
    def anchor(self) -> str:
        return f"schema-{_slug(self.name)}"


class Page(NamedTuple):
    """An API: what both pages show of it."""

    page: str
    title: str
    version: str
    base: str
    security: Sequence[str]
    groups: Sequence[Group]
    schemas: Sequence[Schema]


def overview(documents: Mapping[str, Document], root: str) -> bytes:
    """All APIs, each by the name of its page below `<root>/docs`, with their operations."""
    apis = [page(f"{root}/docs/{name}", document) for name, document in documents.items()]
    return pages.render("overview.html", apis=apis, root=root, release=__version__)


def render(name: str, document: Document, root: str) -> bytes:
    """One API: its operations with parameters, body and replies, and its schemas."""
    api = page(f"{root}/docs/{name}", document)
    return pages.render("api.html", api=api, root=root, release=__version__)


def page(address: str, document: Document) -> Page:
    """What is shown of a document."""
    components = document["components"]
    schemes = components.get("securitySchemes", {}).values()
    return Page(
        address,
        document["info"]["title"],
        document["info"]["version"],
        document["servers"][0]["url"],
        [_SCHEMES.get(scheme.get("scheme", ""), scheme["type"]) for scheme in schemes],
        _groups(document),
        [
            Schema(name, _kind(schema), list(_fields(schema)))
            for name, schema in components["schemas"].items()
        ],
    )


def _groups(document: Document) -> list[Group]:
    groups: dict[str, list[Described]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            tag = next(iter(operation.get("tags", ())), "").strip("/_") or "General"
            groups.setdefault(tag, []).append(_operation(method.upper(), path, operation))
    return [Group(tag[:1].upper() + tag[1:], operations) for tag, operations in groups.items()]


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Described:
    sent = operation.get("requestBody")
    return Described(
        operation["operationId"],
        method,
        path,
        operation.get("summary", ""),
        not operation.get("security", True),
        [_parameter(parameter) for parameter in operation.get("parameters", ())],
        _body(_first_schema(sent)) if sent else None,
        [_reply(status, reply) for status, reply in operation["responses"].items()],
    )


def _parameter(parameter: Mapping[str, Any]) -> Field:
    schema = parameter["schema"]
    notes = [f"in the {parameter['in']}", *(["required"] if parameter.get("required") else [])]
    return Field(parameter["name"], _kind(schema), [*notes, *_notes(schema)])


def _reply(status: str, reply: Mapping[str, Any]) -> Reply:
    headers = [name for name in reply.get("headers", ()) if name not in _EVERYWHERE]
    kind = _kind(_first_schema(reply)) if reply.get("content") else None
    return Reply(status, reply.get("description", ""), kind, headers)


def _first_schema(content: Mapping[str, Any]) -> Mapping[str, Any]:
    media: Mapping[str, Any] = next(iter(content["content"].values()))
    schema: Mapping[str, Any] = media.get("schema", {})
    return schema


def _body(schema: Mapping[str, Any]) -> Body:
    return Body(_kind(schema), list(_fields(schema)))


def _fields(schema: Mapping[str, Any], above: str = "") -> Iterator[Field]:
    """The properties of a schema and of the unnamed ones inside it. A named one is linked, not repeated."""
    required = schema.get("required", ())
    for name, inner in schema.get("properties", {}).items():
        path = f"{above}{name}"
        notes = [*(["required"] if name in required else []), *_notes(inner)]
        yield Field(path, _kind(inner), notes)
        if inner.get("type") == "array":
            yield from _fields(inner.get("items", {}), f"{path}[].")
        else:
            yield from _fields(inner, f"{path}.")


def _kind(schema: Mapping[str, Any]) -> Kind:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REF)
        return Kind(name, f"schema-{_slug(name)}")
    if schema.get("type") == "array":
        inner = _kind(schema.get("items", {}))
        return Kind(f"list of {inner.text}", inner.link)
    several = next((schema[word] for word in ("oneOf", "anyOf", "allOf") if word in schema), None)
    if several:
        return Kind(" or ".join(_kind(one).text for one in several))
    text = str(schema.get("type", "any"))
    return Kind(f"{text} ({schema['format']})" if "format" in schema else text)


def _notes(schema: Mapping[str, Any]) -> Iterator[str]:
    """What holds for a value besides its type."""
    if "enum" in schema:
        yield "one of " + ", ".join("null" if value is None else str(value) for value in schema["enum"])
    for word, text in _BOUNDS.items():
        if word in schema:
            value = schema[word]
            yield text.format(str(value).lower() if isinstance(value, bool) else value)
    for word, text in (("nullable", "may be null"), ("readOnly", "read-only"), ("writeOnly", "write-only")):
        if schema.get(word):
            yield text


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")
