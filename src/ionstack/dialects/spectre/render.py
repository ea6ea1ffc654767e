"""Rows as the newer services show them: `{id, type, href, metadata, properties}`.

The href is relative and has no version; the metadata names people and resources by URN.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from ionstack.catalogue.operation import Call
from ionstack.catalogue.view import View
from ionstack.dialects.page import Page, links
from ionstack.dialects.text import path, properties, quoted, state
from ionstack.engine.clock import iso
from ionstack.engine.row import Row


def item(view: View, row: Row) -> str:
    """One resource as JSON text."""
    href = path(view, row)
    wire = quoted(view.resource.ids.wire(row.id))
    return (
        f'{{"id":{wire},"type":"{view.type}","href":{quoted(href)},'
        f'"metadata":{metadata(view, row, href)},"properties":{properties(view.resource, row)}}}'
    )


def metadata(view: View, row: Row, href: str) -> str:
    """Who, when, which resource, and its state."""
    product = view.resource.kind.partition(".")[0]
    place = row.region.replace("-", "/")
    urn = f"ionos:{product}:{place}:{row.contract}:{href.lstrip('/')}"
    return (
        f'{{"createdDate":"{iso(row.created)}","createdBy":{quoted(_person(row.created_by_id))},'
        f'"createdByUserId":{quoted(row.created_by_id)},"lastModifiedDate":"{iso(row.modified)}",'
        f'"lastModifiedBy":{quoted(_person(row.modified_by_id))},'
        f'"lastModifiedByUserId":{quoted(row.modified_by_id)},"resourceURN":{quoted(urn)},'
        f'"state":"{state(view.resource, row)}"}}'
    )


def collection(view: View, found: Sequence[Row], page: Page, call: Call) -> str:
    """A page of a collection as JSON text; its id is the same for the same contract and path."""
    href = call.url.split("?", 1)[0].removeprefix(call.base)
    id = uuid.uuid5(uuid.NAMESPACE_URL, f"{call.principal.contract}{href}")
    items = ",".join(item(view, row) for row in found[: page.limit])
    return (
        f'{{"id":"{id}","type":"collection","href":{quoted(href)}'
        f'{links(call, page, more=len(found) > page.limit)},"items":[{items}]}}'
    )


def _person(id: str) -> str:
    return f"ionos:identity:::users/{id}"
