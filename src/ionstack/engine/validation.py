"""Bodies checked against the schemas that declarations yield; every fault is listed with its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import jsonschema_rs

from ionstack.engine.documents import MASK, without
from ionstack.errors import Invalid, Problem

_WORDS = {"integer": "a whole number", "number": "a number", "string": "a text", "boolean": "true or false",
          "array": "a list", "object": "an object", "null": "null"}  # fmt: skip


class Validator:
    """A compiled schema. What the properties named in `secrets` hold is repeated to nobody."""

    def __init__(self, schema: Mapping[str, Any], secrets: Collection[str] = ()) -> None:
        self._secrets = secrets
        self._validator = jsonschema_rs.validator_for(dict(schema), validate_formats=True)

    def check(self, body: Any) -> None:
        """Invalid with every fault of a body."""
        if not self._validator.is_valid(body):
            raise Invalid(
                *_distinct(_problem(error, self._secrets) for error in self._validator.iter_errors(body))
            )


def _distinct(problems: Iterable[Problem]) -> list[Problem]:
    return list(dict.fromkeys(problems))[:100]


def _problem(error: jsonschema_rs.ValidationError, secrets: Collection[str]) -> Problem:
    kind = error.kind
    path, given = place(error.instance_path), _given(error, secrets)
    kinds = jsonschema_rs.ValidationErrorKind
    match kind:
        case kinds.Required():
            return Problem("Attribute is required", f"{path}.{kind.property}")
        case kinds.Enum():
            options = kind.options if isinstance(kind.options, list) else [kind.options]
            allowed = ", ".join(_show(option) for option in options if option is not None)
            return Problem(f"Attribute value '{given}' not allowed. Expected one of [{allowed}]", path)
        case kinds.Type():
            wanted = " or ".join(_WORDS.get(word, word) for word in sorted(_types(kind)))
            return Problem(f"Attribute value '{given}' must be {wanted}", path)
        case kinds.Minimum():
            return Problem(f"Attribute value '{given}' must be at least {kind.limit}", path)
        case kinds.Maximum():
            return Problem(f"Attribute value '{given}' must be at most {kind.limit}", path)
        case kinds.MinLength():
            return Problem(f"Attribute value must have at least {kind.limit} characters", path)
        case kinds.MaxLength():
            return Problem(f"Attribute value must have at most {kind.limit} characters", path)
        case kinds.Format():
            return Problem(f"Attribute value '{given}' is not a valid {kind.format}", path)
        case kinds.Pattern():
            return Problem(f"Attribute value '{given}' must match {kind.pattern}", path)
    if given == MASK or without(error.instance, secrets) != error.instance:
        return Problem("Attribute value is not valid", path)
    return Problem(f"Attribute value is not valid: {_short(error.message)}", path)


def _given(error: jsonschema_rs.ValidationError, secrets: Collection[str]) -> str:
    """What stands in the body at the place of an error, for the client to recognise."""
    if any(step in secrets for step in error.instance_path):
        return MASK
    return _show(without(error.instance, secrets))


def _types(kind: Any) -> list[str]:
    types = kind.types
    return [types] if isinstance(types, str) else [str(one) for one in types]


def place(steps: Iterable[str | int]) -> str:
    """A place in the body as the API writes it: `(root).entities.servers.items.[0].properties`."""
    return "(root)" + "".join(f".[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def _show(value: Any) -> str:
    if isinstance(value, str):
        return _short(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:117]}..."
