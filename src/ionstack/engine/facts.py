"""The vendor's own resources (contract 0): brought into the store from data files, when those changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import orjson

from ionstack.catalogue.registry import Catalogue
from ionstack.catalogue.resource import Document, Resource
from ionstack.store.port import Store, Tx
from ionstack.store.statement import statements

SQL = statements("facts")
SYSTEM = ("System", "[UNKNOWN]")
Facts = Mapping[str, Mapping[str, Document]]
"""Properties by kind and id."""


async def bring_in(store: Store, catalogue: Catalogue, facts: Facts, wall: int) -> bool:
    """Make the vendor's rows what the facts say; False if they were so already.

    Rows that are no longer among the facts stay, since resources may refer to them.
    """
    digest = hashlib.sha256(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)).hexdigest()

    async def known(tx: Tx) -> bool:
        record = await tx.one(SQL.digest)
        return record is not None and orjson.loads(record[0]) == digest

    if await store.read(known):
        return False

    async def write(tx: Tx) -> None:
        for kind, resources in facts.items():
            await put(tx, catalogue[kind], resources, wall)
        await tx.run(SQL.digest_put, value=orjson.dumps(digest).decode())

    await store.write(write)
    return True


async def put(
    tx: Tx,
    resource: Resource,
    properties: Mapping[str, Document],
    created: int,
    contract: int = 0,
    maker: tuple[str, str] = SYSTEM,
) -> None:
    """Write resources as they are, by id: no rules, no driver, no request. `maker` is a name and an id."""
    await tx.many(
        SQL.put,
        [
            {
                "contract": contract,
                "id": id,
                "kind": resource.kind,
                "shape": resource.shape,
                "state": resource.lifecycle.settled,
                "created": created,
                "maker": maker[0],
                "maker_id": maker[1],
                "desired": orjson.dumps(document).decode(),
            }
            for id, document in properties.items()
        ],
    )
