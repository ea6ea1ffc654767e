"""Secret properties: encrypted in a table of their own, never part of a document."""

from __future__ import annotations

import orjson

from ionstack.catalogue.field import Access
from ionstack.engine.change import Change
from ionstack.identity.vault import purpose_of
from ionstack.store.statement import statements

SQL = statements("resource")


async def keep(change: Change) -> None:
    """Seal the secrets that were sent, as JSON; one that was not sent stays as it is."""
    unit = change.unit
    for name, field in change.resource.fields.items():
        if field.access is not Access.SECRET or change.sent.get(name) is None:
            continue
        purpose = purpose_of(unit.contract, change.id, name)
        sealed = unit.engine.vault.encrypt(purpose, orjson.dumps(change.sent[name]))
        await unit.tx.run(
            SQL.secret_put, contract=unit.contract, resource=change.id, field=name, value=sealed
        )
