"""A view: how one API version shows a resource kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ionstack.catalogue.resource import Resource


@dataclass(frozen=True, slots=True)
class Paging:
    """The default and the largest page of a collection that pages."""

    limit: int = 1000
    most: int = 10000


@dataclass(frozen=True, slots=True)
class Members:
    """A collection shown inside a resource: what lives in it, what refers to it, or what it refers to.

    `by` names the property of the members that points at the resource (a volume's server, a NIC's LAN),
    `of` that of the resource which points at the members (a server's security groups).
    """

    kind: str
    by: str = ""
    of: str = ""

    @property
    def linked(self) -> bool:
        """Whether the members are found by references."""
        return bool(self.by or self.of)

    @property
    def key(self) -> str:
        """Tells the collections of a resource apart."""
        if self.of:
            return f"{self.kind}<{self.of}"
        return f"{self.kind}@{self.by}" if self.by else self.kind


@dataclass(frozen=True, slots=True)
class Action:
    """`POST <item>/<name>`: a change of internal properties under a verb of its own; the answer is empty."""

    operation: str
    inner: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attachment:
    """The operations on a collection of what refers to a resource: list, attach, get, detach.

    What must always refer to something (a NIC to its LAN) has no `detach`. `item` is the last parameter of an
    item's path, where it is not that of the member's own view.
    """

    list: str
    attach: str
    get: str
    schema: str
    detach: str = ""
    paging: Paging | None = None
    item: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """`PUT <item>/<name>`: the ids that the entity `name` shows, all at once, for the property it is found by."""

    operation: str


@dataclass(frozen=True, eq=False)
class View:
    """Paths, wire words and success codes of one resource in one API.

    `collection` and `item` are path templates below the API's base; `parent` is the resource whose id comes
    before the item's own in them. `operations` gives the vendor's
    operation ids by verb (`list`, `create`, `get`, `replace`, `update`, `delete`): a verb without one does
    not exist. `entities` are the collections shown inside a resource, by name.
    A creation takes the `composite` entities in the same body.
    `actions` and `attachments` are further operations, by the last word of their path. `flags` are boolean
    query parameters of the deletion. `schemas` names the documents' components by
    role (`item`, `list`, `properties`, `create` ...). `created` is the success code of a creation, where
    it is not the usual one. `selections` are sets of references that one call replaces.
    """

    resource: Resource
    type: str
    collection: str
    item: str
    operations: Mapping[str, str]
    tag: str
    schemas: Mapping[str, str]
    entities: Mapping[str, Members] = field(default_factory=dict)
    composite: tuple[str, ...] = ()
    actions: Mapping[str, Action] = field(default_factory=dict)
    attachments: Mapping[str, Attachment] = field(default_factory=dict)
    selections: Mapping[str, Selection] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    parent: Resource | None = None
    paging: Paging | None = None
    stateful: bool = True  # metadata shows a state
    created: int = 0

    def status(self, verb: str) -> int:
        """The success code of a change: 202 where a request is made for it, otherwise 201 or 200."""
        if verb == "create" and self.created:
            return self.created
        if self.resource.capability:
            return 202
        return 201 if verb == "create" else 200

    @cached_property
    def name(self) -> str:
        """The last word of the collection's path: `lans`."""
        return self.collection.rsplit("/", 1)[-1]

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The item path's parameters in order."""
        return tuple(part[1:-1].split(":")[0] for part in self.item.split("/") if part.startswith("{"))
