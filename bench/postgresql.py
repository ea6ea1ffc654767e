"""The same calls with PostgreSQL in place of SQLite, reported without bars. It is durable, too."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from bench import server
from bench.figure import Figure, ratio
from bench.lab import Contestant, Lab
from bench.reading import CALLERS, LISTED, fill
from bench.server import API, Server
from bench.writing import posting
from tests import postgres


def postgresql(lab: Lab) -> Iterator[Figure]:
    """GET by id, list of 100 and POST, of what SQLite does."""
    with postgres.running(durable=True) as database:
        url = asyncio.run(database.database())
        with (
            server.ionstack(lab.place("sqlite")) as embedded,
            server.ionstack(lab.place("postgresql"), database=url) as shared,
        ):
            contestants: dict[str, Contestant] = {}
            for name, ours in (("sqlite", embedded), ("postgresql", shared)):
                contestants |= {f"{name} {what}": turn for what, turn in _turns(ours).items()}
            rates = lab.race(contestants)
    for what in ("get", "list", "post, 32 callers", "post, 1 caller"):
        yield ratio(
            "postgresql", f"{what}: rate, of SQLite's", rates[f"postgresql {what}"], rates[f"sqlite {what}"]
        )


def _turns(ours: Server) -> dict[str, Contestant]:
    collection = f"{API}/datacenters"
    paths = [f"{collection}/{id}" for id in fill(ours, LISTED)]
    return {
        "get": Contestant(ours, paths, CALLERS),
        "list": Contestant(ours, [f"{collection}?depth=1&limit={LISTED}"], CALLERS),
        "post, 32 callers": posting(ours, 32),
        "post, 1 caller": posting(ours, 1),
    }
