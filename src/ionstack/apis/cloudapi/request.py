"""Requests: what was accepted, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ionstack.catalogue.access import MEMBER, SEER
from ionstack.catalogue.operation import Answer, Call, Operation, Parameter, Query, Reply
from ionstack.catalogue.registry import Views
from ionstack.catalogue.view import Paging
from ionstack.dialects.cloudapi import query
from ionstack.dialects.cloudapi.parameters import COMMON, SEARCHING, paging, path_parameters
from ionstack.dialects.page import links
from ionstack.dialects.page import page as paged
from ionstack.dialects.query import alternatives, etag, moment
from ionstack.dialects.text import body, place, quoted
from ionstack.engine import requests, sight
from ionstack.engine.clock import iso
from ionstack.engine.find import Filter, Match
from ionstack.engine.requests import DONE, Request
from ionstack.engine.step import Step
from ionstack.errors import NotFound
from ionstack.store.port import Tx

if TYPE_CHECKING:
    from ionstack.app import Cloud

PAGING = Paging(limit=1000, most=10000)
COLUMNS = {
    "status": "status", "requestStatus": "status", "method": "method", "headers": "CAST(headers AS TEXT)",
    "body": "body", "url": "url", "createdBy": "created_by", "message": "message",
}  # fmt: skip
ORDERS = {"createdDate": "created", "createdBy": "created_by", "method": "method", "url": "url"}
_END = 2**62


class Requests:
    """The three operations on requests. `views` tells what the targets look like."""

    def __init__(self, views: Views) -> None:
        self.views = views

    async def list(self, cloud: Cloud, call: Call) -> Answer:
        """The contract's requests, oldest first."""
        depth = query.depth(call.query)
        page = paged(call.query, PAGING)
        most = call.query.integer("maxResults", 0, 0, 2**31 - 1) or None

        async def work(tx: Tx) -> Sequence[Request]:
            return await requests.listed(
                tx, call.principal.contract, [*_own(call), *filters(call.query)], most=most,
                order=ORDERS.get(call.query.get("orderBy") or "", "seq"),
                offset=page.offset, limit=page.limit + 1,
            )  # fmt: skip

        found = await cloud.engine.read(work)
        shown = found[: page.limit]
        items = self._shown(call).items(shown, depth)
        text = (
            f'{{"id":"requests","type":"collection","href":"{call.base}/requests"'
            f'{links(call, page, more=len(found) > page.limit)},"items":[{items}]}}'
        )
        return self._answer(call, text)

    async def get(self, cloud: Cloud, call: Call) -> Answer:
        """One request: who sent what."""
        depth = query.depth(call.query)
        return self._answer(call, self._shown(call).full(await self._find(cloud, call), depth))

    async def status(self, cloud: Cloud, call: Call) -> Answer:
        """How far a request is, and each resource it is about."""
        query.depth(call.query)
        return self._answer(call, self._shown(call).status(await self._find(cloud, call)))

    async def _find(self, cloud: Cloud, call: Call) -> Request:
        id, contract = call.path["requestId"].lower(), call.principal.contract
        found = await cloud.engine.read(lambda tx: requests.get(tx, contract, id))
        if sight.viewer(call.principal) not in ("", found.created_by_id):
            raise NotFound
        return found

    def _answer(self, call: Call, text: str) -> Answer:
        return Answer(200, body(text, pretty=query.pretty(call.query)))

    def _shown(self, call: Call) -> Renderer:
        return Renderer(self.views, call.base)


class Renderer:
    """Requests as JSON text for a client that reaches the API at `base`."""

    def __init__(self, views: Views, base: str) -> None:
        self.views, self.base = views, base

    def items(self, shown: Sequence[Request], depth: int) -> str:
        """The members of a collection, comma-separated."""
        return ",".join([self.full(one, depth - 1) if depth else self.reference(one) for one in shown])

    def reference(self, one: Request) -> str:
        """Id, type and href of a request."""
        return f'{{"id":"{one.id}","type":"request","href":"{self.base}/requests/{one.id}"}}'

    def full(self, one: Request, depth: int) -> str:
        """Who sent what, and how far it is."""
        status = self.status(one) if depth > 0 else f"{{{self._status_head(one)}}}"
        return (
            f'{self.reference(one)[:-1]},"metadata":{{"createdDate":"{iso(one.created)}",'
            f'"createdBy":{quoted(one.created_by)},"etag":"{one.etag}","requestStatus":{status}}},'
            f'"properties":{{"method":"{one.method}","headers":{one.headers},'
            f'"body":{quoted(one.body)},"url":{quoted(one.url)}}}}}'
        )

    def _status_head(self, one: Request) -> str:
        return f'"id":"{one.id}/status","type":"request-status","href":"{self.base}/requests/{one.id}/status"'

    def status(self, one: Request) -> str:
        """How far a request is, and each of its targets."""
        targets = ",".join(
            f'{{"target":{self._target(step)},"status":"{DONE if index < one.step else one.status}"}}'
            for index, step in enumerate(one.work.steps)
        )
        message = one.message or _WAITING.get(one.status, "")
        return (
            f'{{{self._status_head(one)},"metadata":{{"status":"{one.status}",'
            f'"message":{quoted(message)},"etag":"{one.etag}","targets":[{targets}]}}}}'
        )

    def _target(self, step: Step) -> str:
        view = self.views[step.kind]
        wire = view.resource.ids.wire(step.id)
        href = f"{self.base}{place(view, step.lineage, wire)}"
        return f'{{"id":{quoted(wire)},"type":"{view.type}","href":"{href}"}}'


_WAITING = {"QUEUED": "Request is waiting for execution", "RUNNING": "Request is being executed"}


def _own(call: Call) -> list[Filter]:
    """Who is no administrator sees the requests they sent."""
    user = sight.viewer(call.principal)
    return [Filter("created_by_id", Match.EQUAL, (user,))] if user else []


def filters(asked: Query) -> list[Filter]:
    """The filters of a list of requests. Dates without a zone are UTC; unreadable ones match nothing."""
    found = []
    for name, value in asked.items():
        if not name.startswith("filter."):
            continue
        field = name.removeprefix("filter.")
        if field in COLUMNS:
            found.append(Filter(COLUMNS[field], Match.TEXT, alternatives(value)))
        elif field in ("createdAfter", "createdBefore", "createdDate"):
            found.append(_dated(field, value))
        elif field == "etag":
            found.append(etag(alternatives(value), "seq"))
        else:
            found.append(Filter(field, Match.NEVER, ()))
    return found


def _dated(field: str, value: str) -> Filter:
    span = moment(value)
    if span is None:
        return Filter("created", Match.NEVER, ())
    edges = {"createdAfter": (span[0], _END), "createdBefore": (0, span[0]), "createdDate": span}[field]
    return Filter("created", Match.BETWEEN, edges)


def operations(views: Views) -> Sequence[Operation]:
    """`/requests`, `/requests/{requestId}`, `/requests/{requestId}/status`."""
    handlers = Requests(views)
    listed, whole, status = (
        {200: Reply({"$ref": f"#/components/schemas/{name}"})}
        for name in ("Requests", "Request", "RequestStatus")
    )
    one, progress = "/requests/{requestId}", "/requests/{requestId}/status"
    return [
        Operation(
            id="requestsGet", method="GET", path="/requests", handler=handlers.list, replies=listed,
            tag="Requests", summary="List every request", components=COMPONENTS,
            parameters=(*COMMON, *_FILTERS, *paging(PAGING.limit), *SEARCHING), access=MEMBER,
        ),
        Operation(
            id="requestsFindById", method="GET", path=one, handler=handlers.get, replies=whole, tag="Requests",
            summary="Retrieve a request", parameters=(*path_parameters(one), *COMMON), errors=(404,),
            components=COMPONENTS, access=SEER,
        ),
        Operation(
            id="requestsStatusGet", method="GET", path=progress, handler=handlers.status, replies=status,
            tag="Requests", summary="Retrieve the status of a request", errors=(404,), components=COMPONENTS,
            parameters=(*path_parameters(progress), *COMMON, *SEARCHING), access=SEER,
        ),
    ]  # fmt: skip


_FILTERS = tuple(
    Parameter(f"filter.{name}", "query", {"type": "string"})
    for name in (
        "status", "createdAfter", "createdBefore", "createdDate", "createdBy", "etag", "requestStatus", "method",
        "headers", "body", "url",
    )
)  # fmt: skip

_READ = {"type": "string", "readOnly": True}
_HREF = {"type": "string", "format": "uri", "readOnly": True}
_STATUS = {"type": "string", "enum": ["QUEUED", "RUNNING", "DONE", "FAILED"]}
COMPONENTS = {
    "Requests": {
        "type": "object",
        "properties": {
            "id": _READ,
            "type": {"type": "string", "enum": ["collection"]},
            "href": _HREF,
            "items": {"type": "array", "items": {"$ref": "#/components/schemas/Request"}, "readOnly": True},
            "offset": {"type": "number"},
            "limit": {"type": "number"},
            "_links": {"$ref": "#/components/schemas/PaginationLinks"},
        },
    },
    "Request": {
        "type": "object",
        "properties": {
            "id": _READ,
            "type": {"type": "string", "enum": ["request"]},
            "href": _HREF,
            "metadata": {"$ref": "#/components/schemas/RequestMetadata"},
            "properties": {"$ref": "#/components/schemas/RequestProperties"},
        },
    },
    "RequestMetadata": {
        "type": "object",
        "properties": {
            "createdDate": {"type": "string", "format": "date-time", "readOnly": True},
            "createdBy": _READ,
            "etag": _READ,
            "requestStatus": {"$ref": "#/components/schemas/RequestStatus"},
        },
    },
    "RequestProperties": {
        "type": "object",
        "properties": {
            "method": {"type": "string"},
            "headers": {"type": "object", "additionalProperties": {"type": "string"}},
            "body": {"type": "string"},
            "url": {"type": "string"},
        },
    },
    "RequestStatus": {
        "type": "object",
        "properties": {
            "id": _READ,
            "type": {"type": "string", "enum": ["request-status"]},
            "href": _HREF,
            "metadata": {"$ref": "#/components/schemas/RequestStatusMetadata"},
        },
    },
    "RequestStatusMetadata": {
        "type": "object",
        "properties": {
            "status": _STATUS,
            "message": {"type": "string"},
            "etag": _READ,
            "targets": {"type": "array", "items": {"$ref": "#/components/schemas/RequestTarget"}},
        },
    },
    "RequestTarget": {
        "type": "object",
        "properties": {"target": {"$ref": "#/components/schemas/ResourceReference"}, "status": _STATUS},
    },
    "ResourceReference": {
        "type": "object",
        "properties": {"id": {"type": "string"}, "type": {"type": "string"}, "href": _HREF},
    },
}
