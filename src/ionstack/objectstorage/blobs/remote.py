"""Blobs as objects of another object store: S3, Google Cloud Storage or Azure.

Each blob is one object of a few megabytes, put at once: so no upload is ever left half done over there, and none is
too large to be copied there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from ionstack.errors import StoreUnavailable, UsageError
from ionstack.objectstorage import instants

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_RETRY = timedelta(seconds=20)
"""How long a call may be tried again, before it counts as failed."""


class Remote:
    """A shelf in another object store."""

    largest = 8 * 1024 * 1024

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def create(self, name: str) -> Draft:
        """Begin an object."""
        return Draft(self._store, name)

    def open(self, name: str) -> Ranges:
        """Begin to read an object."""
        return Ranges(self._store, name)

    def copy(self, name: str, to: str) -> None:
        """Let the store copy an object."""
        with _reached():
            self._store.copy(_path(name), _path(to))

    def remove(self, names: Sequence[str]) -> None:
        """Delete objects."""
        for name in names:
            with _reached():
                try:
                    self._store.delete(_path(name))
                except FileNotFoundError:
                    continue

    def older(self, instant: int) -> Iterable[str]:
        """The objects last written before an instant (wall µs)."""
        with _reached():
            return [
                meta["path"].rpartition("/")[2]
                for page in self._store.list(chunk_size=1000)
                for meta in page
                if instants.of(meta["last_modified"]) < instant
            ]


class Draft:
    """An object that is gathered, and put when it is whole."""

    def __init__(self, store: ObjectStore, name: str) -> None:
        self._store, self._name = store, name
        self._data = bytearray()
        self._put = False

    def write(self, data: bytes) -> None:
        """Add to its end."""
        self._data += data

    def settle(self) -> None:
        """Put it."""
        self._put = True  # also if this fails: nobody knows then whether it arrived
        with _reached():
            try:
                self._store.put(_path(self._name), self._data, use_multipart=False)
            except FileNotFoundError as error:  # there is no bucket
                raise StoreUnavailable(f"the store of objects: {_line(error)}") from None
        self._data = bytearray()

    def abandon(self) -> None:
        """Delete it, if it was put."""
        if self._put:
            Remote(self._store).remove([self._name])


class Ranges:
    """An object of which ranges are read."""

    def __init__(self, store: ObjectStore, name: str) -> None:
        self._store, self._name = store, name

    def read(self, start: int, count: int) -> bytes:
        """Bytes of it."""
        with _reached():
            return bytes(self._store.get_range(_path(self._name), start=start, length=count))

    def close(self) -> None:
        """Nothing is held."""


def remote(url: str) -> Remote:
    """The shelf at a URL; keys and endpoint come from the variables that its tools read. UsageError in one line."""
    from obstore.exceptions import BaseError
    from obstore.store import from_url

    try:
        return Remote(from_url(url, retry_config={"max_retries": 4, "retry_timeout": _RETRY}))
    except (BaseError, ValueError) as error:
        raise UsageError(f"--s3-store {url}: {_line(error)}") from None


@contextmanager
def _reached() -> Iterator[None]:
    from obstore.exceptions import BaseError

    try:
        yield
    except BaseError as error:
        raise StoreUnavailable(f"the store of objects: {_line(error)}") from None


def _path(name: str) -> str:
    return f"{name[:2]}/{name}"


def _line(error: Exception) -> str:
    """What an error says first; the rest is a dump of the library's own."""
    return str(error).partition("\n")[0].strip()
