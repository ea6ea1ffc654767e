"""The operations of user management, as the catalogue takes them."""

from __future__ import annotations

from ionstack.apis.cloudapi.um.schemas import COMPONENTS
from ionstack.catalogue.access import ADMINISTRATOR, SELF, Access
from ionstack.catalogue.operation import Handler, Operation, Parameter, Reply, Schema
from ionstack.dialects.cloudapi.parameters import COMMON, path_parameters

TAG = "User management"

_OWN = "/um/users/{userId}"
"""What is below it, users may read of themselves."""


def reading(
    id: str, path: str, handler: Handler, shown: str, summary: str, more: tuple[Parameter, ...] = ()
) -> Operation:
    """A GET that answers with a component."""
    return Operation(
        id=id, method="GET", path=path, handler=handler, replies={200: Reply(_component(shown))}, tag=TAG,
        summary=summary, parameters=(*path_parameters(path), *COMMON, *more), errors=_errors(path),
        components=COMPONENTS, access=SELF if path.startswith(_OWN) else ADMINISTRATOR,
    )  # fmt: skip


def changing(
    id: str,
    method: str,
    path: str,
    handler: Handler,
    shown: str | None,
    summary: str,
    body: Schema | None = None,
    access: Access = ADMINISTRATOR,
) -> Operation:
    """A change, done under a request: 202 with a component, or with nothing."""
    reply = Reply(_component(shown) if shown else None, ("Location",))
    return Operation(
        id=id, method=method, path=path, handler=handler, replies={202: reply}, tag=TAG, summary=summary,
        parameters=(*path_parameters(path), *COMMON), body=body,
        errors=(*_errors(path), *((415,) if body else ()), 422), components=COMPONENTS, access=access,
    )  # fmt: skip


def _component(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _errors(path: str) -> tuple[int, ...]:
    return (403, 404) if "{" in path else (403,)
