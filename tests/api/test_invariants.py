"""What holds after any history: made, changed, attached and taken away in any order, by calls good and bad."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as with_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.api.conftest import Running, settings, up
from tests.leftovers import leftovers

PICK = st.integers(0, 1000)
TAKEN = (202, 422)
"""A change is accepted, or breaks a rule; whatever it names was there a moment ago."""


class History(RuleBasedStateMachine):
    """One contract, and whoever calls it. What there is, is always asked for: nothing is remembered here."""

    file: Path

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._directory = tempfile.TemporaryDirectory()

    @initialize()
    def begin(self) -> None:
        shutil.copy(self.file, self._directory.name)
        entered = self._stack.enter_async_context(up(settings(Path(self._directory.name), None)))
        self._running: Running = self._runner.run(entered)

    def teardown(self) -> None:
        """Take everything away: nothing is left, and the contract counts nothing."""
        for kind in ("datacenters", "snapshots", "ipblocks"):
            for path in self._all(f"/{kind}"):
                self._call("DELETE", path, expected=(202,))
        assert {name: count for name, count in self._provisioned().items() if count} == {}
        assert self._runner.run(leftovers(self._running.cloud.store)) == {}
        self._runner.run(self._stack.aclose())
        self._runner.close()
        self._directory.cleanup()

    @rule(public=st.booleans())
    def make_datacenter(self, public: bool) -> None:
        lans = {"lans": {"items": [{"properties": {"public": public}}]}}
        self._call("POST", "/datacenters", {"properties": {"location": "de/txl"}, "entities": lans})

    @rule(size=st.integers(1, 3))
    def reserve(self, size: int) -> None:
        self._call("POST", "/ipblocks", {"properties": {"location": "de/txl", "size": size}})

    @rule(at=PICK, lan=st.integers(1, 3), cores=st.integers(1, 4))
    def make_server(self, at: int, lan: int, cores: int) -> None:
        disk = {"properties": {"size": cores, "licenceType": "LINUX"}}
        entities = {"volumes": {"items": [disk]}, "nics": {"items": [{"properties": {"lan": lan}}]}}
        body = {"properties": {"cores": cores, "ram": 1024}, "entities": entities}
        self._on("/datacenters", at, "POST", "/servers", body)

    @rule(at=PICK, ip=PICK, lan=st.integers(1, 2))
    def make_nic_with_a_reserved_address(self, at: int, ip: int, lan: int) -> None:
        blocks = self._call("GET", "/ipblocks?depth=1", expected=(200,))["items"]
        ips = [one for block in blocks for one in block["properties"]["ips"]]
        if ips:
            body = {"properties": {"lan": lan, "ips": [ips[ip % len(ips)]]}}
            self._on_inner("servers", at, "POST", "/nics", body)

    @rule(at=PICK, volume=PICK)
    def attach(self, at: int, volume: int) -> None:
        volumes = self._inner("volumes")
        if volumes:
            id = volumes[volume % len(volumes)].rpartition("/")[2]
            self._on_inner("servers", at, "POST", "/volumes", {"id": id})

    @rule(at=PICK, size=st.integers(1, 9))
    def grow_volume(self, at: int, size: int) -> None:
        self._on_inner("volumes", at, "PATCH", "", {"size": size})

    @rule(at=PICK)
    def take_snapshot(self, at: int) -> None:
        self._on_inner("volumes", at, "POST", "/create-snapshot", {})

    @rule(kind=st.sampled_from(["servers", "volumes", "lans"]), at=PICK, deep=st.booleans())
    def delete_inside(self, kind: str, at: int, deep: bool) -> None:
        self._on_inner(kind, at, "DELETE", "?deleteVolumes=true" if deep and kind == "servers" else "")

    @rule(kind=st.sampled_from(["datacenters", "ipblocks", "snapshots"]), at=PICK)
    def delete(self, kind: str, at: int) -> None:
        self._on(f"/{kind}", at, "DELETE", "")

    @invariant()
    def all_is_well(self) -> None:
        whole = self._call("GET", "/datacenters?depth=5", expected=(200,))["items"]
        snapshots = self._call("GET", "/snapshots?depth=1", expected=(200,))["items"]
        self._prove_addresses(whole)
        self._prove_counters(whole, snapshots)
        open_ones = self._call("GET", "/requests?filter.status=QUEUED,RUNNING", expected=(200,))["items"]
        assert open_ones == []

    def _prove_addresses(self, whole: list[Any]) -> None:
        """No address is used twice, and what an IP block tells of its users is so."""
        users: Counter[tuple[str, str]] = Counter()
        public: dict[str, str] = {}
        for datacenter in whole:
            lans = {one["id"]: one["properties"]["public"] for one in _inside(datacenter, "lans")}
            for server in _inside(datacenter, "servers"):
                for nic in _inside(server, "nics"):
                    lan = str(nic["properties"]["lan"])
                    for ip in nic["properties"]["ips"]:
                        users[("" if lans[lan] else f"{datacenter['id']}/{lan}", ip)] += 1
                        if lans[lan]:
                            public[ip] = nic["id"]
        assert [one for one, count in users.items() if count > 1] == []
        for block in self._call("GET", "/ipblocks?depth=1", expected=(200,))["items"]:
            told = {one["ip"]: one["nicId"] for one in block["properties"]["ipConsumers"]}
            assert told == {ip: public[ip] for ip in block["properties"]["ips"] if ip in public}

    def _prove_counters(self, whole: list[Any], snapshots: list[Any]) -> None:
        """What the contract counts is what there is."""
        servers = [one["properties"] for datacenter in whole for one in _inside(datacenter, "servers")]
        volumes = [one for datacenter in whole for one in _inside(datacenter, "volumes")]
        disks = sum(one["properties"]["size"] for one in (*volumes, *snapshots))
        counted = self._provisioned()
        assert counted["coresProvisioned"] == sum(one["cores"] for one in servers)
        assert counted["ramProvisioned"] == sum(one["ram"] for one in servers)
        assert counted["hddVolumeProvisioned"] == disks * 1024
        attached = [
            volume["id"] for datacenter in whole for server in _inside(datacenter, "servers")
            for volume in _inside(server, "volumes")
        ]  # fmt: skip
        assert len(set(attached)) == len(attached)

    def _provisioned(self) -> dict[str, int]:
        limits = self._call("GET", "/contracts", expected=(200,))["items"][0]["properties"]["resourceLimits"]
        return {
            name: count
            for name, count in limits.items()
            if "rovisioned" in name or "reserved" in name.lower()
        }

    def _on(self, collection: str, at: int, method: str, below: str, body: Any = None) -> None:
        found = self._all(collection)
        if found:
            self._call(method, f"{found[at % len(found)]}{below}", body)

    def _on_inner(self, kind: str, at: int, method: str, below: str, body: Any = None) -> None:
        found = self._inner(kind)
        if found:
            self._call(method, f"{found[at % len(found)]}{below}", body)

    def _all(self, collection: str) -> list[str]:
        items = self._call("GET", collection, expected=(200,))["items"]
        return [item["href"].partition("/cloudapi/v6")[2] for item in items]

    def _inner(self, kind: str) -> list[str]:
        return [path for above in self._all("/datacenters") for path in self._all(f"{above}/{kind}")]

    def _call(self, method: str, path: str, body: Any = None, expected: tuple[int, ...] = TAKEN) -> Any:
        answer = self._runner.run(self._running.api.request(method, path, json=body))
        assert answer.status_code in expected, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else None


def _inside(resource: Any, kind: str) -> list[Any]:
    items: list[Any] = resource["entities"][kind]["items"]
    return items


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_after_any_history_all_is_well(migrated_file: Path, soak: bool) -> None:
    History.file = migrated_file
    run_state_machine_as_test(
        History,
        settings=with_settings(
            max_examples=300 if soak else 12,
            stateful_step_count=30,
            deadline=None,
            derandomize=not soak,
            suppress_health_check=list(HealthCheck),
        ),
    )
