"""What user management shows, rendered by the rules of depth of the CloudAPI family (`dialects/cloudapi/render`).

What two sides show of each other (a user's groups, a group's users) would have no end: of what is shown inside
something the properties are the last to be seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ionstack.catalogue.operation import Call
from ionstack.catalogue.view import Paging
from ionstack.dialects.cloudapi import query
from ionstack.dialects.cloudapi.plain import matching
from ionstack.dialects.page import links, page
from ionstack.dialects.text import body
from ionstack.engine import documents
from ionstack.engine.clock import iso

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Thing:
    """A user, group, share, key or resource. `inside` loads the collections it shows, by name."""

    id: str
    type: str
    path: str
    properties: Mapping[str, Any]
    metadata: Mapping[str, Any] | None = None
    inside: Mapping[str, Callable[[], Awaitable[Sequence[Thing]]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shown:
    """Shows things to the client of a call, inside the unit of work that has read them."""

    call: Call

    def bare(self, thing: Thing) -> Document:
        """A thing without what is in it."""
        shown: Document = {"id": thing.id, "type": thing.type, "href": self.call.base + thing.path}
        if thing.metadata is not None:
            shown["metadata"] = thing.metadata
        return {**shown, "properties": thing.properties}

    async def full(self, thing: Thing, depth: int) -> Document:
        """A thing to a depth."""
        entities: Document = {}
        for name, load in thing.inside.items():
            entities[name] = self._collection(f"{thing.id}/{name}", f"{thing.path}/{name}")
            if depth > 0:
                inner = min(depth - 1, 1)
                entities[name]["items"] = [await self._member(one, inner) for one in await load()]
        return {**self.bare(thing), **({"entities": entities} if entities else {})}

    async def listed(self, things: Sequence[Thing], id: str, paging: Paging | None = None) -> bytes:
        """A collection, searched, and a page of it where it pages."""
        depth = query.depth(self.call.query)
        by_text = {documents.dump(self.bare(thing)): thing for thing in things}
        found = [by_text[text] for text in matching(self.call.query, list(by_text))]
        collection = documents.dump(
            self._collection(id, self.call.url.split("?", 1)[0].removeprefix(self.call.base))
        )
        text = collection[:-1]
        if paging is not None:
            wanted = page(self.call.query, paging)
            more = len(found) > wanted.offset + wanted.limit
            found = found[wanted.offset : wanted.offset + wanted.limit]
            text += links(self.call, wanted, more=more)
        items = ",".join([documents.dump(await self._member(one, depth)) for one in found])
        return self._body(f'{text},"items":[{items}]}}')

    async def one(self, thing: Thing) -> bytes:
        """A thing, to the depth asked for."""
        return self._body(documents.dump(await self.full(thing, query.depth(self.call.query))))

    def made(self, thing: Thing) -> bytes:
        """A thing just made: nothing is in it yet."""
        query.depth(self.call.query)
        return self._body(documents.dump(self.bare(thing)))

    async def _member(self, thing: Thing, depth: int) -> Document:
        if depth > 0:
            return await self.full(thing, depth - 1)
        return {"id": thing.id, "type": thing.type, "href": self.call.base + thing.path}

    def _collection(self, id: str, path: str) -> Document:
        return {"id": id, "type": "collection", "href": self.call.base + path}

    def _body(self, text: str) -> bytes:
        return body(text, pretty=query.pretty(self.call.query))


def etag(*values: object) -> str:
    """32 hexadecimal digits that change with any of the values."""
    return hashlib.blake2b(repr(values).encode(), digest_size=16).hexdigest()


def past(created: int, by: str, by_id: str, modified: int, modifier: str, modifier_id: str) -> Document:
    """Who made and changed something, and when; what nobody changed is as it was made."""
    if not modified:
        modified, modifier, modifier_id = created, by, by_id
    return {
        "createdDate": iso(created), "createdBy": by, "createdByUserId": by_id,
        "lastModifiedDate": iso(modified), "lastModifiedBy": modifier, "lastModifiedByUserId": modifier_id,
    }  # fmt: skip
