"""A resource as the store keeps it."""

from __future__ import annotations

from typing import NamedTuple

_SPREAD = 0x9E3779B97F4A7C15F39CC0605CEDC835
_GATHER = pow(_SPREAD, -1, 1 << 128)


class Row(NamedTuple):
    """One row of the resource table. The three documents are JSON text with no key in common."""

    ordinal: int
    contract: int
    id: str
    kind: str
    parent: str
    root: str
    lineage: str
    region: str
    shape: int
    revision: int
    reached: int
    version: int
    state: str
    pending: int
    deleting: bool
    created: int
    created_by: str
    created_by_id: str
    modified: int
    modified_by: str
    modified_by_id: str
    desired: str
    internal: str
    observed: str

    @property
    def etag(self) -> str:
        """32 hexadecimal digits that change with every write to the row."""
        return etag(self.ordinal, self.version)


def etag(ordinal: int, version: int) -> str:
    """32 hexadecimal digits for a version of what has an ordinal."""
    return f"{((ordinal << 64) | version) * _SPREAD % (1 << 128):032x}"


COLUMNS = ", ".join(Row._fields)


def etag_parts(etag: str) -> tuple[int, int] | None:
    """The ordinal and version an ETag stands for, or None if it is no ETag of ours."""
    try:
        mixed = int(etag, 16) * _GATHER % (1 << 128)
    except ValueError:
        return None
    ordinal, version = mixed >> 64, mixed & (1 << 64) - 1
    return (ordinal, version) if ordinal < 1 << 63 and version < 1 << 63 else None
