"""The driver port: converge to what is desired, tell what is there.

Every call may be repeated and must then change nothing more. A driver keeps no state of its own: the
desired state lives in the store alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ionstack.errors import IonstackError


@dataclass(frozen=True, slots=True)
class Spec:
    """What a resource is to be: its desired properties at `revision`, and what was seen of it last."""

    contract: int
    id: str
    kind: str
    parent: str
    region: str
    revision: int
    desired: Mapping[str, Any]
    observed: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Observation:
    """What a driver saw: properties only it can know, and the state if it is not the settled one."""

    properties: Mapping[str, Any] = field(default_factory=dict)
    state: str = ""


class ProvisioningFailed(IonstackError):
    """The change cannot be brought about; the message goes to whoever asked for it."""


class Driver(Protocol):
    """Makes one capability real.

    An `immediate` driver finishes at once and waits for nothing: it may run inside the accepting
    transaction. Raises ProvisioningFailed for good; anything else is tried again.
    """

    @property
    def immediate(self) -> bool:
        """Whether the driver never waits."""

    async def ensure(self, spec: Spec) -> Observation:
        """Bring the resource to its desired state, creating it where it is missing."""

    async def absent(self, spec: Spec) -> None:
        """See that the resource is gone; a missing one is a success."""
