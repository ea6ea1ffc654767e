"""Who asked for a change, how, and when: what a unit of work writes beside the change itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ionstack.identity.principal import Principal


@dataclass(frozen=True, slots=True)
class Fault:
    """A provisioning failure to rehearse: the request fails with `message`, or waits `seconds` first."""

    message: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Order:
    """One accepted HTTP call. `body` has its secrets masked; `headers` only harmless names;
    `flags` are the boolean query parameters that are true."""

    principal: Principal
    wall: int
    method: str = ""
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    address: str = ""
    call_id: str = ""
    fault: Fault | None = None
    flags: frozenset[str] = frozenset()

    @property
    def world(self) -> int:
        """The contract's own time when the call came."""
        return self.principal.terms.world.at(self.wall)
