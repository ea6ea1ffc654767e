"""Buckets, versions and uploads as they are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from ionstack.store.port import Record

ENABLED, SUSPENDED = "Enabled", "Suspended"
USER, CONTRACT = "user", "contract"
NULL = "null"
"""The version id of an object written while versioning was off."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket. `configs` are its documents by name, `acl` is empty for a private one, `created` is wall µs."""

    ordinal: int
    name: str
    region: str
    kind: str
    contract: int
    owner: str
    owner_name: str
    created: int
    revision: int
    versioning: str
    locked: bool
    acl: str
    configs: Mapping[str, str]

    @property
    def versioned(self) -> bool:
        """Whether versioning is or was on."""
        return bool(self.versioning)


NOWHERE = Bucket(0, "", "", "", 0, "", "", 0, 0, "", False, "", {})
"""No bucket: a call of the service itself."""


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Mapping[str, str]:
    found: Mapping[str, str] = orjson.loads(text)
    return found


def configs_text(configs: Mapping[str, str]) -> str:
    """Documents as stored."""
    return orjson.dumps(configs).decode()


def configs(text: str) -> Mapping[str, str]:
    """Documents as stored."""
    return _parsed(text)


def bucket(record: Record) -> Bucket:
    """A row of the statement `bucket`."""
    (
        ordinal,
        name,
        region,
        kind,
        contract,
        owner,
        owner_name,
        created,
        revision,
        versioning,
        locked,
        acl,
        configs,
    ) = record
    return Bucket(
        ordinal,
        name,
        region,
        kind,
        contract,
        owner,
        owner_name,
        created,
        revision,
        versioning,
        bool(locked),
        acl,
        _parsed(configs),
    )


@dataclass(frozen=True, slots=True)
class Head:
    """What an object has beside its body. `system` are the headers a client gave and gets back, by name;
    `extra` is what we know ourselves: checksums, encryption, sizes of the parts."""

    system: Mapping[str, str] = field(default_factory=dict)
    user: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    def knowing(self, extra: Mapping[str, Any]) -> Head:
        """The same, with more that we know ourselves."""
        return Head(self.system, self.user, {**self.extra, **extra})

    def text(self) -> str:
        """As stored."""
        return orjson.dumps([self.system, self.user, self.extra]).decode()


@lru_cache(maxsize=2048)
def head(text: str) -> Head:
    """A head as stored."""
    return Head(*orjson.loads(text))


@dataclass(frozen=True, slots=True)
class Blob:
    """A file of the store and the bytes of the object in it."""

    name: str
    size: int


def blobs(text: str) -> Sequence[Blob]:
    """The blobs of a row; none if there is no text."""
    return [Blob(name, size) for name, size in orjson.loads(text)] if text else []


def blobs_text(parts: Sequence[Blob]) -> str:
    """Blobs as stored."""
    return orjson.dumps([[one.name, one.size] for one in parts]).decode() if parts else ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an object will have beside its body, as the request that makes it says."""

    head: Head = field(default_factory=Head)
    acl: str = ""
    tags: str = ""
    lock_mode: str = ""
    lock_until: int = 0
    hold: bool = False

    def text(self) -> str:
        """As stored with an upload."""
        return orjson.dumps(
            [self.head.text(), self.acl, self.tags, self.lock_mode, self.lock_until, self.hold]
        ).decode()


def draft(text: str) -> Draft:
    """A draft as stored."""
    first, *rest = orjson.loads(text)
    return Draft(head(first), *rest)


class Version(NamedTuple):
    """A version of an object, or a delete marker. Its body is `inline` or in `parts`; instants are wall µs."""

    key: bytes
    place: int
    version: str
    latest: bool
    marker: bool
    size: int
    etag: str
    modified: int
    owner: str
    owner_name: str
    head: Head
    acl: str
    tags: str
    lock_mode: str
    lock_until: int
    hold: bool
    inline: bytes | None
    parts: Sequence[Blob]


def version(key: bytes, record: Record) -> Version:
    """A row of the statements `latest` and `version`."""
    (
        place, id, latest, marker, size, etag, modified, owner, name, stored, acl, tags, mode, until, hold, inline, parts,
    ) = record  # fmt: skip
    return Version(
        key, place, id, bool(latest), bool(marker), size, etag, modified, owner, name, head(stored), acl, tags,
        mode, until, bool(hold), inline, blobs(parts),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Upload:
    """A multipart upload under way; `done` is the version it became, once it is complete."""

    id: str
    key: bytes
    started: int
    owner: str
    owner_name: str
    draft: Draft
    done: str


def upload(record: Record) -> Upload:
    """A row of the statement `upload`."""
    id, key, started, owner, name, stored, *done = record
    return Upload(id, bytes(key), started, owner, name, draft(stored), done[0] if done else "")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an upload."""

    number: int
    etag: str
    size: int
    modified: int
    checksum: str
    blobs: Sequence[Blob]


def part(record: Record) -> Part:
    """A row of the statement `parts`."""
    number, etag, size, modified, checksum, stored = record
    return Part(number, etag, size, modified, checksum, blobs(stored))
