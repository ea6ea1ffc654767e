"""Large data, written straight into the file of a server that is not running.

One data center and one LAN are made through the API; every other row is a copy of those two under a new
id. So the rows are laid out as the server itself lays them out, whatever that will be.
"""

from __future__ import annotations

import random
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.server import API, ionstack

Cells = dict[str, str | int]
FILE = "ionstack.db"


@dataclass(frozen=True, slots=True)
class Seeded:
    """What lies in a data directory now: its contract, the data centers, and LANs in each of them."""

    directory: Path
    contract: int
    datacenters: Sequence[str]
    lans: int

    def some_paths(self, most: int) -> list[str]:
        """Paths of LANs drawn at random from all of them, none twice."""
        everything = range(len(self.datacenters) * self.lans)
        drawn = random.Random(7).sample(everything, min(most, len(everything)))
        return [
            f"{API}/datacenters/{self.datacenters[one // self.lans]}/lans/{one % self.lans + 1}"
            for one in drawn
        ]


def seed(directory: Path, datacenters: int, lans: int) -> Seeded:
    """Fill a data directory with so many data centers, each with so many LANs."""
    with ionstack(directory) as server:
        body = {"properties": {"name": "bench", "location": "de/fra"}}
        model = server.json(f"{API}/datacenters", body)["id"]
        server.call(f"{API}/datacenters/{model}/lans", {"properties": {"name": "bench", "public": True}})
    connection = sqlite3.connect(directory / FILE)
    try:
        connection.row_factory = sqlite3.Row
        above, below = (
            _row(connection, "SELECT * FROM resource WHERE id = ?", model),
            _row(connection, "SELECT * FROM resource WHERE parent = ?", model),
        )
        chance = random.Random(len(str(directory)))
        ids = [
            model,
            *(str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(datacenters - 1)),
        ]
        names = ", ".join(above)
        values = ", ".join(f":{name}" for name in above)
        with connection:
            connection.executemany(
                f"INSERT INTO resource ({names}) VALUES ({values})", _copies(above, below, ids, lans)
            )
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return Seeded(directory, int(above["contract"]), ids, lans)
    finally:
        connection.close()


def _row(connection: sqlite3.Connection, query: str, id: str) -> Cells:
    found: Cells = dict(connection.execute(query, (id,)).fetchone())
    del found["ordinal"]
    return found


def _copies(above: Cells, below: Cells, ids: Sequence[str], lans: int) -> Iterator[Cells]:
    """The rows that are not there yet, each data center's after its own."""
    for id in ids:
        inside = below | {"parent": id, "root": id, "lineage": id}
        if id != above["id"]:
            yield above | {"id": id, "root": id}
            yield inside | {"id": f"{id}/lans/1"}
        for number in range(2, lans + 1):
            yield inside | {"id": f"{id}/lans/{number}"}
