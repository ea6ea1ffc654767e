"""What the server shows of itself: the table of APIs, the API reference, the OpenAPI documents, the keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import orjson

from ionstack.catalogue.api import Api
from ionstack.catalogue.operation import Answer, Call, Handler, Operation, Reply
from ionstack.errors import NotFound
from ionstack.gateway import openapi
from ionstack.gateway.address import mount
from ionstack.gateway.routes import Routes

if TYPE_CHECKING:
    from ionstack.app import Cloud

HTML = "text/html; charset=utf-8"


def _control() -> Sequence[Operation]:
    from ionstack.control import operations

    return operations.OPERATIONS


CONTROL = Api("control", "Control API", "v1", (), "", "/_ionstack", "cloudapi", operations=_control)
"""The server's own API; it is not in the vendor's table and keeps its own authorization."""

SITE = Api("site", "Ionstack", "v1", (), "", "", "cloudapi")
"""Everything below is open to all."""


def site(apis: Sequence[Api], routes: Routes) -> tuple[Api, Sequence[Operation]]:
    """The operations of the server's own pages."""
    pages = Pages(apis, routes)
    operations = [
        Operation("index", "GET", "/", pages.index, _ANY, summary="The table of APIs", open=True),
        Operation("docs", "GET", "/docs", pages.overview, _ANY, summary="The API reference", open=True),
        Operation("docsOf", "GET", "/docs/{api}", pages.reference, _ANY, open=True, errors=(404,)),
    ]
    for api in apis:
        if api.served:
            path = f"{mount(api)}/openapi.json"
            operations.append(
                Operation(f"openapi {api.name}", "GET", path, pages.document_of(api), _ANY, open=True)
            )
    return SITE, operations


_ANY = {200: Reply({"type": "object"})}


class Pages:
    """Renders the pages from what is routed. The templates are imported when somebody looks."""

    def __init__(self, apis: Sequence[Api], routes: Routes) -> None:
        self.apis, self.routes = apis, routes

    async def index(self, cloud: Cloud, call: Call) -> Answer:
        """The API table: HTML for browsers, else JSON."""
        from ionstack.gateway import index_page

        rows = index_page.rows(self.apis, lambda api: _base(call, api))
        if index_page.prefers_html(call.headers.get("accept", "")):
            return Answer(200, index_page.render_html(rows), media_type=HTML)
        return Answer(200, index_page.as_json(rows))

    async def overview(self, cloud: Cloud, call: Call) -> Answer:
        """Every served API, with its operations counted."""
        from ionstack.gateway import reference_page

        documents = {api.name: self._document(api, call) for api in self.apis if api.served}
        return Answer(200, reference_page.overview(documents), media_type=HTML)

    async def reference(self, cloud: Cloud, call: Call) -> Answer:
        """The operations of one API, for people."""
        from ionstack.gateway import reference_page

        found = next((api for api in self.apis if api.served and api.name == call.path["api"]), None)
        if found is None:
            raise NotFound("There is no such API, or it is not served yet")
        return Answer(200, reference_page.render(found.name, self._document(found, call)), media_type=HTML)

    def document_of(self, api: Api) -> Handler:
        """The handler that gives an API's OpenAPI document."""

        async def document(cloud: Cloud, call: Call) -> Answer:
            return Answer(200, orjson.dumps(self._document(api, call)))

        return document

    def _document(self, api: Api, call: Call) -> dict[str, object]:
        return openapi.document(api, self.routes.operations[api.name], _base(call, api))


def _base(call: Call, api: Api) -> str:
    """An API's URL below the server's own address, as this client sees it."""
    root = call.base
    if not api.product:
        return f"{root}{api.base}"
    region = f"/{api.regions[0]}" if len(api.regions) > 1 else ""
    return f"{root}/{api.product}{region}{api.base}"
