"""All resource kinds and views that a server knows, looked up by kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ionstack.catalogue.properties import secrets
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import View


class Catalogue:
    """Resources by kind."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources: Mapping[str, Resource] = {resource.kind: resource for resource in resources}
        declared = [resource.properties for resource in self.resources.values()]
        self.secrets = frozenset().union(*map(secrets, declared))
        """The wire names of all secret properties: what they hold is masked in whatever body they stand."""

    def __getitem__(self, kind: str) -> Resource:
        return self.resources[kind]


class Views:
    """The views of one API by kind."""

    def __init__(self, views: Iterable[View]) -> None:
        self._views = tuple(views)
        self._by_kind = {view.resource.kind: view for view in reversed(self._views)}

    def __iter__(self) -> Iterator[View]:
        return iter(self._views)

    def __getitem__(self, kind: str) -> View:
        return self._by_kind[kind]

    def get(self, kind: str) -> View | None:
        return self._by_kind.get(kind)
