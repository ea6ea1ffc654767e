"""Which versions a rule of a document is for: by the beginning of the key, and by tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ionstack.objectstorage import tags
from ionstack.objectstorage.xml import Node


@dataclass(frozen=True, slots=True)
class Selection:
    """The keys that begin with `prefix`, with all of `tags`."""

    prefix: bytes = b""
    tags: Mapping[str, str] = field(default_factory=dict)

    def has(self, key: bytes, tagged: str) -> bool:
        """Whether a version with stored tags is one of them."""
        if not key.startswith(self.prefix):
            return False
        return not self.tags or self.tags.items() <= tags.parsed(tagged).items()


def terms(rule: Node) -> Node:
    """The element that has the terms: the filter, what it joins by And, or in older documents the rule itself."""
    chosen = rule.maybe("Filter")
    return rule if chosen is None else chosen.maybe("And") or chosen


def of(rule: Node) -> Selection:
    """What a rule selects."""
    found = terms(rule)
    tagged = {one.one("Key").text: one.one("Value").text for one in found.all("Tag")}
    return Selection((found.get("Prefix") or "").encode(), tagged)
