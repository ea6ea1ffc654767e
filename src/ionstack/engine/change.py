"""What rules, derivations and effects look at: one change of one resource, inside its unit of work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ionstack.catalogue.resource import Document, Resource
from ionstack.engine.row import Row
from ionstack.errors import Problem

if TYPE_CHECKING:
    from ionstack.engine.unit import Unit

Action = Literal["create", "update", "delete"]


@dataclass(slots=True)
class Change:
    """One change before it is written.

    `before` is empty at creation, `after` is empty at deletion; derivations may fill read-only properties
    of `after`. `sent` is what the client wrote, write-only properties included. `row` is the resource as
    stored (None at creation), `parent` the row it lives in. `path` is where its properties stand in the
    body, for messages. `verb` is a special word for an update (`start`, `attach`). `targets`
    are the resources that its references point at, by property, as far as they were looked up.
    """

    unit: Unit
    action: Action
    resource: Resource
    id: str
    row: Row | None
    parent: Row | None
    region: str
    before: Mapping[str, Any]
    after: Document
    sent: Mapping[str, Any]
    path: str = "(root).properties"
    verb: str = ""
    targets: dict[str, Row] = field(default_factory=dict)

    @property
    def word(self) -> str:
        """What life cycles and events call the change."""
        return self.verb or self.action

    def changed(self, name: str) -> bool:
        """Whether the change gives a property another value."""
        return bool(self.before.get(name) != self.after.get(name))

    def problem(self, name: str, message: str, code: str = "") -> Problem:
        """A fault of one property, with its place in the body."""
        return Problem(message, f"{self.path}.{name}", code)
