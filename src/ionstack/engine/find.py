"""Searches over the resource table: filters, order and pages, composed into one statement.

A search's shape (which fields, which matches) decides the statement's text, so each shape is composed and
prepared once; values are always parameters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from ionstack.engine.row import COLUMNS
from ionstack.store.port import Value
from ionstack.store.statement import Statement


class Match(Enum):
    """How a filter compares. Values are alternatives; several filters must all hold."""

    TEXT = "text"  # contains, in any case
    EXACT = "exact"  # the JSON text is equal (numbers, booleans)
    EQUAL = "equal"  # a column equals an integer
    BETWEEN = "between"  # pairs of integers: from inclusive, to exclusive
    NEVER = "never"  # a filter that nothing meets


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a column, or on a property when `document` names the column that holds it."""

    name: str
    match: Match
    values: tuple[Value, ...]
    document: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """Ascending by a column or property, then by creation."""

    name: str
    document: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """Rows of one kind, below one parent unless `parent` is None. `most` caps before filters apply."""

    contract: int
    kind: str
    parent: str | None = ""
    vendor: bool = False
    filters: tuple[Filter, ...] = ()
    order: Order | None = None
    offset: int = 0
    limit: int | None = None
    most: int | None = None
    prefix: str = ""  # ids that start so
    region: str | None = None
    referring: tuple[str, str] | None = None  # the id that is referred to, and by which property
    viewer: str = ""  # the user who must see them (see `sight`)


def compose(search: Search, columns: str = COLUMNS) -> tuple[Statement, dict[str, Value]]:
    """The statement that reads these columns, and its values."""
    values: dict[str, Value] = {"contract": search.contract, "kind": search.kind}
    where = ["contract IN (:contract, 0)" if search.vendor else "contract = :contract", "kind = :kind"]
    if search.parent is not None:
        where.append("parent = :parent")
        values["parent"] = search.parent
    if search.prefix:
        where.append("substr(id, 1, :prefix_length) = :prefix")
        values |= {"prefix": search.prefix, "prefix_length": len(search.prefix)}
    if search.region is not None:
        where.append("region = :region")
        values["region"] = search.region
    if search.referring is not None:
        where.append(
            "id IN (SELECT source FROM reference"
            " WHERE contract = :contract AND target = :target AND field = :field)"
        )
        values["target"], values["field"] = search.referring
    if search.viewer:
        where.append(_SEEN)
        values["viewer"] = search.viewer
    source = "resource"
    if search.most is not None and search.filters:
        terms = " AND ".join(where)
        source = f"(SELECT * FROM resource WHERE {terms} ORDER BY ordinal LIMIT :most) AS capped"  # noqa: S608
        values["most"] = search.most
        where = []
    where += conditions(search.filters, values)
    text = f"SELECT {columns} FROM {source}"  # noqa: S608  names come from the catalogue, values are parameters
    if where:
        text += f" WHERE {' AND '.join(where)}"
    text += f" ORDER BY {_order(search.order)}"
    limit = search.limit
    if search.most is not None and not search.filters:
        limit = search.most - search.offset if limit is None else min(limit, search.most - search.offset)
    if limit is not None:
        text += " LIMIT :limit OFFSET :offset"
        values |= {"limit": max(limit, 0), "offset": search.offset}
    return composed(text), values


_SEEN = (
    "(contract = 0"
    " OR COALESCE((SELECT top.created_by_id FROM resource AS top"
    " WHERE top.contract = resource.contract AND top.id = resource.root), created_by_id) = :viewer"
    " OR root IN (SELECT share.resource FROM share JOIN group_member"
    " ON group_member.contract = share.contract AND group_member.group_id = share.group_id"
    " WHERE share.contract = :contract AND group_member.user_id = :viewer))"
    " AND (NOT COALESCE((SELECT top.protected FROM resource AS top"
    " WHERE top.contract = resource.contract AND top.id = resource.root), protected)"
    " OR (SELECT second_factor_active FROM user_account WHERE id = :viewer))"
)
"""What somebody made, what is shared with them, and what is in either; what is protected for who has a second factor."""


def conditions(filters: Iterable[Filter], values: dict[str, Value]) -> list[str]:
    """The terms of a WHERE clause; their values are added to `values`."""
    return [_condition(condition, f"f{number}", values) for number, condition in enumerate(filters)]


@lru_cache(maxsize=1024)
def composed(text: str) -> Statement:
    """A statement for a composed text, one for each text."""
    return Statement("search", {"": text})


def _order(order: Order | None) -> str:
    if order is None:
        return "ordinal"
    if not order.document:
        return f"{order.name}, ordinal"
    value = f"({order.document} ->> '{order.name}')"
    return f"CAST({value} AS REAL), ordinal" if order.numeric else f"{value}, ordinal"


def _condition(condition: Filter, name: str, values: dict[str, Value]) -> str:
    names = [f"{name}v{number}" for number in range(len(condition.values))]
    values |= dict(zip(names, condition.values, strict=True))
    if condition.match is Match.NEVER or not names:
        return "1 = 0"
    if condition.match is Match.EQUAL:
        return f"{condition.name} IN ({', '.join(f':{value}' for value in names)})"
    if condition.match is Match.BETWEEN:
        pairs = zip(names[::2], names[1::2], strict=True)
        return _any(f"({condition.name} >= :{low} AND {condition.name} < :{high})" for low, high in pairs)
    if condition.match is Match.EXACT:
        subject = f"CAST({condition.document} -> '{condition.name}' AS TEXT)"
        return _any(f"{subject} = :{value}" for value in names)
    if condition.document:
        subject = f"CAST({condition.document} ->> '{condition.name}' AS TEXT)"
    else:
        subject = condition.name
    for value in names:
        values[value] = _pattern(str(values[value]))
    return _any(f"lower({subject}) LIKE lower(:{value}) ESCAPE '!'" for value in names)


def _any(terms: Iterable[str]) -> str:
    return f"({' OR '.join(terms)})"


def _pattern(text: str) -> str:
    for special in "!%_":
        text = text.replace(special, f"!{special}")
    return f"%{text}%"
