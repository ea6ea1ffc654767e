"""Holds what goes over the wire in the tests to the vendor's own documents, the pinned ones in `tests/reference`.

Both directions: the body of an answer, success or error, and the body that a success was asked with. Types, enums,
bounds and required fields count, and fields that the document does not have are strange. It does not say that an
unset field is null, as it is in every answer on record.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs

from ionstack.apis.index import APIS
from tests.ledger.shapes import Ledger

REFERENCE = Path(__file__).parent / "reference"

_SHORT = "below the depth that was asked for, members are references: id, type and href"
_AGAIN = "what was read may be sent as it was read: what is not there to be written counts for nothing"
_PART = "a change names what changes and nothing else"
_CHOSEN = "what exists is attached by its id alone"
_GROUPS = "groups are shown whole, as everywhere, where the document has but their names"

ALLOWED: Mapping[str, str] = {
    '*: 200 *items.[*]: "properties" is a required property': _SHORT,
    "*: sent *: Additional properties are not allowed ('entities' was unexpected)": _AGAIN,
    "*Put: sent : Additional properties are not allowed *'metadata'*": _AGAIN,
    "*Put: sent entities: Additional properties are not allowed *": _AGAIN,
    'ipblocksPut: sent properties: "*" is a required property': "cannot be changed, so it need not be repeated",
    "*P*: sent *properties: Additional properties are not allowed *": _AGAIN,
    '*Patch: sent : "*" is a required property': _PART,
    '*: sent *: "properties" is a required property': _CHOSEN,
    "datacentersServersVolumesPost: sent : Additional properties are not allowed ('properties' *": _AGAIN,
    "accesskeysPut: sent properties: *Key* is a required property": "the server makes key and secret",
    "k8sKubeconfigGet: 200 : {*": "the document says text for YAML and JSON alike; JSON is the configuration itself",
    "umUsersGroupsGet: 200 items*": _GROUPS,
    "umResourcesFindByTypeAndId: 200 entities.groups.items*": _GROUPS,
    '*httpRules.[*].type: "static" is not one of *': "recorded answers have it in lower case, too",
}
"""What may differ, by pattern of a difference's text, with a reason."""


def check(method: str, path: str, sent: bytes, status: int, answered: bytes) -> None:
    """Hold one call to its document. Raises AssertionError with all that differs.

    `path` is that of the URL, without the query. What no served and documented operation has is not looked at.
    """
    told = _differences(method, path, sent, status, answered)
    found = [text for text in told if not any(fnmatchcase(text, pattern) for pattern in ALLOWED)]
    assert not found, "the vendor's document says otherwise:\n" + "\n".join(found)


def _differences(method: str, path: str, sent: bytes, status: int, answered: bytes) -> Iterator[str]:
    for base, document in _documents():
        operation = document.operation(method, path.removeprefix(base)) if path.startswith(base) else None
        if operation is None:
            continue
        name = operation["operationId"]
        if status < 300 and sent:
            yield from _told(f"{name}: sent", document.validator(operation.get("requestBody")), sent)
        yield from _told(f"{name}: {status}", document.validator(_reply(operation, status)), answered)


def _told(place: str, validator: jsonschema_rs.Draft202012Validator | None, body: bytes) -> Iterator[str]:
    if validator is not None and body:
        for error in validator.iter_errors(_set(json.loads(body))):
            where = ".".join("*" if isinstance(part, int) else part for part in error.instance_path)
            yield f"{place} {where}: {error.message[:300]}"


def _set(value: Any) -> Any:
    """A JSON value without the fields that are null."""
    if isinstance(value, dict):
        return {name: _set(inner) for name, inner in value.items() if inner is not None}
    return [_set(inner) for inner in value] if isinstance(value, list) else value


def _reply(operation: Mapping[str, Any], status: int) -> Mapping[str, Any] | None:
    replies: Mapping[str, Any] = operation["responses"]
    return replies.get(str(status), replies.get("default") if status >= 400 else None)


class Document:
    """A pinned document, its schemas closed: an object has the fields that are named and no others."""

    def __init__(self, path: Path) -> None:
        self._document = json.loads(path.read_bytes())
        self._ledger = Ledger(self._document)
        self._validators: dict[int, jsonschema_rs.Draft202012Validator | None] = {}

    def operation(self, method: str, path: str) -> Mapping[str, Any] | None:
        """The operation at a path below the API's base."""
        item = next((item for pattern, item in self._paths if pattern.fullmatch(path)), {})
        return item.get(method.lower())

    def validator(self, holder: Mapping[str, Any] | None) -> jsonschema_rs.Draft202012Validator | None:
        """A validator of the JSON that a request body or a reply holds."""
        if holder is None:
            return None
        if id(holder) not in self._validators:
            schema = holder.get("content", {}).get("application/json", {}).get("schema")
            self._validators[id(holder)] = schema and jsonschema_rs.Draft202012Validator(
                {**self._closed(schema), "components": {"schemas": self._schemas}}
            )
        return self._validators[id(holder)]

    @cached_property
    def _paths(self) -> list[tuple[re.Pattern[str], Mapping[str, Any]]]:
        """Literal segments go before parameters."""
        paths = sorted(self._document["paths"].items(), key=lambda one: one[0].replace("{", "~"))
        return [(re.compile(re.sub(r"\\{[^/]*?\\}", "[^/]+", re.escape(path))), item) for path, item in paths]

    @cached_property
    def _schemas(self) -> Mapping[str, Any]:
        schemas = self._document["components"]["schemas"]
        return {name: self._closed(schema) for name, schema in schemas.items()}

    def _closed(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        closed = self._ledger.resolved(schema) if "allOf" in schema else dict(schema)
        for word in ("items", "additionalProperties"):
            if isinstance(closed.get(word), dict):
                closed[word] = self._closed(closed[word])
        if closed.get("properties"):
            closed.setdefault("additionalProperties", False)
            closed["properties"] = {name: self._closed(inner) for name, inner in closed["properties"].items()}
        return closed


@cache
def _documents() -> list[tuple[str, Document]]:
    return [(api.base, Document(REFERENCE / f"{api.name}.json")) for api in APIS if api.documented]
