"""Servers with a volume and a network interface each: made in one call, seen in one answer, found among many."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from bench import load, server
from bench.figure import Figure, ratio
from bench.lab import Contestant, Lab
from bench.load import Calls
from bench.server import API, DEADLINE, Server
from bench.writing import posting

CALLERS = 8
OBJECTS = 1000
"""Servers, volumes and interfaces of the data center that is seen whole."""

FOUND_AMONG = 10_000

BODY = {
    "properties": {"name": "web", "cores": 1, "ram": 1024},
    "entities": {
        "volumes": {"items": [{"properties": {"name": "disk", "size": 1, "licenceType": "LINUX"}}]},
        "nics": {"items": [{"properties": {"name": "eth0", "lan": 1}}]},
    },
}


def compute(lab: Lab) -> Iterator[Figure]:
    """A composite creation makes three things, next to a data center, which is one."""
    with server.ionstack(lab.place("compute")) as ours:
        _lift_limits(lab.place("compute"), ours)
        places = [_place(ours, n) for n in range(CALLERS)]
        making = Contestant(ours, [f"{place}/servers" for place in places], CALLERS, post=json.dumps(BODY))
        rates = lab.race({"servers": making, "data centers": posting(ours, CALLERS)})
        yield ratio("compute", "creating servers, of data centers", rates["servers"], rates["data centers"])
        yield from _seen_whole(lab, ours)
        yield from _found(lab, ours, making)


def _seen_whole(lab: Lab, ours: Server) -> Iterator[Figure]:
    place = _place(ours, CALLERS)
    for _ in range(OBJECTS // 3):
        ours.json(f"{place}/servers", BODY)
    rates = lab.race(
        {
            "whole": Contestant(ours, [f"{place}?depth=5"], 2),
            "one": Contestant(ours, [place], 2),
        }
    )
    size = f"answers of {len(ours.call(f'{place}?depth=5'))} bytes"
    what = f"time of a data center of {OBJECTS} objects at depth 5, of its own"
    yield ratio("compute", what, rates["one"], rates["whole"], note=size)


def _found(lab: Lab, ours: Server, making: Contestant) -> Iterator[Figure]:
    place = _place(ours, CALLERS + 1)
    filling = Calls(ours.url, [f"{place}/servers"], ours.headers, "POST", json.dumps(BODY), ours.form)
    made = 0
    while made < FOUND_AMONG:
        made += load.run(filling, callers=CALLERS, seconds=lab.seconds).answers
    ours.json(f"{place}/servers", {**BODY, "properties": {"name": "needle", "cores": 1, "ram": 1024}})
    rates = lab.race(
        {
            "found": Contestant(ours, [f"{place}/servers?depth=1&filter.name=needle"], 2),
            "page": Contestant(ours, [f"{place}/servers?depth=1&limit=100"], 2),
        }
    )
    what = f"time of finding a name among {FOUND_AMONG:,} servers, of a page of 100"
    yield ratio("compute", what, rates["page"], rates["found"], note=f"{made:,} servers")


def _place(ours: Server, number: int) -> str:
    body = {"properties": {"name": f"place {number}", "location": "de/fra"}}
    path = f"{API}/datacenters/{ours.json(f'{API}/datacenters', body)['id']}"
    ours.json(f"{path}/lans", {"properties": {"public": True}})
    return path


def _lift_limits(directory: Path, ours: Server) -> None:
    """Let the contract have as many servers as there is time for."""
    contract = ours.json(f"{API}/contracts?depth=1")["items"][0]["properties"]["contractNumber"]
    limits = dict.fromkeys(("coresPerContract", "ramPerContract", "hddLimitPerContract"), 2**31 - 1)
    token = (directory / "admin.token").read_text().strip()
    request = urllib.request.Request(
        f"{ours.url}/_ionstack/contracts/{contract}", json.dumps({"limits": limits}).encode(), method="PATCH",
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=DEADLINE):
        pass
