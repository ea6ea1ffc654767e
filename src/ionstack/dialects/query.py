"""What a query string asks for of a collection: filters and order.

A filter on a property that does not exist matches nothing, as the real API has it; several filters must
all hold; the values of one filter, separated by commas, are alternatives. Unknown parameters are ignored.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ionstack.catalogue.operation import Query
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import View
from ionstack.dialects.page import Page
from ionstack.engine.clock import SECOND
from ionstack.engine.find import Filter, Match, Order, Search
from ionstack.engine.row import etag_parts
from ionstack.errors import BadRequest

MOST_ALTERNATIVES = 100
"""Values of one filter."""

_COLUMNS = {
    "createdBy": "created_by",
    "createdByUserId": "created_by_id",
    "lastModifiedBy": "modified_by",
    "lastModifiedByUserId": "modified_by_id",
}
_DATES = {"createdDate": "created", "lastModifiedDate": "modified"}


def search(
    query: Query,
    view: View,
    contract: int,
    parent: str | None,
    wanted: Page | None,
    *,
    prefix: str = "",
    region: str | None = None,
    referring: tuple[str, str] | None = None,
    viewer: str = "",
) -> Search:
    """The rows a list asks for. One more than the page is looked for, to know whether a next one exists."""
    resource = view.resource
    most = query.integer("maxResults", 0, 0, 2**31 - 1)
    return Search(
        contract=contract,
        kind=resource.kind,
        parent=parent,
        vendor=resource.vendor,
        filters=tuple(filters(query, resource)),
        order=order(query, resource),
        offset=wanted.offset if wanted else 0,
        limit=wanted.limit + 1 if wanted else None,
        most=most or None,
        prefix=prefix,
        region=region,
        referring=referring,
        viewer=viewer,
    )


def order(query: Query, resource: Resource) -> Order | None:
    """By a property or metadata name, ascending; an unknown name keeps the order of creation."""
    name = query.get("orderBy") or ""
    field = resource.fields.get(name)
    if field is not None and field.shown:
        return Order(field.name, "desired", numeric=_type(field.schema) in ("integer", "number"))
    column = {**_COLUMNS, **_DATES}.get(name)
    return Order(column) if column else None


def filters(query: Query, resource: Resource) -> list[Filter]:
    """Every `filter.<name>` of the query."""
    return [
        _filter(name.removeprefix("filter."), alternatives(value), resource)
        for name, value in query.items()
        if name.startswith("filter.")
    ]


def alternatives(value: str) -> tuple[str, ...]:
    """The values of one filter, each once; BadRequest if they are more than a store can look for."""
    found = tuple(dict.fromkeys(value.split(",")))
    if len(found) > MOST_ALTERNATIVES:
        raise BadRequest(f"A filter may have at most {MOST_ALTERNATIVES} values")
    return found


def _filter(name: str, values: tuple[str, ...], resource: Resource) -> Filter:
    field = resource.fields.get(name)
    if field is not None and field.shown:
        kind = _type(field.schema)
        if kind in ("integer", "number", "boolean"):
            return Filter(field.name, Match.EXACT, tuple(value.lower() for value in values), "desired")
        return Filter(field.name, Match.TEXT, values, "desired")
    if name in _COLUMNS:
        return Filter(_COLUMNS[name], Match.TEXT, values)
    if name in _DATES:
        spans = [span for value in values if (span := moment(value))]
        return Filter(_DATES[name], Match.BETWEEN, tuple(edge for span in spans for edge in span))
    if name == "etag":
        return etag(values)
    if name == "state":
        return _state(values, resource)
    return Filter(name, Match.NEVER, ())


def etag(values: tuple[str, ...], ordinal: str = "ordinal") -> Filter:
    """The one version of what has its ordinal in a column."""
    found = [parts for value in values if (parts := etag_parts(value))]
    if len(found) != 1:
        return Filter("etag", Match.NEVER, ())
    return Filter(f"(CASE WHEN version = {found[0][1]} THEN {ordinal} END)", Match.EQUAL, (found[0][0],))


def _state(values: tuple[str, ...], resource: Resource) -> Filter:
    life = resource.lifecycle
    shown = (
        f"(CASE WHEN state IN {life.passing} THEN state WHEN deleting THEN '{life.deleting}'"
        f" WHEN pending > 0 THEN '{life.busy}' ELSE state END)"
    )
    return Filter(shown, Match.TEXT, values)


def _type(schema: Any) -> str:
    kind = schema.get("type")
    return str(next(word for word in kind if word != "null")) if isinstance(kind, list) else str(kind)


def moment(text: str) -> tuple[int, int] | None:
    """The span of time (µs) a written date stands for: a day, or a second. Without a zone it is UTC."""
    cleaned = text.strip().replace(" ", "T", 1)
    try:
        at = datetime.fromisoformat(cleaned)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):  # no date, or one whose zone moves it out of the calendar
        return None
    width = timedelta(days=1) if len(cleaned) == len("2024-05-01") else timedelta(seconds=1)
    start = int((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * SECOND
    return start, start + int(width.total_seconds()) * SECOND
