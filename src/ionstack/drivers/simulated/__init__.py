"""The simulated cloud: what is desired simply is so."""

from __future__ import annotations

from collections.abc import Mapping

from ionstack.drivers.port import Driver, Observation, Spec


class Simulated:
    """A driver for resources that have nothing to observe."""

    immediate = True

    async def ensure(self, spec: Spec) -> Observation:
        return Observation()

    async def absent(self, spec: Spec) -> None:
        return None


class SimulatedServers(Simulated):
    """Servers that are in whatever power state is wanted of them."""

    async def ensure(self, spec: Spec) -> Observation:
        power = spec.desired["power"]
        return Observation({"vmState": power}, state="INACTIVE" if power == "SHUTOFF" else "")


def drivers() -> Mapping[str, Driver]:
    """A simulated driver for each capability."""
    plain = Simulated()
    return {"record": plain, "volume": plain, "server": SimulatedServers()}
