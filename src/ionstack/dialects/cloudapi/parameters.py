"""The parameters that CloudAPI operations share."""

from __future__ import annotations

from collections.abc import Sequence

from ionstack.catalogue.operation import Parameter
from ionstack.dialects.cloudapi.query import MOST_DEPTH

PRETTY = Parameter("pretty", "query", {"type": "boolean", "default": False})
DEPTH = Parameter(
    "depth", "query",
    {"type": "integer", "format": "int32", "minimum": 0, "maximum": MOST_DEPTH, "default": 0},
)  # fmt: skip
CONTRACT = Parameter("X-Contract-Number", "header", {"type": "integer", "format": "int32"})
COMMON = (PRETTY, DEPTH, CONTRACT)
ORDER_BY = Parameter("orderBy", "query", {"type": "string"})
MAX_RESULTS = Parameter("maxResults", "query", {"type": "integer", "format": "int32", "minimum": 0})
FILTER = Parameter("filter.{property}", "query", {"type": "string"})
SEARCHING = (ORDER_BY, MAX_RESULTS, FILTER)


def paging(limit: int) -> tuple[Parameter, ...]:
    """The parameters of a collection that pages."""
    whole = {"type": "integer", "format": "int32"}
    return (
        Parameter("offset", "query", {**whole, "minimum": 0, "default": 0}),
        Parameter("limit", "query", {**whole, "minimum": 1, "default": limit}),
    )


def path_parameters(path: str) -> tuple[Parameter, ...]:
    """The parameters in a path template."""
    return tuple(
        Parameter(part[1:-1].split(":")[0], "path", {"type": "string"}, required=True)
        for part in path.split("/")
        if part.startswith("{")
    )


def flags(names: Sequence[str]) -> tuple[Parameter, ...]:
    """Boolean query parameters that are off unless given."""
    return tuple(Parameter(name, "query", {"type": "boolean", "default": False}) for name in names)
