"""The OpenAPI 3.0 document of an API, generated from the operations that are routed.

It names the exact statuses an operation answers with (there is no `default`) and holds only what works.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ionstack.catalogue.api import Api, Authorization
from ionstack.catalogue.operation import Operation, Parameter, Reply, Schema

_REASONS = {
    200: "Done", 201: "Created", 202: "Accepted", 204: "Done, nothing to say", 400: "The request cannot be read",
    401: "No credentials, or none that count", 403: "Access denied", 404: "Resource does not exist",
    405: "The method is not allowed", 409: "The state of the resource does not allow it",
    413: "The body is too large", 415: "The content type is not supported", 422: "The body is not valid",
    429: "Too many requests", 500: "An unexpected error", 503: "Temporarily unavailable",
}  # fmt: skip
_RATE = ("X-RateLimit-Remaining", "X-RateLimit-Limit", "X-RateLimit-Burst")
_SCHEMES: Mapping[Authorization, tuple[str, dict[str, Any]]] = {
    Authorization.BASIC: ("BasicAuthentication", {"type": "http", "scheme": "basic"}),
    Authorization.BEARER: (
        "TokenAuthentication",
        {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    ),
}
ERROR: Schema = {
    "type": "object",
    "required": ["httpStatus", "messages"],
    "properties": {
        "httpStatus": {"type": "integer", "format": "int32", "readOnly": True},
        "messages": {"type": "array", "items": {"$ref": "#/components/schemas/ErrorMessage"}},
    },
}
ERROR_MESSAGE: Schema = {
    "type": "object",
    "required": ["errorCode", "message"],
    "properties": {
        "errorCode": {"type": "string", "readOnly": True},
        "message": {"type": "string", "readOnly": True},
    },
}


def document(api: Api, operations: Sequence[Operation], base: str) -> dict[str, Any]:
    """The document of an API that is reached at `base`."""
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {"Error": ERROR, "ErrorMessage": ERROR_MESSAGE}
    for operation in operations:
        path = operation.path.replace(":path}", "}")
        shown = paths.setdefault(path, {})[operation.method.lower()] = _operation(api, operation)
        links = _links(operation, operations)
        if links:
            _made(shown["responses"])["links"] = links
        schemas |= {name: plain(schema) for name, schema in operation.components.items()}
    return {
        "openapi": "3.0.3",
        "info": {"title": api.title, "version": api.version},
        "servers": [{"url": base}],
        "paths": paths,
        "components": {
            "securitySchemes": dict(_SCHEMES[one] for one in api.authorization if one in _SCHEMES),
            "schemas": dict(sorted(schemas.items())),
        },
    }


def _operation(api: Api, operation: Operation) -> dict[str, Any]:
    methods = operation.authorization or api.authorization
    shown: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag] if operation.tag else [],
        "summary": operation.summary,
        "parameters": [_parameter(one) for one in operation.parameters],
        "responses": _responses(operation),
        "security": [] if operation.open else [{_SCHEMES[one][0]: []} for one in methods if one in _SCHEMES],
    }
    if operation.body is not None:
        shown["requestBody"] = {
            "required": not operation.bodiless,
            "content": {"application/json": {"schema": plain(operation.body)}},
        }
    return shown


def _made(responses: Mapping[str, Any]) -> dict[str, Any]:
    """The reply with which something was made."""
    return next(reply for status, reply in responses.items() if status.startswith("2"))


def _links(operation: Operation, operations: Sequence[Operation]) -> dict[str, Any]:
    """What can be done with what a POST to a collection makes: everything just below the new resource's path."""
    if operation.method != "POST" or not any(reply.schema for reply in operation.replies.values()):
        return {}
    own = re.compile(rf"{re.escape(operation.path)}/{{(\w+)}}(?:/[^{{}}]*)?")
    above = {name: f"$request.path.{name}" for name in re.findall(r"{(\w+)}", operation.path)}
    return {
        other.id: {"operationId": other.id, "parameters": {found[1]: "$response.body#/id", **above}}
        for other in operations
        if (found := own.fullmatch(other.path))
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "schema": plain(parameter.schema),
    }


def _responses(operation: Operation) -> dict[str, Any]:
    found = {str(status): _reply(status, reply) for status, reply in operation.replies.items()}
    errors = (
        {400, 401, 403, 422, 429, 500, 503}
        | set(operation.errors)
        | ({413, 415} if operation.body else set())
    )
    if operation.open:
        errors -= {401, 403, 422}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for status in sorted(errors):
        found[str(status)] = {"description": _REASONS[status], "content": content}
    return found


def _reply(status: int, reply: Reply) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "description": _REASONS.get(status, ""),
        "headers": {name: {"schema": {"type": "integer", "format": "int32"}} for name in _RATE}
        | {name: {"schema": {"type": "string"}} for name in reply.headers},
    }
    if reply.schema is not None:
        schema = plain(reply.schema)
        shown["content"] = {one: {"schema": schema} for one in (reply.media_type, *reply.others)}
    return shown


def plain(schema: Any) -> Any:
    """A JSON schema in OpenAPI 3.0's words: `nullable` instead of a list of types."""
    if isinstance(schema, list):
        return [plain(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    words = {name: plain(value) for name, value in schema.items()}
    kinds = words.get("type")
    if isinstance(kinds, list):
        words["type"] = next(kind for kind in kinds if kind != "null")
        words["nullable"] = "null" in kinds
    return words
