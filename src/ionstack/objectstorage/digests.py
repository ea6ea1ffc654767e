"""What a stored body must be: its ETag, and the checksum that was kept of it, computed once more."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ionstack.objectstorage import checksums
from ionstack.objectstorage.records import Head


def etag_of_parts(digests: Sequence[bytes]) -> str:
    """The ETag of an object that was uploaded in parts, of the MD5 digests of these."""
    whole = hashlib.md5(b"".join(digests), usedforsecurity=False)
    return f"{whole.hexdigest()}-{len(digests)}"


class Digests:
    """Takes a body and compares. An ETag of parts is that of the digests of parts of `sizes`."""

    def __init__(self, etag: str, sizes: Sequence[int], checksum: tuple[str, str] | None) -> None:
        self._etag, self._left, self._checksum = etag, list(sizes), checksum
        self._of_parts, self._parts = "-" in etag, list[bytes]()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sum = checksums.ALGORITHMS[checksum[0]]() if checksum else None

    @classmethod
    def of(cls, etag: str, head: Head) -> Digests:
        """For a body of which an ETag and a head were stored."""
        name, value, kind = head.extra.get("checksum", ("", "", ""))
        return cls(etag, head.extra.get("parts", ()), (name, value) if kind == checksums.FULL else None)

    def take(self, data: bytes) -> None:
        """Take more bytes."""
        if self._sum is not None:
            self._sum.update(data)
        while self._of_parts and self._left and len(data) >= self._left[0]:
            cut = self._left.pop(0)
            self._md5.update(data[:cut])
            self._parts.append(self._md5.digest())
            self._md5, data = hashlib.md5(usedforsecurity=False), data[cut:]
        self._md5.update(data)
        if self._of_parts and self._left:
            self._left[0] -= len(data)

    @property
    def difference(self) -> str:
        """In what the bytes differ from what was stored of them; empty if they do not."""
        if self._sum is not None and self._checksum is not None:
            name, value = self._checksum
            if checksums.encode(self._sum.digest()) != value:
                return f"its bytes are not those that its {name} was made of"
        if self._found not in ("", self._etag):
            return "its bytes are not those that its ETag was made of"
        return ""

    @property
    def _found(self) -> str:
        """The ETag of all that was taken; empty if nobody knows of which parts it was made."""
        if not self._of_parts:
            return self._md5.hexdigest()
        return etag_of_parts(self._parts) if self._parts else ""
