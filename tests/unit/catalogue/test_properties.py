"""Declarations become fields and schemas."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest

from ionstack.catalogue.field import (
    Access,
    Format,
    Immutable,
    Length,
    Matches,
    Maybe,
    Observed,
    Range,
    ReadOnly,
    Ref,
    Secret,
    Wire,
    WriteOnly,
)
from ionstack.catalogue.properties import MISSING, Properties, camel, fields, object_schema


class Rule(Properties):
    port: Annotated[int, Range(1, 65535)]
    note: Maybe[str] = None


class Sample(Properties):
    name: Maybe[str] = None
    cidr: Annotated[str | None, Wire("cidrBlock")] = None
    size: Immutable[Annotated[int, Range(1, 256)]]
    kind: Literal["A", "B"] = "A"
    other: Maybe[Literal["A", "B"]] = None
    key: Annotated[str, Length(1, 63), Matches("^[a-z]+$", "letters")]
    rules: list[Rule] = []
    tags: dict[str, str] = {}
    owner: Maybe[Annotated[str, Format("uuid"), Ref("x.user")]] = None
    ips: ReadOnly[list[str]]
    vm_state: Observed[str]
    password: Secret[Maybe[str]] = None
    reset: WriteOnly[Maybe[bool]] = None
    ratio: float = 0.5


def test_wire_names_are_camel_case_unless_said_otherwise() -> None:
    assert camel("ipv6_cidr_block") == "ipv6CidrBlock"
    assert list(fields(Sample))[:3] == ["name", "cidrBlock", "size"]


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("name", {"type": ["string", "null"]}),
        ("size", {"type": "integer", "minimum": 1, "maximum": 256}),
        ("kind", {"type": "string", "enum": ["A", "B"]}),
        ("other", {"type": ["string", "null"], "enum": ["A", "B", None]}),
        ("key", {"type": "string", "minLength": 1, "maxLength": 63, "pattern": "^[a-z]+$"}),
        ("tags", {"type": "object", "additionalProperties": {"type": "string"}}),
        ("owner", {"type": ["string", "null"], "format": "uuid"}),
        ("ratio", {"type": "number"}),
    ],
)
def test_a_field_has_the_schema_of_its_type_and_marks(name: str, schema: dict[str, object]) -> None:
    assert fields(Sample)[name].schema == schema


def test_nested_declarations_are_objects_with_their_own_required() -> None:
    assert fields(Sample)["rules"].schema["items"] == object_schema(Rule)
    assert object_schema(Rule)["required"] == ["port"]
    assert fields(Sample)["rules"].items is Rule


def test_marks_decide_who_writes_and_what_is_kept() -> None:
    found = fields(Sample)
    assert found["ips"].access is Access.READ_ONLY
    assert not found["ips"].writable
    assert not found["vmState"].writable
    assert found["password"].writable
    assert not found["password"].kept
    assert not found["reset"].kept
    assert found["name"].omit_null
    assert not found["cidrBlock"].omit_null
    assert found["owner"].ref == Ref("x.user")


def test_what_has_no_default_and_is_writable_is_required() -> None:
    required = {name for name, field in fields(Sample).items() if field.required}
    assert required == {"size", "key"}
    assert fields(Sample)["ips"].default is MISSING


def test_an_unknown_type_is_refused_when_the_declaration_is_read() -> None:
    class Odd(Properties):
        when: complex

    with pytest.raises(TypeError, match="no schema"):
        fields(Odd)
