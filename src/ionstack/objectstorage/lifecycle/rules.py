"""What the rules of a LifecycleConfiguration say of a version or an upload. Instants are world µs.

Days count from the midnight (UTC) after the instant they begin at, as S3 has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ionstack.engine.clock import SECOND
from ionstack.objectstorage import instants, xml
from ionstack.objectstorage.documents import selection
from ionstack.objectstorage.documents.selection import Selection
from ionstack.objectstorage.xml import Node

DAY = 86_400 * SECOND


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that is enabled; days are None where it says nothing."""

    selection: Selection
    id: str = ""
    larger: int = -1
    smaller: int | None = None
    days: int | None = None
    date: int | None = None
    markers: bool = False
    noncurrent_days: int | None = None
    newer: int = 0
    abort_days: int | None = None

    def is_for(self, key: bytes, size: int, tagged: str) -> bool:
        """Whether a version is one of those that the rule is for."""
        if size <= self.larger or (self.smaller is not None and size >= self.smaller):
            return False
        return self.selection.has(key, tagged)

    def ends(self, written: int, now: int) -> bool:
        """Whether the current version expires."""
        end = self.end(written)
        return end is not None and now >= end

    def end(self, written: int) -> int | None:
        """When the current version expires; None if it does not."""
        ends = [one for one in (_end(written, self.days), self.date) if one is not None]
        return min(ends, default=None)

    def ends_noncurrent(self, since: int, newer: int, now: int) -> bool:
        """Whether a version that is not current since an instant goes; `newer` is how many such are newer."""
        return _due(since, self.noncurrent_days, now) and newer >= self.newer

    def ends_marker(self, written: int, now: int) -> bool:
        """Whether a delete marker goes that has no version left below it."""
        return self.markers or self.ends(written, now)

    def ends_upload(self, key: bytes, started: int, now: int) -> bool:
        """Whether an upload that was never completed goes."""
        return key.startswith(self.selection.prefix) and _due(started, self.abort_days, now)


def _end(since: int, days: int | None) -> int | None:
    return None if days is None else ((since + days * DAY) // DAY + 1) * DAY


def _due(since: int, days: int | None, now: int) -> bool:
    end = _end(since, days)
    return end is not None and now >= end


@lru_cache(maxsize=256)
def rules(document: str) -> Sequence[Rule]:
    """The rules of a kept document that are enabled."""
    root = xml.read(document.encode(), "LifecycleConfiguration")
    return [_rule(node) for node in root.all("Rule") if node.one("Status").text == "Enabled"]


def _rule(node: Node) -> Rule:
    terms = selection.terms(node)
    smaller, larger = terms.number("ObjectSizeLessThan"), terms.number("ObjectSizeGreaterThan")
    expiration, noncurrent = node.maybe("Expiration"), node.maybe("NoncurrentVersionExpiration")
    abort = node.maybe("AbortIncompleteMultipartUpload")
    date = expiration.get("Date") if expiration else None
    return Rule(
        selection=selection.of(node),
        id=node.get("ID") or "",
        larger=-1 if larger is None else larger,
        smaller=smaller,
        days=expiration.number("Days") if expiration else None,
        date=instants.of_iso(date) if date else None,
        markers=expiration is not None and expiration.get("ExpiredObjectDeleteMarker") == "true",
        noncurrent_days=(noncurrent.number("NoncurrentDays") or 0) if noncurrent else None,
        newer=(noncurrent.number("NewerNoncurrentVersions") or 0) if noncurrent else 0,
        abort_days=abort.number("DaysAfterInitiation") if abort else None,
    )
