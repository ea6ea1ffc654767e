"""`/_ionstack/audit`: who did what, when, from where, and by which call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ionstack.catalogue.access import OPERATOR
from ionstack.catalogue.operation import Answer, Call, Operation, Parameter
from ionstack.control.admin import guarded
from ionstack.control.shape import ANY, TEXT, answer
from ionstack.dialects.query import moment
from ionstack.errors import BadRequest
from ionstack.identity.audit import Wanted

if TYPE_CHECKING:
    from ionstack.app import Cloud
    from ionstack.catalogue.operation import Query

MOST = 1000
"""Events in one answer."""

_LAST = 2**62


async def show(cloud: Cloud, call: Call) -> Answer:
    """The events that match every filter, newest first; `next` is the `before` of the page that follows."""
    wanted = _wanted(call.query)
    found = await cloud.audit.find(wanted)
    follows = found[-1].seq if len(found) == wanted.most else None
    return answer({"items": [event.shown() for event in found], "next": follows})


def _wanted(query: Query) -> Wanted:
    return Wanted(
        contract=query.integer("contract", -1, 0, 2**31 - 1) if query.get("contract") else None,
        user=_text(query, "user").lower(),
        action=_text(query, "action"),
        kind=_text(query, "kind"),
        resource=_text(query, "id"),
        request=_text(query, "requestId"),
        since=_instant(query, "since", 0),
        until=_instant(query, "until", _LAST),
        before=query.integer("before", 0, 1, 10**11) or _LAST,
        most=query.integer("limit", 100, 1, MOST),
    )


def _text(query: Query, name: str) -> str:
    return query.get(name) or ""


def _instant(query: Query, name: str, default: int) -> int:
    """The beginning of a written date or instant (wall µs)."""
    text = query.get(name)
    if not text:
        return default
    span = moment(text)
    if span is None:
        raise BadRequest(f"The query parameter '{name}' must be a date, as 2026-01-31T12:00:00Z")
    return span[0]


_FILTERS = (
    Parameter("contract", "query", {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}),
    *(Parameter(name, "query", TEXT) for name in ("user", "action", "kind", "id", "requestId")),
    *(Parameter(name, "query", {"type": "string", "format": "date-time"}) for name in ("since", "until")),
    Parameter("before", "query", {"type": "integer", "minimum": 1}),
    Parameter("limit", "query", {"type": "integer", "minimum": 1, "maximum": MOST, "default": 100}),
)

OPERATIONS = (
    Operation(
        "auditGet", "GET", "/audit", guarded(show), {200: ANY}, "Server", "Who did what, newest first",
        _FILTERS, access=OPERATOR, errors=(400, 401, 403),
    ),
)  # fmt: skip
