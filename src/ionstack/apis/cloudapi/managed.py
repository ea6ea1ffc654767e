"""What belongs to a managed service: the servers and volumes that Kubernetes nodes are made of."""

from __future__ import annotations

from typing import Annotated

from ionstack.catalogue.field import Guard, Internal, Maybe

ManagedBy = Internal[
    Maybe[
        Annotated[
            str, Guard("The resource is managed by a Kubernetes node pool; change the node pool instead")
        ]
    ]
]
"""The id of the node that a resource is part of."""
