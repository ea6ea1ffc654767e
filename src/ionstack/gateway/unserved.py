"""What the vendor has and Ionstack does not serve yet: told apart from what does not exist."""

from __future__ import annotations

from collections.abc import Iterable

from ionstack.apis import reference
from ionstack.catalogue.api import Api
from ionstack.gateway.address import mount


class Unserved:
    """Finds the API that a canonical path belongs to, served or not."""

    def __init__(self, apis: Iterable[Api]) -> None:
        # The longest base first: version 2 of a product lies below version 1's empty one.
        self._mounts = sorted(((mount(api), api) for api in apis if api.family != "s3"), key=lambda pair: -len(pair[0]))

    def api(self, path: str) -> Api | None:
        """The API of a path, by the longest base that fits."""
        for base, api in self._mounts:
            if path == base or path.startswith(f"{base}/"):
                return api
        return None

    def methods(self, api: Api, path: str) -> frozenset[str]:
        """The methods that the vendor's API has at a canonical path."""
        return reference.methods(api, path.removeprefix(mount(api)) or "/")
