"""Life cycles as data: which states a resource shows, and how long each change takes.

`instant` ignores the times; `realistic` draws each from its range, in seconds of world time; `chaos` does
the same and lets a share of the changes fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Seconds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The states of one resource kind, and the time its driver takes by action."""

    settled: str = "AVAILABLE"
    failed: str = "FAILED"
    busy: str = "BUSY"
    creating: str = "BUSY"
    updating: str = "BUSY"
    deleting: str = "BUSY"
    seconds: Mapping[str, Seconds] = field(
        default_factory=lambda: {"create": (5.0, 20.0), "update": (3.0, 10.0), "delete": (3.0, 10.0)}
    )
    chance_of_failure: float = 0.05

    @property
    def passing(self) -> tuple[str, ...]:
        """The states that say by themselves that something is under way."""
        return (self.creating, self.updating, self.deleting)

    def during(self, action: str) -> str:
        """The state shown while an action is under way."""
        return {"create": self.creating, "delete": self.deleting}.get(action, self.updating)


PROVISIONED = Lifecycle()
"""Virtual data centers and what is in them: BUSY while a request touches them, then AVAILABLE."""

MACHINE = Lifecycle(
    seconds={
        "create": (20.0, 60.0), "update": (5.0, 20.0), "delete": (5.0, 15.0), "upgrade": (10.0, 30.0),
        **dict.fromkeys(("start", "stop", "reboot", "suspend", "resume", "attach", "detach"), (3.0, 15.0)),
    }
)  # fmt: skip
"""What runs: servers, gateways and balancers. They take tens of seconds to come, and a few for a switch."""

DISK = Lifecycle(
    seconds={
        "create": (8.0, 40.0), "update": (5.0, 15.0), "delete": (3.0, 10.0), "attach": (3.0, 10.0),
        "detach": (3.0, 10.0), "snapshot": (8.0, 40.0), "restore": (8.0, 40.0),
    }
)  # fmt: skip
"""What holds data: volumes and snapshots."""

RECORD = Lifecycle(creating="AVAILABLE", updating="AVAILABLE", deleting="AVAILABLE", seconds={})
"""Plain records (labels): changed at once, no request."""
