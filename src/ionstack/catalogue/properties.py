"""Declared properties: a class body read once into fields.

`Properties` subclasses are never instantiated; they are the page of data that validation, storage,
rendering, the OpenAPI document and the docs are made from.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ionstack.catalogue.field import Access, Format, Guard, Length, Matches, Null, Range, Ref, Unsent, Wire

MISSING: Any = object()
"""The default of a property that has none."""


class Properties:
    """Base of all property declarations."""


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One declared property. `items` is the nested declaration of an object or list of objects."""

    name: str
    schema: Mapping[str, Any]
    default: Any
    access: Access | None
    omit_null: bool
    ref: Ref | None
    items: type[Properties] | None
    hint: str
    lasting: bool = False
    guard: str = ""

    @property
    def writable(self) -> bool:
        return self.access not in (Access.READ_ONLY, Access.OBSERVED, Access.INTERNAL)

    @property
    def kept(self) -> bool:
        """Whether the value is part of the stored properties."""
        return self.access not in (Access.WRITE_ONLY, Access.SECRET)

    @property
    def shown(self) -> bool:
        """Whether the value is part of answers."""
        return self.kept and self.access is not Access.INTERNAL

    @property
    def required(self) -> bool:
        return self.writable and self.default is MISSING


def defaults(declaration: type[Properties]) -> dict[str, Any]:
    """What an unsent property is, for those that have a value then."""
    return {
        found.name: found.default
        for found in fields(declaration).values()
        if found.kept and found.default is not MISSING and not (found.default is None and found.omit_null)
    }


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A property whose value names other resources. It may stand in an object or in a list of objects:
    `path` leads to it, `name` is that path as one word (`httpRules.targetGroup`). Where it may be absent,
    `optional`, an empty text names nothing."""

    path: tuple[str, ...]
    ref: Ref
    optional: bool

    @property
    def name(self) -> str:
        return ".".join(self.path)

    def named(self, document: Mapping[str, Any]) -> list[tuple[str, str]]:
        """What a document names, each with its place in it."""
        found: list[tuple[str, Any]] = [("", document)]
        for step in self.path:
            found = [
                (f"{place}.{step}", value[step])
                for place, value in _each(found)
                if value.get(step) is not None
            ]
        return [
            (place[1:], str(one))
            for place, value in found
            for one in (value if isinstance(value, list) else [value])
            if one is not None and not (one == "" and self.optional)
        ]


def _each(found: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Lists taken apart, each member at its own place."""
    return [
        (f"{place}.[{index}]" if isinstance(value, list) else place, member)
        for place, value in found
        for index, member in enumerate(value if isinstance(value, list) else [value])
    ]


def references(declaration: type[Properties], above: tuple[str, ...] = ()) -> list[Reference]:
    """The references of a declaration, at any depth."""
    found: list[Reference] = []
    for field in fields(declaration).values():
        path = (*above, field.name)
        if field.ref:
            found.append(Reference(path, field.ref, field.omit_null))
        elif field.items and field.writable:
            found += references(field.items, path)
    return found


def secrets(declaration: type[Properties]) -> frozenset[str]:
    """The names of a declaration's secret properties, at any depth."""
    found = fields(declaration)
    inner = [secrets(field.items) for field in found.values() if field.items]
    return frozenset(name for name, field in found.items() if field.access is Access.SECRET).union(*inner)


def camel(name: str) -> str:
    """`ipv6_cidr_block` as the wire writes it: `ipv6CidrBlock`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def fields(declaration: type[Properties]) -> Mapping[str, Field]:
    """The fields of a declaration by wire name, in the order they are written."""
    if declaration not in _READ:
        hints = typing.get_type_hints(declaration, include_extras=True)
        found = (_field(name, hint, getattr(declaration, name, MISSING)) for name, hint in hints.items())
        _READ[declaration] = {field.name: field for field in found}
    return _READ[declaration]


_READ: dict[type[Properties], Mapping[str, Field]] = {}
"""Every declaration is read once."""


def _field(name: str, hint: Any, default: Any) -> Field:
    base, marks = _peel(hint)
    schema = _schema(base, marks)
    return Field(
        name=next((mark.name for mark in marks if isinstance(mark, Wire)), camel(name)),
        schema=schema,
        default=default,
        access=next((mark for mark in marks if isinstance(mark, Access)), None),
        omit_null=Null.OMITTED in marks,
        ref=next((mark for mark in marks if isinstance(mark, Ref)), None),
        items=_nested(base),
        hint=next((mark.hint for mark in marks if isinstance(mark, Matches)), ""),
        lasting=Unsent.KEPT in marks,
        guard=next((mark.refusal for mark in marks if isinstance(mark, Guard)), ""),
    )


def _peel(hint: Any) -> tuple[Any, list[Any]]:
    """The bare type and every mark, from `Annotated` at any depth of optionality."""
    marks: list[Any] = []
    while True:
        if get_origin(hint) is Annotated:
            hint, *more = get_args(hint)
            marks += more
            continue
        if get_origin(hint) in (Union, types.UnionType):
            members = [member for member in get_args(hint) if member is not types.NoneType]
            if len(members) == 1 and get_origin(members[0]) is Annotated:
                inner, more = _peel(members[0])
                return inner | None, marks + more
        return hint, marks


_SIMPLE = {str: "string", int: "integer", float: "number", bool: "boolean"}


def _schema(hint: Any, marks: list[Any]) -> dict[str, Any]:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        (member,) = (member for member in get_args(hint) if member is not types.NoneType)
        return _nullable(_schema(member, marks))
    schema = _bare(hint, origin)
    for mark in marks:
        _apply(mark, schema)
    return schema


def _bare(hint: Any, origin: Any) -> dict[str, Any]:
    if hint in _SIMPLE:
        return {"type": _SIMPLE[hint]}
    if origin is Literal:
        return {"type": "string", "enum": list(get_args(hint))}
    if origin is list:
        item, marks = _peel(get_args(hint)[0])
        return {"type": "array", "items": _schema(item, marks)}
    if origin is dict:
        value, marks = _peel(get_args(hint)[1])
        return {"type": "object", "additionalProperties": _schema(value, marks)}
    if isinstance(hint, type) and issubclass(hint, Properties):
        return object_schema(hint)
    raise TypeError(f"no schema for {hint!r}")


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    # A list of types, not anyOf: validators then name the inner fault.
    nullable = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        nullable["enum"] = [*schema["enum"], None]
    return nullable


def _apply(mark: Any, schema: dict[str, Any]) -> None:
    match mark:
        case Range(least, most):
            if least is not None:
                schema["minimum"] = least
            if most is not None:
                schema["maximum"] = most
        case Length(least, most):
            suffix = "Items" if schema["type"] == "array" else "Length"
            if least:
                schema[f"min{suffix}"] = least
            if most is not None:
                schema[f"max{suffix}"] = most
        case Matches(pattern, _):
            schema["pattern"] = pattern
        case Format(name):
            schema["format"] = name
        case _:
            return


def _nested(hint: Any) -> type[Properties] | None:
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(member for member in get_args(hint) if member is not types.NoneType)
    if get_origin(hint) is list:
        hint, _ = _peel(get_args(hint)[0])
    return hint if isinstance(hint, type) and issubclass(hint, Properties) else None


def object_schema(declaration: type[Properties]) -> dict[str, Any]:
    """The JSON schema of a nested object as it is sent."""
    declared = fields(declaration)
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {field.name: dict(field.schema) for field in declared.values()},
    }
    required = [field.name for field in declared.values() if field.required]
    if required:
        schema["required"] = required
    return schema
