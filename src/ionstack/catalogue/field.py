"""Field kinds: how a property of a resource is declared.

A declaration reads `name: Maybe[str] = None` or `size: Immutable[Annotated[int, Range(1, 256)]]`.
The wire name is the camel-case form of the Python name unless `Wire` gives another.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Annotated, TypeVar

T = TypeVar("T")


class Access(Enum):
    """Who may write a property, and whether it is read back."""

    READ_ONLY = auto()  # the engine fills it; ignored when sent
    OBSERVED = auto()  # the worker fills it with what the driver saw; ignored when sent
    INTERNAL = auto()  # Ionstack's own: kept with the desired properties, shown to nobody
    IMMUTABLE = auto()  # given at creation; another value later is refused
    WRITE_ONLY = auto()  # acted upon, neither kept nor read back
    SECRET = auto()  # kept encrypted, never read back


class Null(Enum):
    """What an unset property looks like when read."""

    OMITTED = auto()


class Unsent(Enum):
    """What becomes of a property that a PUT does not name."""

    KEPT = auto()  # it stays as it is, instead of going back to its default


ReadOnly = Annotated[T, Access.READ_ONLY]
Observed = Annotated[T, Access.OBSERVED]
Internal = Annotated[T, Access.INTERNAL]
Immutable = Annotated[T, Access.IMMUTABLE]
WriteOnly = Annotated[T, Access.WRITE_ONLY]
Secret = Annotated[T, Access.SECRET]
Lasting = Annotated[T, Unsent.KEPT]
Maybe = Annotated[T | None, Null.OMITTED]
"""May be null or missing when sent, and is left out of answers while unset. `T | None` reads as null."""


@dataclass(frozen=True, slots=True)
class Wire:
    """The property's name on the wire, where it is not the camel-case form."""

    name: str


@dataclass(frozen=True, slots=True)
class Range:
    """Inclusive bounds of a number."""

    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Length:
    """Inclusive bounds of a text's or list's length."""

    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Matches:
    """A regular expression that the whole text must match, and what to tell who breaks it."""

    pattern: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """An OpenAPI format, for documentation and checking (`uuid`, `int64`, `date-time` ...)."""

    name: str


@dataclass(frozen=True, slots=True)
class Ref:
    """The value is the id of a resource of `kind`; it must exist when it is written.

    `kept` references are recorded: the target cannot be deleted while one points at it, and computed lists
    ("who uses this address") are found through them. `scoped` targets live under the same root and are
    named by their wire id (a LAN number); where that root is not the resource's own, `within` is the property
    that names it. `refusal` is what is said when the target is to be deleted.
    """

    kind: str
    kept: bool = True
    scoped: bool = False
    refusal: str = ""
    within: str = ""


@dataclass(frozen=True, slots=True)
class Guard:
    """While the property is set, the resource belongs to another one, which alone changes and deletes it.

    `refusal` is what clients are told.
    """

    refusal: str
