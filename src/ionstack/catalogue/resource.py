"""A resource kind: what is stored, which rules hold, how it lives, which driver makes it real.

How it looks on the wire is a View's business (`view.py`); one resource may have several views.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ionstack.catalogue.field import Access
from ionstack.catalogue.ids import UUID, Ids
from ionstack.catalogue.lifecycle import PROVISIONED, Lifecycle
from ionstack.catalogue.properties import Field, Properties, Reference, defaults, fields, references
from ionstack.errors import Problem

if TYPE_CHECKING:
    from ionstack.engine.change import Change
    from ionstack.engine.row import Row

Document = dict[str, Any]
"""Properties as a mapping from wire names to JSON values."""

Rule = Callable[["Change"], Awaitable[Problem | None]]
"""Looks at a change inside its unit of work; returns what is wrong with it, or None."""

Derivation = Callable[["Change"], Awaitable[None]]
"""Fills read-only properties of `change.after` (addresses, numbers, what follows from others)."""

Effect = Callable[["Change"], Awaitable[None]]
"""What a change brings about beside itself, in the same unit of work."""

Upcaster = Callable[[Document], Document]
"""Turns stored properties of one shape into the next."""


@dataclass(frozen=True, slots=True)
class Computed:
    """A property computed on every read: its schema, and its value as JSON text."""

    schema: Mapping[str, Any]
    text: Callable[[Row], str]


@dataclass(frozen=True, slots=True)
class Usage:
    """What one resource counts towards a contract's `metric`, which `limit` of the contract bounds.

    Without a `limit` it is only counted.
    """

    metric: str
    limit: str
    amount: Callable[[Document], int]


@dataclass(frozen=True, slots=True)
class Bound:
    """What one resource may have by itself: at most as much as a `limit` of the contract says."""

    limit: str
    amount: Callable[[Document], int]


@dataclass(frozen=True, eq=False)
class Resource:
    """One kind of resource.

    `kind` is `<product>.<noun>`; `parent` is the kind it lives in, empty at the top. `capability` names
    the driver that makes it real; without one it is a plain record, changed at once. A `vendor` kind also
    has rows of the vendor's own (contract 0) that every contract sees. Whoever makes one needs the
    `privilege`, by its name in tokens. `room` is the limit of the contract on how many there are in one
    parent. `protection` is the property that leaves it to users with a second factor. An `attached` kind lives in
    whatever it is attached to (labels).

    A change is prepared (what it needs is made on demand), proven against references and limits, derived,
    held against the limits again and against the rules, written, and then has its effects.
    """

    kind: str
    properties: type[Properties]
    parent: str = ""
    ids: Ids = UUID
    lifecycle: Lifecycle = PROVISIONED
    capability: str = "record"
    rules: tuple[Rule, ...] = ()
    preparations: tuple[Derivation, ...] = ()
    derivations: tuple[Derivation, ...] = ()
    effects: tuple[Effect, ...] = ()
    computed: Mapping[str, Computed] = field(default_factory=dict)
    usage: tuple[Usage, ...] = ()
    bounds: tuple[Bound, ...] = ()
    room: str = ""
    protection: str = ""
    attached: bool = False
    vendor: bool = False
    privilege: str = ""
    upcasters: tuple[Upcaster, ...] = ()

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        return fields(self.properties)

    @cached_property
    def observed(self) -> tuple[str, ...]:
        """The properties that only the worker writes."""
        return tuple(name for name, found in self.fields.items() if found.access is Access.OBSERVED)

    @cached_property
    def guards(self) -> Mapping[str, str]:
        """The properties that keep clients from changing the resource, and what these are told."""
        return {name: found.guard for name, found in self.fields.items() if found.guard}

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        return tuple(references(self.properties))

    @cached_property
    def defaults(self) -> Document:
        """What an unsent property is, for those that have a value then."""
        return defaults(self.properties)

    @cached_property
    def shape(self) -> int:
        """The number of the current document shape."""
        return 1 + len(self.upcasters)
