"""How time passes for a request: at once, as in life, or as in life with failures."""

from __future__ import annotations

import random

import orjson

from ionstack.catalogue.registry import Catalogue
from ionstack.engine.requests import Request

INSTANT, REALISTIC, CHAOS = "instant", "realistic", "chaos"
PROFILES = (INSTANT, REALISTIC, CHAOS)


def seconds(request: Request, catalogue: Catalogue, profile: str) -> float:
    """How long a request takes in world time: its longest step, and what a fault adds.

    Drawn from the life cycles' spans, always the same for the same request, so a restart changes nothing.
    """
    plan = request.work
    longest = 0.0
    if profile != INSTANT:
        for index, step in enumerate(plan.steps):
            span = catalogue[step.kind].lifecycle.seconds.get(step.change)
            if span is not None:
                longest = max(longest, _chance(request, f"time {index}").uniform(*span))
    return longest + plan.wait


def failure(request: Request, catalogue: Catalogue, profile: str) -> str:
    """Why a request is to fail by order of a fault or by the chances of chaos; empty if it is not."""
    plan = request.work
    if plan.failure or profile != CHAOS:
        return plan.failure
    for index, step in enumerate(plan.steps):
        if _chance(request, f"luck {index}").random() < catalogue[step.kind].lifecycle.chance_of_failure:
            return "[VDC-5-0] The simulated infrastructure failed by chance (profile chaos)"
    return ""


def _chance(request: Request, what: str) -> random.Random:
    return random.Random(f"{request.id} {what}")  # noqa: S311  repeatable, not secret


def named(settings: str) -> str:
    """The profile that a contract's settings (JSON text) name, or an empty word."""
    return str(orjson.loads(settings).get("profile") or "")
