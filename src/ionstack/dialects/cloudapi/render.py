"""Rows as CloudAPI envelopes, spliced from stored text.

    full(o, d) = id, type, href, metadata, properties, entities {c: d = 0 ? ref(c) : coll(c, d-1)}
    coll(c, d) = id, type, href, items [d = 0 ? ref(o) : full(o, d-1)]
    ref(x)     = id, type, href

Everything is text holding `documents.BASE` where the API's base URL belongs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ionstack.catalogue.registry import Views
from ionstack.catalogue.view import Members, View
from ionstack.dialects.text import path, properties, quoted, state
from ionstack.engine.clock import iso
from ionstack.engine.documents import BASE
from ionstack.engine.row import Row
from ionstack.engine.rows import Link

Tree = Mapping[tuple[str, str], Sequence[Row]]
"""Rows by the id of what they are shown in and the key of the collection there (`Members.key`)."""


def tree(rows: Sequence[Row], links: Iterable[Link] = ()) -> Tree:
    """Rows arranged for rendering: below their parents, and below what they refer to."""
    arranged: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        arranged.setdefault((row.parent, row.kind), []).append(row)
    by_id = {row.id: row for row in rows}
    for source, field, target in links:
        if source in by_id:
            row = by_id[source]
            arranged.setdefault((target, f"{row.kind}@{field}"), []).append(row)
    return arranged


def metadata(view: View, row: Row) -> str:
    """Who made and changed the resource, when, and how it is."""
    text = (
        f'{{"etag":"{row.etag}","createdDate":"{iso(row.created)}","createdBy":{quoted(row.created_by)},'
        f'"createdByUserId":{quoted(row.created_by_id)},"lastModifiedDate":"{iso(row.modified)}",'
        f'"lastModifiedBy":{quoted(row.modified_by)},"lastModifiedByUserId":{quoted(row.modified_by_id)}'
    )
    return f'{text},"state":"{state(view.resource, row)}"}}' if view.stateful else f"{text}}}"


class Renderer:
    """Renders the rows of one API's views."""

    def __init__(self, views: Views) -> None:
        self.views = views

    def head(self, view: View, row: Row) -> str:
        """`"id":...,"type":...,"href":...` of a resource."""
        wire = quoted(view.resource.ids.wire(row.id))
        return f'"id":{wire},"type":"{view.type}","href":"{BASE}{path(view, row)}"'

    def reference(self, view: View, row: Row) -> str:
        return f"{{{self.head(view, row)}}}"

    def full(self, view: View, row: Row, depth: int, children: Tree, *, entities: bool = True) -> str:
        """A resource with its children to a depth."""
        text = (
            f'{{{self.head(view, row)},"metadata":{metadata(view, row)},'
            f'"properties":{properties(view.resource, row)}'
        )
        if not entities or not view.entities:
            return f"{text}}}"
        inside = ",".join(
            f'"{name}":{self.collection(members, name, view, row, depth - 1, children)}'
            for name, members in view.entities.items()
        )
        return f'{text},"entities":{{{inside}}}}}'

    def collection(
        self, members: Members, name: str, above: View, parent: Row, depth: int, children: Tree
    ) -> str:
        """A collection inside a resource; a depth below 0 is a mere reference."""
        wire = above.resource.ids.wire(parent.id)
        text = (
            f'{{"id":{quoted(f"{wire}/{name}")},"type":"collection",'
            f'"href":"{BASE}{path(above, parent)}/{name}"'
        )
        if depth < 0:
            return f"{text}}}"
        found = children.get((parent.id, members.key), ())
        return f'{text},"items":[{self.items(self.views[members.kind], found, depth, children)}]}}'

    def items(self, view: View, rows: Iterable[Row], depth: int, children: Tree) -> str:
        """The members of a collection, comma-separated."""
        if depth == 0:
            return ",".join(self.reference(view, row) for row in rows)
        return ",".join(self.full(view, row, depth - 1, children) for row in rows)
