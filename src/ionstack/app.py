"""The cloud put together: what every operation's handler is given, and the ASGI application over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ionstack.apis import cloudapi
from ionstack.catalogue.registry import Catalogue
from ionstack.config import Settings
from ionstack.drivers.port import Driver
from ionstack.drivers.simulated import Simulated
from ionstack.engine import facts
from ionstack.engine.clock import Clock
from ionstack.engine.engine import Engine
from ionstack.identity.identity import Identity
from ionstack.identity.vault import Vault
from ionstack.store.port import Store


@dataclass(slots=True)
class Cloud:
    """One running cloud. Handlers reach everything through it."""

    settings: Settings
    store: Store
    clock: Clock
    vault: Vault
    identity: Identity
    engine: Engine


def drivers() -> Mapping[str, Driver]:
    """The driver of each capability."""
    return {"record": Simulated()}
