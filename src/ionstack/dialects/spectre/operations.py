"""The operations that follow from a view of the newer services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ionstack.catalogue.access import of_verb
from ionstack.catalogue.operation import Handler, Operation, Parameter, Reply, Schema
from ionstack.catalogue.view import View
from ionstack.dialects.cloudapi import schemas
from ionstack.dialects.cloudapi.parameters import CONTRACT, FILTER, ORDER_BY, paging, path_parameters
from ionstack.dialects.spectre.crud import PAGING, Crud

_SUMMARIES = {
    "list": "List every {}",
    "create": "Create a {}",
    "get": "Retrieve a {}",
    "ensure": "Replace a {}, or create it under the given id",
    "update": "Change some properties of a {}",
    "delete": "Delete a {}",
}


def of_view(view: View) -> Sequence[Operation]:
    """The operations of a view, under the vendor's operation ids. PUT is called `ensure`."""
    crud = Crud(view)
    item: Schema = {"$ref": f"#/components/schemas/{view.schemas['item']}"}
    listed: Schema = {"$ref": f"#/components/schemas/{view.schemas['list']}"}
    whole = _enveloped(schemas.sent(view, creating=True, required=True))
    part = _enveloped(schemas.sent(view, creating=False, required=False))
    verbs: Mapping[str, tuple[str, Handler, dict[int, Reply], Schema | None]] = {
        "list": ("GET", crud.list, {200: Reply(listed)}, None),
        "create": ("POST", crud.create, {201: Reply(item)}, whole),
        "get": ("GET", crud.get, {200: Reply(item)}, None),
        "ensure": ("PUT", crud.ensure, {200: Reply(item), 201: Reply(item)}, whole),
        "update": ("PATCH", crud.update, {200: Reply(item)}, part),
        "delete": ("DELETE", crud.delete, {202: Reply()}, None),
    }
    operations = []
    for verb, id in view.operations.items():
        method, handler, replies, body = verbs[verb]
        path = view.collection if verb in ("list", "create") else view.item
        operations.append(
            Operation(
                id=id,
                method=method,
                path=path,
                handler=handler,
                replies=replies,
                tag=view.tag,
                summary=_SUMMARIES[verb].format(view.type),
                parameters=(*path_parameters(path), CONTRACT, *(_searching(view) if verb == "list" else ())),
                body=body,
                errors=_errors(verb),
                components=components(view),
                access=of_verb(view, verb),
            )
        )
    return operations


def components(view: View) -> Mapping[str, Schema]:
    """The components that a view's operations refer to."""
    text: Schema = {"type": "string", "readOnly": True}
    date: Schema = {"type": "string", "format": "date-time", "readOnly": True}
    metadata: Schema = {
        "type": "object",
        "properties": {
            "createdDate": date, "createdBy": text, "createdByUserId": text, "lastModifiedDate": date,
            "lastModifiedBy": text, "lastModifiedByUserId": text, "resourceURN": text, "state": text,
        },
    }  # fmt: skip
    names = view.schemas
    shown = {"id": text, "type": text, "href": text}
    item = {
        **shown,
        "metadata": metadata,
        "properties": {"$ref": f"#/components/schemas/{names['properties']}"},
    }
    page = {
        **shown,
        "items": {"type": "array", "items": {"$ref": f"#/components/schemas/{names['item']}"}},
        "offset": {"type": "integer"},
        "limit": {"type": "integer"},
        "_links": schemas.LINKS,
    }
    return {
        names["properties"]: schemas.properties(view),
        names["item"]: {"type": "object", "properties": item},
        names["list"]: {"type": "object", "properties": page},
    }


def _errors(verb: str) -> tuple[int, ...]:
    if verb not in ("create", "ensure", "update"):
        return (404,)
    return (404, 415, 422, *((409,) if verb == "ensure" else ()))


def _searching(view: View) -> tuple[Parameter, ...]:
    return (*paging((view.paging or PAGING).limit), ORDER_BY, FILTER)


def _enveloped(properties: Schema) -> Schema:
    return {"type": "object", "required": ["properties"], "properties": {"properties": properties}}
