"""The Auth API's schemas, as its reference document has them."""

from __future__ import annotations

from collections.abc import Mapping

from ionstack.catalogue.operation import Parameter, Schema

_TEXT = {"type": "string", "readOnly": True}

COMPONENTS: Mapping[str, Schema] = {
    "Jwt": {"type": "object", "properties": {"token": _TEXT}},
    "Token": {
        "type": "object",
        "properties": {"id": _TEXT, "href": _TEXT, "createdDate": _TEXT, "expirationDate": _TEXT},
        "required": ["id", "href", "createdDate", "expirationDate"],
    },
    "Tokens": {
        "type": "object",
        "properties": {
            "tokens": {"type": "array", "readOnly": True, "items": {"$ref": "#/components/schemas/Token"}}
        },
    },
    "DeleteResponse": {"type": "object", "properties": {"success": {"type": "boolean", "readOnly": True}}},
    "Error": {
        "type": "object",
        "properties": {
            "httpStatus": {"type": "integer", "format": "int32"},
            "messages": {"type": "array", "items": {"$ref": "#/components/schemas/ErrorMessages"}},
        },
    },
    "ErrorMessages": {
        "type": "object",
        "properties": {"errorCode": {"type": "string"}, "message": {"type": "string"}},
    },
    "Jwks": {
        "type": "object",
        "properties": {"keys": {"type": "array", "items": {"$ref": "#/components/schemas/Jwk"}}},
        "required": ["keys"],
    },
    "Jwk": {
        "type": "object",
        "properties": {name: {"type": "string"} for name in ("kty", "kid", "alg", "use", "n", "e")},
    },
}

CONTRACT_HEADER = Parameter("X-Contract-Number", "header", {"type": "integer", "format": "int32"})


def reference(name: str) -> Schema:
    """A reference to one of the components."""
    return {"$ref": f"#/components/schemas/{name}"}
