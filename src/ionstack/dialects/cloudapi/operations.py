"""The operations that follow from a view: routes, parameters, bodies, replies."""

from __future__ import annotations

from collections.abc import Sequence

from ionstack.catalogue.access import of_verb
from ionstack.catalogue.operation import Handler, Operation, Reply, Schema
from ionstack.catalogue.registry import Views
from ionstack.catalogue.view import View
from ionstack.dialects.cloudapi import actions, attachments, schemas, selections
from ionstack.dialects.cloudapi.crud import Crud
from ionstack.dialects.cloudapi.parameters import COMMON, SEARCHING, flags, paging, path_parameters

ERRORS_OF_CHANGES = (415, 422)


def of_view(view: View, views: Views) -> Sequence[Operation]:
    """The operations of a view, under the vendor's operation ids."""
    crud = Crud(view, views)
    item: Schema = {"$ref": f"#/components/schemas/{view.schemas['item']}"}
    listed: Schema = {"$ref": f"#/components/schemas/{view.schemas['list']}"}
    searching = (*paging(view.paging.limit), *SEARCHING) if view.paging else SEARCHING
    changed = _changed(view, "replace", item)
    verbs: dict[str, tuple[str, Handler, dict[int, Reply], Schema | None]] = {
        "list": ("GET", crud.list, {200: Reply(listed)}, None),
        "create": ("POST", crud.create, _changed(view, "create", item), schemas.creation(view, views)),
        "get": ("GET", crud.get, {200: Reply(item, ("ETag",))}, None),
        "replace": ("PUT", crud.replace, changed, schemas.replacement(view)),
        "update": ("PATCH", crud.update, changed, schemas.patch(view)),
        "delete": ("DELETE", crud.delete, _changed(view, "delete", None), None),
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
                parameters=(
                    *path_parameters(path),
                    *COMMON,
                    *(searching if verb == "list" else ()),
                    *(flags(view.flags) if verb == "delete" else ()),
                ),
                body=body,
                errors=_errors(verb, path),
                components=schemas.components(view, views),
                access=of_verb(view, verb),
            )
        )
    return [
        *operations,
        *actions.of_view(view),
        *attachments.of_view(view, views),
        *selections.of_view(view, views),
    ]


_SUMMARIES = {
    "list": "List every {}",
    "create": "Create a {}",
    "get": "Retrieve a {}",
    "replace": "Replace the properties of a {}",
    "update": "Change some properties of a {}",
    "delete": "Delete a {}",
}


def _changed(view: View, verb: str, item: Schema | None) -> dict[int, Reply]:
    return {view.status(verb): Reply(item, ("Location",) if view.resource.capability else ())}


def _errors(verb: str, path: str) -> tuple[int, ...]:
    missing = (404,) if "{" in path else ()
    return (*missing, *(ERRORS_OF_CHANGES if verb in ("create", "replace", "update") else ()),
            *((422,) if verb == "delete" else ()))  # fmt: skip
