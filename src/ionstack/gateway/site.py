"""What the server shows of itself: the table of APIs, the API reference, the OpenAPI documents, the keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import orjson

from ionstack.catalogue.access import ANYBODY
from ionstack.catalogue.api import Api
from ionstack.catalogue.operation import Answer, Call, Handler, Operation, Reply
from ionstack.errors import NotFound
from ionstack.gateway import openapi, pages
from ionstack.gateway.address import mount, public_path
from ionstack.gateway.routes import Routes

if TYPE_CHECKING:
    from ionstack.app import Cloud


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
        Operation("index", "GET", "/", pages.index, _ANY, summary="The table of APIs", access=ANYBODY),
        Operation("docs", "GET", "/docs", pages.overview, _ANY, summary="The API reference", access=ANYBODY),
        Operation("docsOf", "GET", "/docs/{api}", pages.reference, _ANY, access=ANYBODY, errors=(404,)),
    ]
    for api in apis:
        if api.served:
            path = f"{mount(api)}/openapi.json"
            operations.append(
                Operation(f"openapi {api.name}", "GET", path, pages.document_of(api), _ANY, access=ANYBODY)
            )
    return SITE, operations


_ANY = {200: Reply({"type": "object"})}


class Pages:
    """Renders the pages from what is routed. The templates are imported when somebody looks."""

    def __init__(self, apis: Sequence[Api], routes: Routes) -> None:
        self.apis, self.routes = apis, routes

    async def index(self, cloud: Cloud, call: Call) -> Answer:
        """The API table: HTML for browsers, JSON for who likes it better."""
        from ionstack.gateway import index_page

        table = index_page.rows(self.apis, call.base)
        if index_page.prefers_html(call.headers.get("accept", "")):
            return _page(index_page.as_html(table, call.base), {"Vary": "Accept"})
        return Answer(200, index_page.as_json(table), {"Vary": "Accept"})

    async def overview(self, cloud: Cloud, call: Call) -> Answer:
        """Every served API with its operations."""
        from ionstack.gateway import reference_page

        documents = {api.name: self._document(api, call.base) for api in self.apis if api.served}
        return _page(reference_page.overview(documents, call.base))

    async def reference(self, cloud: Cloud, call: Call) -> Answer:
        """The operations of one API, for people."""
        from ionstack.gateway import reference_page

        found = next((api for api in self.apis if api.served and api.name == call.path["api"]), None)
        if found is None:
            raise NotFound("There is no such API, or it is not served yet")
        document = self._document(found, call.base)
        return _page(reference_page.render(found.name, document, call.base))

    def document_of(self, api: Api) -> Handler:
        """The handler that gives an API's OpenAPI document, for the region of the address called."""

        async def document(cloud: Cloud, call: Call) -> Answer:
            operations = self.routes.operations[api.name]
            return Answer(200, orjson.dumps(openapi.document(api, operations, call.base + api.base)))

        return document

    def _document(self, api: Api, root: str) -> dict[str, object]:
        base = root + public_path(api, next(iter(api.regions), ""))
        return openapi.document(api, self.routes.operations[api.name], base)


def _page(body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(200, body, {**pages.HEADERS, **(headers or {})}, pages.MEDIA_TYPE)
