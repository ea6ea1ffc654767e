"""How a resource is named.

In the store an id is unique within its contract. A scoped id (a LAN's number, a label's key) is unique
under its parent only, so it is stored as `<parent id>/<collection>/<wire id>`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ids:
    """The naming scheme of a kind. `collection` is set for scoped ids."""

    scheme: str  # uuid, sequential, keyed (by the property `key`), natural (given by the vendor)
    collection: str = ""
    key: str = ""

    @property
    def plain(self) -> bool:
        """Whether ids are made of letters, digits and dashes only: the same in JSON and in a path."""
        return self.scheme in ("uuid", "sequential")

    def stored(self, parent: str, wire: str) -> str:
        """The stored id of what the wire calls `wire` under `parent`."""
        return f"{parent}/{self.collection}/{wire}" if self.collection else wire

    def wire(self, stored: str) -> str:
        """What the wire calls a stored id."""
        if not self.collection:
            return stored
        return stored.split(f"/{self.collection}/", 1)[1]


def new_uuid(at: int) -> str:
    """A UUID of version 4 in form, whose first 48 bits are a time (µs) in milliseconds and the rest random.

    What is made together so lies together in every index, and a commit writes half as many pages.
    """
    digits = f"{at // 1000 & 0xFFFF_FFFF_FFFF:012x}{os.urandom(10).hex()}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[int(digits[16], 16) & 3]}{digits[17:20]}-{digits[20:]}"


UUID = Ids("uuid")
NATURAL = Ids("natural")


def sequential(collection: str) -> Ids:
    """1, 2, 3 ... under each parent, from a counter that never goes back."""
    return Ids("sequential", collection)


def keyed(collection: str, by: str) -> Ids:
    """The value of a property is the id under its parent."""
    return Ids("keyed", collection, by)
