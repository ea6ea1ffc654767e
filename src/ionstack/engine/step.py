"""The plan of a request: what is to be done to which resource, in order.

A plan is stored with its request, so any process can go on where another stopped. Each step may be taken
twice without harm.
"""

from __future__ import annotations

from dataclasses import dataclass

import orjson

ENSURE, ABSENT = "ensure", "absent"


@dataclass(frozen=True, slots=True)
class Step:
    """`action` is done to resource `id`; `change` is the word by which life cycles are timed."""

    action: str
    change: str
    kind: str
    id: str
    lineage: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of a request, and what was ordered to go wrong: a wait, in seconds, and a failure."""

    steps: tuple[Step, ...]
    wait: float = 0.0
    failure: str = ""

    def dump(self) -> str:
        """The plan as JSON text."""
        steps = [[s.action, s.change, s.kind, s.id, s.lineage] for s in self.steps]
        return orjson.dumps({"steps": steps, "wait": self.wait, "failure": self.failure}).decode()

    def touches(self, id: str) -> bool:
        """Whether a step is about this resource."""
        return any(step.id == id for step in self.steps)


def load(text: str) -> Plan:
    """The plan of a stored request."""
    stored = orjson.loads(text)
    return Plan(tuple(Step(*values) for values in stored["steps"]), stored["wait"], stored["failure"])
