"""GET by id and list of 100 at depth 1, authenticated, next to Prism, moto and the constant answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bench import server
from bench.figure import Figure, at_least, ratio
from bench.lab import Contestant, Lab
from bench.server import API, Server

CALLERS = 8
LISTED = 100
ANY = "b1e0a5f2-3c4d-4e5f-8a6b-7c8d9e0f1a2b"
"""An id for Prism, which has the same answer for every id."""


def get(lab: Lab) -> Iterator[Figure]:
    """A data center by its id."""
    with server.ionstack(lab.place("get")) as ours, server.moto(lab.place("moto.log")) as moto:
        paths = [f"{API}/datacenters/{id}" for id in fill(ours, LISTED)]
        vpcs = [f"{_DESCRIBE}&VpcId.1={id}" for id in fill_moto(moto, LISTED)]
        fixed = lab.place("constant.json")
        fixed.write_bytes(ours.call(paths[0]))
        with (
            server.limit("bench.constant", str(fixed), log=lab.place("constant.log")) as constant,
            server.prism(lab.place("prism.log")) as prism,
        ):
            rates = lab.race(
                {
                    "ours": Contestant(ours, paths, CALLERS),
                    "own": Contestant(ours, [f"{API}/"], CALLERS),
                    "bare": Contestant(replace(constant, headers=ours.headers), paths, CALLERS),
                    "moto": Contestant(moto, vpcs, CALLERS),
                    "prism": Contestant(prism, [f"/datacenters/{ANY}"], CALLERS),
                    "our LAN": Contestant(ours, [a_lan(ours, paths[0])], CALLERS),
                    "prism's LAN": Contestant(prism, [f"/datacenters/{ANY}/lans/1"], CALLERS),
                }
            )
            sizes = (
                f"answers of {len(ours.call(paths[0]))} and {len(prism.call(f'/datacenters/{ANY}'))} bytes"
            )
    yield ratio("get", "rate, of moto's", rates["ours"], rates["moto"], at_least(40))
    yield ratio("get", "rate, of Prism's", rates["ours"], rates["prism"], at_least(8), sizes)
    yield ratio("get", "rate, of its own constant answer's", rates["ours"], rates["own"], at_least(0.35))
    yield ratio("get", "rate, of the bare HTTP server's", rates["ours"], rates["bare"])
    yield ratio("get", "rate of a LAN, of Prism's", rates["our LAN"], rates["prism's LAN"])


def listing(lab: Lab) -> Iterator[Figure]:
    """A hundred data centers with their properties."""
    path = f"{API}/datacenters?depth=1"
    with (
        server.ionstack(lab.place("list")) as ours,
        server.moto(lab.place("moto.log")) as moto,
        server.prism(lab.place("prism.log")) as prism,
    ):
        fill(ours, LISTED)
        fill_moto(moto, LISTED)
        there = f"/datacenters?depth=1&limit={LISTED}"
        rates = lab.race(
            {
                "ours": Contestant(ours, [path], CALLERS),
                "moto": Contestant(moto, [_DESCRIBE], CALLERS),
                "prism": Contestant(prism, [there], CALLERS),
            }
        )
        members = len(prism.json(there)["items"])
        sizes = f"answers of {len(ours.call(path))} and {len(prism.call(there))} bytes; Prism lists {members}"
    yield ratio("list", "rate, of moto's", rates["ours"], rates["moto"], at_least(50))
    yield ratio("list", "rate, of Prism's", rates["ours"], rates["prism"], at_least(3), sizes)


def fill(ours: Server, count: int) -> Sequence[str]:
    """The ids of so many new data centers."""
    bodies = [{"properties": {"name": f"bench {n}", "location": "de/fra"}} for n in range(count)]
    return [ours.json(f"{API}/datacenters", body)["id"] for body in bodies]


def fill_moto(moto: Server, count: int) -> Sequence[str]:
    """The ids of VPCs, of which moto then has exactly so many."""
    moto.call("/moto-api/reset", {})
    there = _vpcs(moto.call(_DESCRIBE))
    for _ in range(count - len(there)):
        there += _vpcs(moto.call("/?" + CREATE_VPC))
    return there


def a_lan(ours: Server, datacenter: str) -> str:
    """The path of a new LAN."""
    made = ours.json(f"{datacenter}/lans", {"properties": {"name": "bench", "public": True}})
    return f"{datacenter}/lans/{made['id']}"


CREATE_VPC = "Action=CreateVpc&CidrBlock=10.0.0.0%2F16&Version=2016-11-15"
_DESCRIBE = "/?Action=DescribeVpcs&Version=2016-11-15"


def _vpcs(xml: bytes) -> list[str]:
    return [part.partition("<")[0] for part in xml.decode().split("<vpcId>")[1:]]
