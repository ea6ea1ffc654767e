"""Rows as CloudAPI envelopes, spliced from stored text.

    full(o, d) = id, type, href, metadata, properties, entities {c: d = 0 ? ref(c) : coll(c, d-1)}
    coll(c, d) = id, type, href, items [d = 0 ? ref(o) : full(o, d-1)]
    ref(x)     = id, type, href

What shows entities has plain ids: they stand in JSON and in paths as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from ionstack.catalogue.operation import Call
from ionstack.catalogue.registry import Views
from ionstack.catalogue.view import Members, View
from ionstack.dialects.text import place, properties, quoted, state
from ionstack.engine.clock import SECOND, iso
from ionstack.engine.documents import dump
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
            if target in by_id:
                shown = by_id[target]
                arranged.setdefault((source, f"{shown.kind}<{field}"), []).append(shown)
    return arranged


def metadata(view: View, row: Row) -> str:
    """Who made and changed the resource, when, and how it is."""
    if view.metadata:
        return _chosen(view, row)
    text = f'{{"etag":"{row.etag}",{_past(row.created // SECOND, row.created_by, row.created_by_id, False)}'
    text += f",{_past(row.modified // SECOND, row.modified_by, row.modified_by_id, True)}"
    return f'{text},"state":"{state(view.resource, row)}"}}' if view.stateful else f"{text}}}"


def _chosen(view: View, row: Row) -> str:
    """Those metadata that the view shows. What is never changed in place has the software it was made with."""
    known = {
        "etag": row.etag,
        "createdDate": iso(row.created),
        "lastModifiedDate": iso(row.modified),
        "state": state(view.resource, row),
        "lastSoftwareUpdatedDate": iso(row.created),
    }
    return dump({name: known[name] for name in view.metadata})


@lru_cache(maxsize=4096)
def _past(second: int, by: str, by_id: str, modified: bool) -> str:
    """When something was done, and by whom."""
    word = "lastModified" if modified else "created"
    return f'"{word}Date":"{iso(second * SECOND)}","{word}By":{quoted(by)},"{word}ByUserId":{quoted(by_id)}'


def collection(call: Call, id: str, items: str, pages: str = "") -> str:
    """The collection at the URL that was called: its id, its members as text, the links of its page."""
    href = quoted(call.url.split("?", 1)[0])
    return f'{{"id":{quoted(id)},"type":"collection","href":{href}{pages},"items":[{items}]}}'


class Renderer:
    """Renders the rows of one API's views for a client that reaches the API at `base`."""

    __slots__ = ("base", "views")

    def __init__(self, views: Views, base: str) -> None:
        self.views, self.base = views, base

    def reference(self, view: View, row: Row) -> str:
        """Id, type and href of a resource."""
        wire = view.resource.ids.wire(row.id)
        return f"{{{_head(view, wire, self.base + place(view, row.lineage, wire))}}}"

    def full(self, view: View, row: Row, depth: int, children: Tree, *, entities: bool = True) -> str:
        """A resource with its children to a depth."""
        known = view.entities.values() if entities and depth > 0 else ()
        if not any((row.id, members.key) in children for members in known):
            return _alone(view, row, self.base, shown=(depth > 0) + 1 if entities else 0)
        return self.spelled(view, row, depth, children)

    def spelled(self, view: View, row: Row, depth: int, children: Tree, *, entities: bool = True) -> str:
        """The same, put together anew."""
        wire = view.resource.ids.wire(row.id)
        href = self.base + place(view, row.lineage, wire)
        shown = properties(view.resource, row, self.base)
        text = f'{{{_head(view, wire, href)},"metadata":{metadata(view, row)},"properties":{shown}'
        if not entities or not view.entities:
            return f"{text}}}"
        if depth < 1:
            return f"{text},{_closed(view).format(wire, href)}}}"
        inside = [
            f'"{name}":{{"id":"{wire}/{name}","type":"collection","href":"{href}/{name}",'
            f'"items":[{self._members(members, row, depth, children)}]}}'
            for name, members in view.entities.items()
        ]
        return f'{text},"entities":{{{",".join(inside)}}}}}'

    def items(self, view: View, rows: Iterable[Row], depth: int, children: Tree) -> str:
        """The members of a collection, comma-separated."""
        if depth == 0:
            return ",".join([self.reference(view, row) for row in rows])
        return ",".join([self.full(view, row, depth - 1, children) for row in rows])

    def _members(self, members: Members, row: Row, depth: int, children: Tree) -> str:
        found = children.get((row.id, members.key))
        if members.of:  # what two sides show of each other would have no end
            depth = min(depth, 2)
        return self.items(self.views[members.kind], found, depth - 1, children) if found else ""


@lru_cache(maxsize=4096)
def _alone(view: View, row: Row, base: str, shown: int) -> str:
    """A resource with nothing in it, its collections left out (0), named (1) or open (2).

    The whole row is the key, so none is stale.
    """
    return Renderer(Views(()), base).spelled(view, row, shown - 1, {}, entities=shown > 0)


def _head(view: View, wire: str, href: str) -> str:
    id = f'"{wire}"' if view.resource.ids.plain else quoted(wire)
    return f'"id":{id},"type":"{view.type}","href":"{href}"'


@lru_cache(maxsize=256)
def _closed(view: View) -> str:
    """The entities of a view as mere references, with places for the resource's id and href."""
    inside = ",".join(
        f'"{name}":{{{{"id":"{{0}}/{name}","type":"collection","href":"{{1}}/{name}"}}}}'
        for name in view.entities
    )
    return f'"entities":{{{{{inside}}}}}'
