"""POST of data centers, durable before they are answered, with 1 and with 32 callers."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bench import server
from bench.figure import Figure, at_least, ratio
from bench.lab import Contestant, Lab
from bench.reading import CREATE_VPC
from bench.server import API, Server

BODY = json.dumps({"properties": {"name": "bench", "description": "made to measure", "location": "de/fra"}})


def post(lab: Lab) -> Iterator[Figure]:
    """Next to moto, which creates VPCs in memory alone."""
    with server.ionstack(lab.place("post")) as ours, server.moto(lab.place("moto.log")) as moto:
        rates = lab.race(
            {
                "ours, 32": posting(ours, 32),
                "moto, 32": Contestant(moto, ["/"], 32, post=CREATE_VPC),
                "ours, 1": posting(ours, 1),
                "moto, 1": Contestant(moto, ["/"], 1, post=CREATE_VPC),
            }
        )
    yield ratio("post", "rate with 32 callers, of moto's", rates["ours, 32"], rates["moto, 32"], at_least(15))
    yield ratio("post", "rate with 1 caller, of moto's", rates["ours, 1"], rates["moto, 1"])
    yield ratio("post", "rate with 32 callers, of 1 caller's", rates["ours, 32"], rates["ours, 1"])


def posting(ours: Server, callers: int) -> Contestant:
    """Callers that create data centers."""
    return Contestant(ours, [f"{API}/datacenters"], callers, post=BODY)
