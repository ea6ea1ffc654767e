"""Filters, order and caps for short collections that are rendered before they are searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from ionstack.catalogue.operation import Query


def matching(query: Query, items: Sequence[str]) -> list[str]:
    """The rendered resources that meet every filter, in the order asked for, after `maxResults`."""
    most = query.integer("maxResults", 0, 0, 2**31 - 1)
    capped = items[:most] if most else items
    wanted = [(n.removeprefix("filter."), v.split(",")) for n, v in query.items() if n.startswith("filter.")]
    by = query.get("orderBy")
    if not wanted and not by:
        return list(capped)
    loaded = [(item, _flat(orjson.loads(item))) for item in capped]
    found = [(item, flat) for item, flat in loaded if all(_meets(flat.get(n), v) for n, v in wanted)]
    if by:
        found.sort(key=lambda pair: str(pair[1].get(by, "")))
    return [item for item, _ in found]


def _flat(item: Any) -> dict[str, Any]:
    return {**item.get("metadata", {}), **item.get("properties", {})}


def _meets(value: Any, wanted: Sequence[str]) -> bool:
    if isinstance(value, str):
        return any(one.lower() in value.lower() for one in wanted)
    if value is None or isinstance(value, (dict, list)):
        return False
    return orjson.dumps(value).decode() in {one.lower() for one in wanted}
