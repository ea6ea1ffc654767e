"""How many volumes and network interfaces a server holds together."""

from __future__ import annotations

from ionstack.engine import rows
from ionstack.engine.change import Change
from ionstack.engine.find import Search
from ionstack.errors import Problem

MOST_DEVICES = 24


async def room_for_one_more(change: Change, server: str) -> Problem | None:
    """A problem if a server has no place for a device more than what it has besides the changed one."""
    unit = change.unit
    volumes = await rows.referring(unit.tx, unit.contract, server, "server")
    nics = await rows.search(unit.tx, Search(unit.contract, "cloudapi.nic", server))
    if len([row for row in (*volumes, *nics) if row.id != change.id]) < MOST_DEVICES:
        return None
    return Problem(
        f"A server holds at most {MOST_DEVICES} volumes and network interfaces together", code="200"
    )
