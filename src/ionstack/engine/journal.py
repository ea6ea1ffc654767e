"""What happened in a unit of work, for the one change stream."""

from __future__ import annotations

from collections.abc import Mapping

from ionstack.engine.order import Order
from ionstack.engine.row import Row
from ionstack.store.port import Tx, Value
from ionstack.store.statement import statements

SQL = statements("resource")


class Journal:
    """The events of one order, written together at its end."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._events: list[Mapping[str, Value]] = []

    def note(self, action: str, row: Row) -> None:
        """Remember that something was done to a resource, which now is as its row says."""
        order, principal = self._order, self._order.principal
        self._events.append(
            {
                "contract": principal.contract, "at": order.wall, "actor": principal.user_id,
                "actor_name": principal.email, "address": order.address, "request_id": order.call_id,
                "action": action, "kind": row.kind, "resource": row.id, "revision": row.revision,
            }
        )  # fmt: skip

    async def write(self, tx: Tx) -> None:
        """Append what happened to the change stream."""
        await tx.many(SQL.event_add, self._events)
        self._events = []
