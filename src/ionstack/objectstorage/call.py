"""A call of Object Storage: what is asked, by whom, and what is answered.

Handlers know neither ASGI nor signatures: they take a Call, whose body arrives decoded and checked, and give an
Answer, whose body is bytes or a stream.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from ionstack.errors import S3Error
from ionstack.objectstorage.records import NOWHERE, Bucket

if TYPE_CHECKING:
    from ionstack.objectstorage.body import Body as RequestBody

XML = "application/xml"
_IDS = ("versionId", "version-id-marker", "uploadId", "upload-id-marker")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. Without an access key nobody is known: then everything is empty and `contract` is 0.

    `canonical` is the id of a user in ACLs (64 hexadecimal digits), `contract_user` the one that policies of
    contract-owned buckets name, `contract_owner` the canonical id of the contract's owner.
    """

    user: str = ""
    contract: int = 0
    canonical: str = ""
    contract_user: str = ""
    contract_owner: str = ""
    name: str = ""
    administrator: bool = False
    access_key: str = ""

    @property
    def anonymous(self) -> bool:
        """Whether the call was not signed."""
        return not self.access_key


NOBODY = Caller()


def _decoded(text: str) -> str:
    return unquote_plus(text, errors="replace") if "%" in text or "+" in text else text


class Query:
    """A query string: names in order, the first value of each counts, a bare name has the value "". `raw` is its text."""

    __slots__ = ("_values", "pairs", "raw")

    def __init__(self, raw: str) -> None:
        self.raw = raw
        split = (part.partition("=") for part in raw.split("&") if part)
        self.pairs: Sequence[tuple[str, str]] = [
            (_decoded(name), _decoded(value)) for name, _, value in split
        ]
        self._values = dict(reversed(self.pairs))

    def get(self, name: str) -> str | None:
        """The value of a parameter, or None."""
        return self._values.get(name)

    def __contains__(self, name: str) -> bool:
        return name in self._values


@lru_cache(maxsize=2048)
def query(raw: str) -> Query:
    """A query string, read once: most are sent again and again. Raises S3Error for an id that can be none."""
    found = Query(raw)
    if any("\0" in value for name, value in found.pairs if name in _IDS):
        raise S3Error("InvalidArgument", "An id holds the character U+0000")
    return found


Body = bytes | AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back. Where the body is a stream, `headers` says its content-length."""

    status: int = 200
    body: Body = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = XML


@dataclass(slots=True)
class Call:
    """One call. `bucket` and `key` are decoded and empty where none is named; `headers` have lower-case names.

    `region` is the host's, else that of the signature, else empty. `place` is the bucket as stored, where the
    route needs one that exists. `now` is wall µs.
    """

    method: str
    bucket: str
    key: str
    query: Query
    headers: Mapping[str, str]
    caller: Caller
    region: str
    address: str
    host: str
    secure: bool
    request_id: str
    now: int
    body: RequestBody
    place: Bucket = NOWHERE
    presigned: bool = False

    @property
    def raw_key(self) -> bytes:
        """The key as it is stored."""
        return self.key.encode()
