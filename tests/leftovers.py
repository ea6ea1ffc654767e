"""What must not be in the store once every request has ended: nothing holds on to what is gone."""

from __future__ import annotations

from ionstack.store.port import Store, Tx
from ionstack.store.statement import Statement

_OWNER = "(SELECT 1 FROM resource AS owner WHERE owner.contract = {0}.contract AND owner.id = {0}.{1})"

LEFTOVERS = {
    "requests": "SELECT COUNT(*) FROM request WHERE status IN ('QUEUED', 'RUNNING')",
    "lanes": "SELECT COUNT(*) FROM lane",
    "busy": "SELECT COUNT(*) FROM resource WHERE pending <> 0",
    "deleting": "SELECT COUNT(*) FROM resource WHERE deleting",
    "orphans": f"SELECT COUNT(*) FROM resource WHERE parent <> '' AND NOT EXISTS {_OWNER.format('resource', 'parent')}",
    "allocations": f"SELECT COUNT(*) FROM allocation WHERE NOT EXISTS {_OWNER.format('allocation', 'resource')}",
    "references": f"SELECT COUNT(*) FROM reference WHERE NOT EXISTS {_OWNER.format('reference', 'source')}",
    "secrets": f"SELECT COUNT(*) FROM secret WHERE contract <> 0 AND NOT EXISTS {_OWNER.format('secret', 'resource')}",
    "risen": "SELECT COUNT(*) FROM tombstone JOIN resource"
    " ON resource.contract = tombstone.contract AND resource.id = tombstone.id"
    " WHERE resource.kind <> 'cloudapi.label'",  # its id is its key, which may be used again
}
"""How many there are, by what they are."""


async def leftovers(store: Store) -> dict[str, int]:
    """What should not be there, with its number; empty if all is well."""

    async def work(tx: Tx) -> dict[str, int]:
        found = {}
        for what, text in LEFTOVERS.items():
            record = await tx.one(Statement(what, {"": text}))
            assert record is not None
            found[what] = int(record[0])
        return found

    return {what: count for what, count in (await store.read(work)).items() if count}
