"""The operations of the control API, a module for each noun."""

from __future__ import annotations

from collections.abc import Sequence

from ionstack.catalogue.operation import Operation
from ionstack.control.operations import (
    audit,
    contracts,
    faults,
    images,
    keys,
    locations,
    maintenance,
    members,
    objects,
    s3_keys,
    second_factor,
    status,
    tokens,
)

OPERATIONS: Sequence[Operation] = (
    *status.OPERATIONS,
    *contracts.OPERATIONS,
    *members.OPERATIONS,
    *faults.OPERATIONS,
    *tokens.OPERATIONS,
    *s3_keys.OPERATIONS,
    *second_factor.OPERATIONS,
    *images.OPERATIONS,
    *audit.OPERATIONS,
    *keys.OPERATIONS,
    *locations.OPERATIONS,
    *maintenance.OPERATIONS,
    *objects.OPERATIONS,
)
"""All of them. They are open to the gateway and guard themselves: the admin token stands outside of all contracts."""
