"""From the threads of FTPS connections to the cloud, which lives on the event loop."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pyftpdlib.authorizers import AuthenticationFailed
from pyftpdlib.filesystems import FilesystemError

from ionstack.apis.cloudapi import facts, privateimages
from ionstack.engine.clock import SECOND
from ionstack.errors import ApiError, StoreError
from ionstack.store.port import Tx

if TYPE_CHECKING:
    from ionstack.app import Cloud

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds that a connection waits for the cloud; a guessed password alone may take several."""

_HOST = re.compile(r"ftp-([a-z0-9-]+)\.")


@dataclass(frozen=True, slots=True)
class Shown:
    """An image in a listing. `size` is in GB, `created` in seconds since the epoch."""

    name: str
    size: float
    created: int


class Bridge:
    """What uploads ask of a cloud. Called in threads; waits for the loop."""

    def __init__(self, cloud: Cloud, loop: asyncio.AbstractEventLoop) -> None:
        self._cloud, self._loop = cloud, loop

    def sign_in(self, user: str, password: str, address: str) -> int:
        """The contract of a user. Raises AuthenticationFailed: passwords only, so no second factor."""
        encoded = base64.b64encode(f"{user}:{password}".encode("utf-8", "replace")).decode()
        try:
            principal = self._wait(self._cloud.identity.authenticate(f"Basic {encoded}", None, address))
        except (ApiError, StoreError) as refused:
            raise AuthenticationFailed(str(refused)) from None
        return principal.contract

    def location(self, host: str) -> str:
        """The location that the host's name means, or ""."""
        found = _HOST.match(host.lower())
        return self.location_of_part(found[1]) if found else ""

    def location_of_part(self, part: str) -> str:
        """The location by its part of a host's name, as `fra` and `fra-2`, or ""."""
        return {facts.upload_part(id): id for id in facts.locations()}.get(part, "")

    def parts(self) -> Sequence[str]:
        """The directories of all locations."""
        return [facts.upload_part(id) for id in facts.locations()]

    def images(self, contract: int, location: str, kind: str) -> Sequence[Shown]:
        """A contract's own images of a type in a location."""

        async def work(tx: Tx) -> Sequence[Shown]:
            found = await privateimages.of_contract(tx, contract)
            return [
                Shown(str(one["name"]), float(one["size"]), row.created // SECOND)
                for row, one in found
                if (one["location"], one["imageType"]) == (location, kind)
            ]

        return self._ask(self._cloud.store.read(work))

    def prove_new(self, contract: int, location: str, name: str) -> None:
        """FilesystemError if the location has an image of the name."""

        async def work(tx: Tx) -> None:
            await privateimages.prove_new(tx, contract, {"name": name, "location": location})

        self._ask(self._cloud.store.read(work))

    def add(self, contract: int, location: str, kind: str, name: str, size: float) -> None:
        """Make a private image of what was uploaded."""
        wanted = {"name": name, "size": size, "imageType": kind, "licenceType": "UNKNOWN"}
        self._ask(privateimages.add(self._cloud, contract, wanted, location))

    def _ask(self, question: Coroutine[Any, Any, T]) -> T:
        try:
            return self._wait(question)
        except (ApiError, StoreError) as refused:
            raise FilesystemError(str(refused)) from None

    def _wait(self, question: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(question, self._loop).result(PATIENCE)
