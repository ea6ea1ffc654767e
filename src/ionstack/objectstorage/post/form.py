"""A multipart/form-data body, read as it comes: the fields before the file, then the file."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping

from ionstack.errors import S3Error

MOST_FIELDS = 64 * 1024
"""Bytes of everything before the file."""

_NAME = re.compile(r'(?<![a-z*])name="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_FILENAME = re.compile(r'filename="((?:[^"\\]|\\.)*)"', re.IGNORECASE)


def boundary_of(media_type: str) -> bytes:
    """The boundary of a Content-Type. Raises S3Error if it is no form's."""
    found = re.search(r'boundary=(?:"([^"]{1,70})"|([^\s;,"]{1,70}))', media_type)
    if not media_type.lower().startswith("multipart/form-data") or found is None:
        raise S3Error("MalformedPOSTRequest", "The Content-Type must be multipart/form-data with a boundary")
    return b"--" + (found[1] or found[2]).encode("latin-1")


class Form:
    """A form. `fields` are by lower-case name; after `read` the file comes from `file()`."""

    def __init__(self, source: AsyncIterator[bytes], boundary: bytes) -> None:
        self._source, self._mark = source, b"\r\n" + boundary
        self._held = b"\r\n"
        self.fields: dict[str, str] = {}
        self.filename = self.media_type = ""

    async def read(self) -> Mapping[str, str]:
        """Read on to the file. Raises S3Error for a form without one."""
        before = await self._until(self._mark)
        if before.strip(b"\r\n"):
            raise S3Error("MalformedPOSTRequest")
        while True:
            if (await self._until(b"\r\n")).startswith(b"--"):
                raise S3Error("InvalidArgument", "POST requires exactly one file upload per request.")
            name, filename, media_type = _described(await self._until(b"\r\n\r\n"))
            if name.lower() == "file":
                self.filename = filename.replace("\\", "/").rpartition("/")[2]
                self.media_type = media_type
                return self.fields
            self.fields[name.lower()] = (await self._until(self._mark)).decode("utf-8", "replace")
            if sum(map(len, self.fields.values())) > MOST_FIELDS:
                raise S3Error("MaxMessageLengthExceeded", "The form fields are too large")

    async def file(self) -> AsyncIterator[bytes]:
        """The file, piece by piece."""
        keep = len(self._mark) - 1
        while True:
            at = self._held.find(self._mark)
            if at >= 0:
                if at:
                    yield self._held[:at]
                self._held = self._held[at + len(self._mark) :]
                break
            if len(self._held) > keep:
                piece, self._held = self._held[:-keep], self._held[-keep:]
                yield piece
            await self._more()
        async for _ in self._source:  # fields after the file do not count
            pass

    async def _until(self, mark: bytes) -> bytes:
        while (at := self._held.find(mark)) < 0:
            if len(self._held) > MOST_FIELDS:
                raise S3Error("MaxMessageLengthExceeded", "The form fields are too large")
            await self._more()
        found, self._held = self._held[:at], self._held[at + len(mark) :]
        return found

    async def _more(self) -> None:
        more = await anext(self._source, None)
        if more is None:
            raise S3Error("MalformedPOSTRequest")
        self._held += more


def _described(raw: bytes) -> tuple[str, str, str]:
    """Name, file name and media type of a part."""
    text = raw.decode("utf-8", "replace")
    name = _NAME.search(text)
    if name is None:
        raise S3Error("MalformedPOSTRequest")
    filename = _FILENAME.search(text)
    media_type = re.search(r"^content-type:\s*(.+?)\s*$", text, re.IGNORECASE | re.MULTILINE)
    return name[1], filename[1] if filename else "", media_type[1] if media_type else ""
