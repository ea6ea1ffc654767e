"""How the operations of an OpenAPI document look on the wire, flat enough to be compared with another's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

Facts = dict[str, object]
"""What is said of one place: its type, what is required, and the bounds, as far as they are given."""

Shape = dict[str, Facts]
"""An operation by place: `query depth`, `body properties.name`, `202 items.*.id`, `error messages`."""

_BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "default")

_SENT = ("items",)
"""What is marked as read-only and is sent nevertheless: the members of a composite creation."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What ours says of a place and what theirs. The word is `extra` or `missing` for a place only one has."""

    operation: str
    place: str
    word: str
    ours: object = None
    theirs: object = None

    def __str__(self) -> str:
        said = "" if self.word in ("extra", "missing") else f", {self.ours} for {self.theirs}"
        return f"{self.operation}: {self.place}: {self.word}{said}"


def differences(operation: str, ours: Shape, theirs: Shape) -> Iterator[Difference]:
    """Everything that is said differently. Below a place that only one has nothing more is told."""
    lone: list[str] = []
    for place in sorted(ours.keys() | theirs.keys()):
        if place in ours and place in theirs:
            mine, other = ours[place], theirs[place]
            for word in sorted(mine.keys() | other.keys()):
                if mine.get(word) != other.get(word):
                    yield Difference(operation, place, word, mine.get(word), other.get(word))
        elif not any(place.startswith((f"{one} ", f"{one}.")) for one in lone):
            lone.append(place)
            yield Difference(operation, place, "extra" if place in ours else "missing")


@dataclass(frozen=True, slots=True)
class Ledger:
    """Reads a document. What its authors mark as internal is not part of it."""

    document: Mapping[str, Any]

    def shapes(self) -> dict[str, Shape]:
        """The shape of every operation, by id."""
        return {
            operation["operationId"]: dict(self._operation(operation))
            for item in self.document["paths"].values()
            for operation in item.values()
        }

    def _operation(self, operation: Schema) -> Iterator[tuple[str, Facts]]:
        for parameter in operation.get("parameters", ()):
            place = f"{parameter['in']} {parameter['name']}"
            for found, facts in self._walk(parameter["schema"], place, sent=True):
                yield found, facts | _required(bool(parameter.get("required")) and found == place)
        if "requestBody" in operation:
            yield from self._content(operation["requestBody"], "body", sent=True)
        for status, reply in operation["responses"].items():
            yield str(status), {}
            yield from self._content(reply, status if status < "400" else "error", sent=False)

    def _content(self, holder: Schema, place: str, *, sent: bool) -> Iterator[tuple[str, Facts]]:
        for media in holder.get("content", {}).values():
            yield from self._walk(media["schema"], place, sent=sent)

    def _walk(
        self, schema: Schema, place: str, above: tuple[str, ...] = (), *, sent: bool
    ) -> Iterator[tuple[str, Facts]]:
        name = schema.get("$ref", "").rpartition("/")[2]
        whole = self.resolved(schema)
        yield place, _facts(whole, sent=sent)
        if name and name in above:
            return
        above = (*above, name)
        for field, inner in whole.get("properties", {}).items():
            if inner.get("x-internal") or (
                sent and field not in _SENT and self.resolved(inner).get("readOnly")
            ):
                continue
            below = f"{place}{'.' if ' ' in place else ' '}{field}"
            needed = sent and field in whole.get("required", ())
            for found, facts in self._walk(inner, below, above, sent=sent):
                yield found, facts | _required(needed and found == below)
        for word in ("items", "additionalProperties"):
            if isinstance(whole.get(word), Mapping):
                yield from self._walk(whole[word], f"{place}.*", above, sent=sent)

    def resolved(self, schema: Schema) -> dict[str, Any]:
        """A schema with what it refers to and is made of put into it."""
        named = schema.get("$ref", "").rpartition("/")[2]
        parts = [self.document["components"]["schemas"][named]] if named else []
        whole = {word: said for word, said in schema.items() if word not in ("$ref", "allOf")}
        for part in map(self.resolved, (*parts, *schema.get("allOf", ()))):
            together = {
                "properties": {**part.get("properties", {}), **whole.get("properties", {})},
                "required": [*part.get("required", ()), *whole.get("required", ())],
            }
            whole = {**part, **whole, **together}
        return whole


def _facts(schema: Schema, *, sent: bool) -> Facts:
    """Bounds count for what is sent alone: an answer keeps them by holding nothing else."""
    said: Facts = {word: schema[word] for word in ("type", "format") if word in schema}
    values = schema.get("enum", schema.get("x-extensible-enum"))
    if values:
        said["enum"] = sorted(value for value in values if value is not None)
    if sent:
        said |= {word: schema[word] for word in _BOUNDS if word in schema}
        said |= {"nullable": True} if schema.get("nullable") else {}
    return said


def _required(needed: bool) -> Facts:
    return {"required": True} if needed else {}
