"""Pages of a collection."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from ionstack.catalogue.operation import Call, Query
from ionstack.catalogue.view import Paging
from ionstack.dialects.text import quoted


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was asked for."""

    offset: int
    limit: int


def page(query: Query, paging: Paging) -> Page:
    """The page that a query asks for; a limit above the largest is cut to it, other nonsense is BadRequest."""
    offset = query.integer("offset", 0, 0, 2**31 - 1)
    return Page(offset, min(query.integer("limit", paging.limit, 1, 2**31 - 1), paging.most))


def links(call: Call, page: Page, *, more: bool) -> str:
    """`offset`, `limit` and `_links` of a page, as a continuation of a JSON object."""

    def at(offset: int) -> str:
        kept = [(n, v) for n, v in call.query.items() if n not in ("offset", "limit")]
        pairs = [*kept, ("offset", str(offset)), ("limit", str(page.limit))]
        return quoted(f"{call.url.split('?', 1)[0]}?" + "&".join(f"{quote(n)}={quote(v)}" for n, v in pairs))

    found = []
    if page.offset > 0:
        found.append(f'"prev":{at(max(page.offset - page.limit, 0))}')
    found.append(f'"self":{at(page.offset)}')
    if more:
        found.append(f'"next":{at(page.offset + page.limit)}')
    return f',"offset":{page.offset},"limit":{page.limit},"_links":{{{",".join(found)}}}'
