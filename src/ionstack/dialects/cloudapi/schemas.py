"""The schemas that a view's declaration yields: what may be sent, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ionstack.catalogue.field import Access
from ionstack.catalogue.properties import Field
from ionstack.catalogue.registry import Views
from ionstack.catalogue.view import Members, View

Schema = dict[str, Any]

REFERENCE: Schema = {"type": "object", "properties": {"id": {"type": "string"}}}
LINKS: Schema = {
    "type": "object",
    "properties": {
        name: {"type": "string", "format": "uri", "readOnly": True} for name in ("prev", "self", "next")
    },
}
_STATES = [
    "AVAILABLE",
    "INACTIVE",
    "BUSY",
    "DEPLOYING",
    "ACTIVE",
    "FAILED",
    "SUSPENDED",
    "FAILED_SUSPENDED",
    "UPDATING",
    "FAILED_UPDATING",
    "DESTROYING",
    "FAILED_DESTROYING",
    "TERMINATED",
    "HIBERNATING",
    "FAILED_HIBERNATING",
    "MAINTENANCE",
    "FAILED_MAINTENANCE",
    "UNKNOWN",
]


def sent(view: View, *, creating: bool, required: bool) -> Schema:
    """The properties as they may be sent. What is read-only is ignored, so it has no schema here."""
    declared = [field for field in view.resource.fields.values() if field.writable]
    schema: Schema = {"type": "object", "properties": {field.name: dict(field.schema) for field in declared}}
    needed = [f.name for f in declared if f.required and (creating or f.access is not Access.IMMUTABLE)]
    if required and needed:
        schema["required"] = needed
    return schema


def creation(view: View, views: Views) -> Schema:
    """The body of POST."""
    schema: Schema = {
        "type": "object",
        "required": ["properties"],
        "properties": {"properties": sent(view, creating=True, required=True)},
    }
    entities = {
        name: {
            "type": ["object", "null"],
            "properties": {
                "items": {
                    "type": ["array", "null"],
                    "items": member(view.entities[name], views),
                }
            },
        }
        for name in view.composite
    }
    if entities:
        schema["properties"]["entities"] = {"type": ["object", "null"], "properties": entities}
    return schema


def member(members: Members, views: Views) -> Schema:
    """One entity in the body of a composite creation; what is attached may be given by its id, or must be."""
    if members.of:
        return {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    schema = creation(views[members.kind], views)
    if members.by:
        del schema["required"]
        schema["properties"] = {"id": {"type": "string"}, **schema["properties"]}
    return schema


def replacement(view: View) -> Schema:
    """The body of PUT."""
    return {
        "type": "object",
        "required": ["properties"],
        "properties": {"properties": sent(view, creating=False, required=True)},
    }


def patch(view: View) -> Schema:
    """The body of PATCH: bare properties."""
    return sent(view, creating=False, required=False)


def properties(view: View) -> Schema:
    """The properties as they are read."""
    shown = [field for field in view.resource.fields.values() if field.shown]
    read = {field.name: _read(field) for field in shown}
    for name, computed in view.resource.computed.items():
        read[name] = {**computed.schema, "readOnly": True}
    return {"type": "object", "properties": read}


def _read(field: Field) -> Schema:
    schema = dict(field.schema)
    if field.omit_null:
        schema["type"] = next(word for word in schema["type"] if word != "null")
        if "enum" in schema:
            schema["enum"] = [value for value in schema["enum"] if value is not None]
    if not field.writable:
        schema["readOnly"] = True
    return schema


def metadata(view: View) -> Schema:
    """The metadata as it is read."""
    text = {"type": "string", "readOnly": True}
    date = {"type": "string", "format": "date-time", "readOnly": True}
    shown: Schema = {
        "etag": text, "createdDate": date, "createdBy": text, "createdByUserId": text,
        "lastModifiedDate": date, "lastModifiedBy": text, "lastModifiedByUserId": text,
    }  # fmt: skip
    if view.stateful:
        shown["state"] = {"type": "string", "readOnly": True, "enum": _STATES}
    return {"type": "object", "properties": shown}


def item(view: View, views: Views) -> Schema:
    """A resource as it is read."""
    shown: Schema = {
        "id": {"type": "string", "readOnly": True},
        "type": {"type": "string", "enum": [view.type]},
        "href": {"type": "string", "format": "uri", "readOnly": True},
        "metadata": reference("metadata" if view.stateful else "bare_metadata", view),
        "properties": {"$ref": f"#/components/schemas/{view.schemas['properties']}"},
    }
    if view.entities:
        shown["entities"] = {
            "type": "object",
            "properties": {
                name: {"$ref": f"#/components/schemas/{_listed(view, name, views[members.kind])}"}
                for name, members in view.entities.items()
            },
        }
    return {"type": "object", "properties": shown}


def _listed(view: View, name: str, members: View) -> str:
    """The component of an entity: that of its own operations, or that of all such collections."""
    attachment = view.attachments.get(name)
    return attachment.schema if attachment else members.schemas["list"]


def reference(role: str, view: View) -> Schema:
    """A reference to a component that every view shares."""
    names = {"metadata": "DatacenterElementMetadata", "bare_metadata": "NoStateMetaData"}
    return {"$ref": f"#/components/schemas/{view.schemas.get(role, names[role])}"}


def collection(view: View, *, paged: bool = False) -> Schema:
    """A collection as it is read, in pages where the view or the operation has them."""
    shown: Schema = {
        "id": {"type": "string", "readOnly": True},
        "type": {"type": "string", "enum": ["collection"]},
        "href": {"type": "string", "format": "uri", "readOnly": True},
        "items": {
            "type": "array",
            "readOnly": True,
            "items": {"$ref": f"#/components/schemas/{view.schemas['item']}"},
        },
    }
    if paged or view.paging:
        shown |= {
            "offset": {"type": "number"},
            "limit": {"type": "number"},
            "_links": {"$ref": "#/components/schemas/PaginationLinks"},
        }
    return {"type": "object", "properties": shown}


def components(view: View, views: Views) -> Mapping[str, Schema]:
    """The components that a view's operations refer to."""
    names = view.schemas
    found = {
        names["item"]: item(view, views),
        names["list"]: collection(view),
        names["properties"]: properties(view),
        reference("metadata" if view.stateful else "bare_metadata", view)["$ref"].rsplit("/", 1)[1]: metadata(
            view
        ),
    }
    if view.paging:
        found["PaginationLinks"] = LINKS
    return found
