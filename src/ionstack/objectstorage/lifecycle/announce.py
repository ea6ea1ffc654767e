"""Tells clients when an object will expire: the header x-amz-expiration, whose date is one of the contract's world."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from ionstack.engine.clock import SECOND
from ionstack.objectstorage import instants
from ionstack.objectstorage.documents.lifecycle import NAME
from ionstack.objectstorage.lifecycle.rules import rules
from ionstack.objectstorage.objects import New
from ionstack.objectstorage.records import Bucket, Version
from ionstack.objectstorage.storage import Storage

_LAST = 253_370_764_800 * SECOND
"""The beginning of the year 9999: no header can tell of a later one."""


async def of_version(storage: Storage, bucket: Bucket, version: Version) -> Mapping[str, str]:
    """The header for a version that was read; empty if it is not the current one or never expires."""
    if NAME not in bucket.configs or not version.latest:
        return {}
    return await _header(storage, bucket, version.key, (version.size, version.tags), version.modified)


async def of_new(storage: Storage, bucket: Bucket, key: bytes, new: New, now: int) -> Mapping[str, str]:
    """The header for a version that was written at a wall time (µs)."""
    if NAME not in bucket.configs:
        return {}
    return await _header(storage, bucket, key, (new.stored.size, new.draft.tags), now)


async def _header(
    storage: Storage, bucket: Bucket, key: bytes, traits: tuple[int, str], modified: int
) -> Mapping[str, str]:
    fitting = [rule for rule in rules(bucket.configs[NAME]) if rule.is_for(key, *traits)]
    if not fitting:
        return {}
    written = (await storage.past(bucket)).at(modified)
    ends = [(end, rule.id) for rule in fitting if (end := rule.end(written)) is not None and end < _LAST]
    if not ends:
        return {}
    end, id = min(ends)
    return {"x-amz-expiration": f'expiry-date="{instants.http(end)}", rule-id="{quote(id)}"'}
