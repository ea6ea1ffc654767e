"""What becomes of a document when something is sent: defaults, what stays, what is replaced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ionstack.catalogue.field import Access
from ionstack.catalogue.properties import Field, defaults, fields
from ionstack.catalogue.resource import Document, Resource
from ionstack.engine import documents
from ionstack.engine.change import Change
from ionstack.errors import Problem

_LASTING = (Access.IMMUTABLE, Access.READ_ONLY, Access.INTERNAL)


def created(resource: Resource, sent: Mapping[str, Any]) -> Document:
    """The properties of a new resource."""
    return {**resource.defaults, **_kept(resource, sent)}


def replaced(resource: Resource, before: Document, sent: Mapping[str, Any]) -> Document:
    """PUT: what is not sent goes back to its default, but for what no client may change."""
    lasting = {name: value for name, value in before.items() if _lasts(resource.fields[name])}
    return {**resource.defaults, **lasting, **_kept(resource, sent)}


def _lasts(field: Field) -> bool:
    return field.lasting or field.access in _LASTING


def patched(resource: Resource, before: Document, sent: Mapping[str, Any]) -> Document:
    """PATCH: what is not sent stays; a null takes away what may be absent."""
    staying = {
        name: value
        for name, value in before.items()
        if not (name in sent and sent[name] is None and resource.fields[name].omit_null)
    }
    return {**staying, **_kept(resource, sent)}


def observed(resource: Resource) -> str:
    """What is to be seen of a new resource before its driver looked, as JSON text."""
    return documents.dump(
        {name: resource.defaults[name] for name in resource.observed if name in resource.defaults}
    )


def texts(resource: Resource, after: Mapping[str, Any]) -> tuple[str, str]:
    """Desired and internal properties as JSON text, in the order of their declaration."""
    desired: Document = {}
    internal: Document = {}
    for name, field in resource.fields.items():
        if name in after and field.access is not Access.OBSERVED:
            (internal if field.access is Access.INTERNAL else desired)[name] = after[name]
    return documents.dump(desired), documents.dump(internal)


def immutable(change: Change) -> list[Problem]:
    """A problem for each property that cannot change and would."""
    return [
        change.problem(name, f"The attribute '{name}' cannot be changed after creation")
        for name, field in change.resource.fields.items()
        if field.access is Access.IMMUTABLE and change.changed(name)
    ]


def _kept(resource: Resource, sent: Mapping[str, Any]) -> Document:
    """The writable properties of what was sent that are stored, without nulls that mean nothing."""
    return _chosen(resource.fields, sent)


def _chosen(declared: Mapping[str, Field], sent: Mapping[str, Any]) -> Document:
    return {
        name: _filled(field, sent[name])
        for name, field in declared.items()
        if name in sent and field.writable and field.kept and not (sent[name] is None and field.omit_null)
    }


def _filled(field: Field, value: Any) -> Any:
    """A value with the defaults of the objects in it, which hold at any depth."""
    if field.items is None or value is None:
        return value
    if isinstance(value, list):
        return [_filled(field, one) for one in value]
    return {**defaults(field.items), **_chosen(fields(field.items), value)}
