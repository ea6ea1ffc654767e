"""What identity appends to the change stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ionstack.identity.principal import Principal
from ionstack.store.port import Tx, Value
from ionstack.store.statement import statements

RESOURCE = statements("resource")

CONTRACT, USER, TOKEN = "identity.contract", "identity.user", "auth.token"
GROUP, SHARE, S3_KEY = "identity.group", "identity.share", "identity.s3key"
SIGN_IN, MASTER_KEY = "auth.signin", "identity.masterkey"
FAULT, MAINTENANCE = "control.fault", "control.maintenance"
"""The kinds of what is changed besides resources."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something: a user by an HTTP call, or the system itself (an operator's command)."""

    id: str = ""
    name: str = "system"
    address: str = ""
    request_id: str = ""

    @classmethod
    def of(cls, principal: Principal, address: str = "", request_id: str = "") -> Actor:
        """The caller as an actor."""
        return cls(principal.user_id, principal.email, address, request_id)


SYSTEM = Actor()


async def record(tx: Tx, actor: Actor, at: int, action: str, kind: str, *changed: tuple[int, str]) -> None:
    """Append that `actor` did `action` at `at` (wall µs) to each resource, as (contract, id)."""
    rows: list[Mapping[str, Value]] = [
        {
            "contract": contract, "at": at, "actor": actor.id, "actor_name": actor.name,
            "address": actor.address, "request_id": actor.request_id, "action": action, "kind": kind,
            "resource": id, "revision": 0,
        }
        for contract, id in changed
    ]  # fmt: skip
    await tx.many(RESOURCE.event_add, rows)
