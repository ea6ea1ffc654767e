"""The parameters that every CloudAPI operation takes."""

from __future__ import annotations

from ionstack.catalogue.operation import Query

MOST_DEPTH = 10


def depth(query: Query) -> int:
    """0..10; BadRequest otherwise."""
    return query.integer("depth", 0, 0, MOST_DEPTH)


def pretty(query: Query) -> bool:
    """Whether the body is to be indented. Compact unless asked for (docs/decisions)."""
    return query.boolean("pretty", False)
