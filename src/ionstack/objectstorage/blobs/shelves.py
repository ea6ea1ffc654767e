"""Which shelf the settings ask for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ionstack.errors import StoreUnavailable, UsageError
from ionstack.objectstorage.blobs.directory import Directory
from ionstack.objectstorage.blobs.shelf import Shelf
from ionstack.objectstorage.blobs.writer import new_name

if TYPE_CHECKING:
    from ionstack.config import Settings


PATIENCE = 600.0
"""Seconds for which servers that share a shelf let each other read what was overwritten or deleted."""


async def shelf(settings: Settings) -> Shelf:
    """Where the blobs of a server lie. Raises UsageError in one line for a store that cannot be used."""
    if settings.s3_store is None:
        durable = settings.s3_durability == "durable" and not settings.ephemeral
        return Directory(settings.s3_data_dir or settings.data_dir / "objects", durable=durable)
    from ionstack.objectstorage.blobs.remote import remote

    found = remote(settings.s3_store)
    try:
        await asyncio.to_thread(_prove, found)
    except StoreUnavailable as failed:
        raise UsageError(f"--s3-store {settings.s3_store} cannot be written to and read: {failed}") from None
    return found


def _prove(shelf: Shelf) -> None:
    """Write a blob, read it and remove it. Raises StoreUnavailable."""
    name = new_name()
    unfinished = shelf.create(name)
    unfinished.write(b"ionstack")
    unfinished.settle()
    if shelf.open(name).read(0, 8) != b"ionstack":
        raise StoreUnavailable("it does not give back what was put there")
    shelf.remove([name])
