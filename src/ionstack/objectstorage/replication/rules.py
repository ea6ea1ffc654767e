"""Which rule of a ReplicationConfiguration a new version falls under, and where to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ionstack.objectstorage import xml
from ionstack.objectstorage.documents import selection
from ionstack.objectstorage.documents.selection import Selection
from ionstack.objectstorage.documents.settings import REPLICATION
from ionstack.objectstorage.records import Bucket
from ionstack.objectstorage.xml import Node

PENDING, COMPLETED, FAILED, REPLICA = "PENDING", "COMPLETED", "FAILED", "REPLICA"
STATUS = "replication"
"""Under which name a version keeps its status."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that is enabled. `target` is the name of a bucket."""

    target: str
    selection: Selection
    priority: int
    markers: bool

    def is_for(self, key: bytes, tagged: str, *, marker: bool) -> bool:
        """Whether a new version is one of those that go to the target."""
        if marker and (self.selection.tags or not self.markers):
            return False
        return self.selection.has(key, tagged)


def find(bucket: Bucket, key: bytes, tagged: str, *, marker: bool = False) -> Rule | None:
    """The rule for a new version: of several the one that comes first by its priority."""
    document = bucket.configs.get(REPLICATION)
    if document is None:
        return None
    return next((rule for rule in rules(document) if rule.is_for(key, tagged, marker=marker)), None)


@lru_cache(maxsize=256)
def rules(document: str) -> Sequence[Rule]:
    """The rules of a kept document that are enabled, the highest priority first."""
    root = xml.read(document.encode(), "ReplicationConfiguration")
    enabled = [_rule(node) for node in root.all("Rule") if node.one("Status").text == "Enabled"]
    return sorted(enabled, key=lambda rule: -rule.priority)


def _rule(node: Node) -> Rule:
    markers = node.maybe("DeleteMarkerReplication")
    return Rule(
        target=node.one("Destination").one("Bucket").text.rpartition(":")[2],
        selection=selection.of(node),
        priority=node.number("Priority") or 0,
        markers=markers.one("Status").text == "Enabled" if markers else node.maybe("Filter") is None,
    )
