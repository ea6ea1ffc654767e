"""Which operation a path and method mean. Matching is Falcon's compiled router: its cost does not grow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from falcon.routing import CompiledRouter

from ionstack.catalogue.api import Api
from ionstack.catalogue.operation import Operation
from ionstack.gateway.address import mount


@dataclass(slots=True)
class Place:
    """A path of an API and what can be done there, by method."""

    api: Api
    operations: dict[str, Operation]


class Route(NamedTuple):
    """A place and the path's parameters."""

    place: Place
    parameters: Mapping[str, str]


class Routes:
    """The paths of every served API, mounted under its canonical path."""

    def __init__(self, apis: Iterable[Api]) -> None:
        self.operations: dict[str, Sequence[Operation]] = {}
        self._router = CompiledRouter()
        for api in apis:
            if api.operations is not None:
                self.add((api, api.operations()))

    def find(self, path: str) -> Route | None:
        """The place of a canonical path, or None."""
        found: Any = self._router.find(path)
        if found is None:
            return None
        place: Place = found[0]
        return Route(place, found[2])

    def add(self, served: tuple[Api, Sequence[Operation]]) -> None:
        """Mount the operations of one more API."""
        api, operations = served
        self.operations[api.name] = operations
        places: dict[str, Place] = {}
        for operation in operations:
            path = (mount(api) + operation.path).rstrip("/") or "/"
            place = places.setdefault(path, Place(api, {}))
            place.operations[operation.method] = operation
        for path, place in places.items():
            self._router.add_route(path, place)
