"""The simulated cloud: what is desired simply is so."""

from __future__ import annotations

from ionstack.drivers.port import Observation, Spec


class Simulated:
    """A driver for capabilities whose resources have nothing to observe."""

    immediate = True

    async def ensure(self, spec: Spec) -> Observation:
        return Observation()

    async def absent(self, spec: Spec) -> None:
        return None
