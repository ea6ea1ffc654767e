"""Object Storage Management: the access keys of the calling user, and the regions they open."""

from __future__ import annotations

from collections.abc import Sequence

from ionstack.apis.objectstoragemanagement import accesskeys, regions
from ionstack.catalogue.operation import Operation


def operations() -> Sequence[Operation]:
    """All eight."""
    return [*accesskeys.operations(), *regions.operations()]
