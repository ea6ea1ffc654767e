"""Named SQL statements, kept in `sql/*.sql`, one dialect-neutral text or one text per dialect.

A file holds statements under headings:

    -- name: resource_get
    SELECT ... WHERE contract = :contract AND id = :id

    -- name: request_claim [postgresql]
    SELECT ... FOR UPDATE SKIP LOCKED

Parameters are `:name`; the adapters turn them into what their driver takes. `::` casts are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

_HEADING = re.compile(r"^-- name: (?P<name>\w+)(?: \[(?P<dialect>\w+)\])?$", re.MULTILINE)
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """SQL by dialect (`""` serves any dialect that has no text of its own). Compared by identity."""

    name: str
    texts: Mapping[str, str]
    _compiled: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    def compiled(self, dialect: str) -> tuple[str, tuple[str, ...]]:
        """The text with positional parameters (`?` or `$1`), and the parameters' names in order."""
        done = self._compiled.get(dialect)
        if done is None:
            done = self._compiled[dialect] = _compile(self.texts.get(dialect) or self.texts[""], dialect)
        return done


def _compile(text: str, dialect: str) -> tuple[str, tuple[str, ...]]:
    names: list[str] = []

    def place(match: re.Match[str]) -> str:
        name = match.group(1)
        if dialect == "sqlite":
            names.append(name)
            return "?"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    placed = _PARAMETER.sub(place, text)
    # SQLite's driver hashes the whole text at each execution: no more white space than needed.
    return " ".join(placed.split()), tuple(names)


def parse(text: str) -> dict[str, Statement]:
    """The statements of one SQL file, by name."""
    texts: dict[str, dict[str, str]] = {}
    headings = list(_HEADING.finditer(text))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        body = text[heading.end() : following.start() if following else len(text)].strip().rstrip(";")
        texts.setdefault(heading["name"], {})[heading["dialect"] or ""] = body
    return {name: Statement(name, by_dialect) for name, by_dialect in texts.items()}


class Statements:
    """The statements of one file as attributes: `statements("resource").get`."""

    def __init__(self, source: str, found: Mapping[str, Statement]) -> None:
        self._source, self._found = source, found

    def __getattr__(self, name: str) -> Statement:
        try:
            return self._found[name]
        except KeyError:
            raise AttributeError(f"no statement {name!r} in sql/{self._source}.sql") from None

    def __iter__(self) -> Iterator[Statement]:
        return iter(self._found.values())


@cache
def statements(source: str) -> Statements:
    """The statements of `sql/<source>.sql`."""
    text = resources.files("ionstack.store").joinpath("sql", f"{source}.sql").read_text("utf-8")
    return Statements(source, parse(text))
