"""Quotas: every limit that `/contracts` shows is held, whatever 32 callers at once try, and what goes is given back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from ionstack.apis import cloudapi
from ionstack.apis.cloudapi.contract import COUNTERS, LIMITS
from ionstack.identity.contract_limits import DEFAULT_LIMITS
from tests.api.cloudapi.calls import changed, datacenter, made, read, refused
from tests.api.cloudapi.k8s import WINDOW
from tests.api.conftest import Running

CALLERS = 32
DISK = {"name": "d", "licenceType": "OTHER"}
RULE = {"protocol": "TCP"}


@dataclass(frozen=True)
class Quota:
    """How to use a limit up: each POST of `properties` to `path` uses `each` of it, and the limit lets `fits` pass."""

    path: str
    properties: Mapping[str, Any]
    each: int
    fits: int
    counter: str = ""
    entities: Mapping[str, Any] = field(default_factory=dict)
    status: int = 202
    below: str = ""  # the resource to make first in the data center, whose path comes before `path`

    @property
    def body(self) -> dict[str, Any]:
        return {"properties": dict(self.properties)}


GATEWAY = {"name": "g", "publicIps": ["{ip}"]}
BALANCER = {"name": "b", "listenerLan": 1, "targetLan": 2}
COUNTED: Mapping[str, Quota] = {
    "coresPerContract": Quota("{dc}/servers", {"cores": 2, "ram": 256}, 2, 5, "coresProvisioned"),
    "ramPerContract": Quota("{dc}/servers", {"cores": 1, "ram": 512}, 512, 5, "ramProvisioned"),
    "hddLimitPerContract": Quota(
        "{dc}/volumes", {**DISK, "type": "HDD", "size": 3}, 3072, 5, "hddVolumeProvisioned"
    ),
    "ssdLimitPerContract": Quota(
        "{dc}/volumes", {**DISK, "type": "SSD Premium", "size": 2}, 2048, 5, "ssdVolumeProvisioned"
    ),
    "reservableIps": Quota("/ipblocks", {"location": "de/txl", "size": 2}, 2, 5, "reservedIpsOnContract"),
    "k8sClusterLimitTotal": Quota(
        "/k8s", {"name": "c", "maintenanceWindow": WINDOW}, 1, 5, "k8sClustersProvisioned"
    ),
    "nlbLimitTotal": Quota("{dc}/networkloadbalancers", BALANCER, 1, 3, "nlbProvisioned"),
    "natGatewayLimitTotal": Quota("{dc}/natgateways", GATEWAY, 1, 3, "natGatewayProvisioned"),
    "securityGroupsPerVdc": Quota("{dc}/securitygroups", {"name": "s"}, 1, 5),
    "rulesPerSecurityGroup": Quota("/rules", RULE, 1, 5, status=200, below="securitygroups"),
}
"""The limits that several resources share."""

ALONE: Mapping[str, tuple[str, dict[str, Any], dict[str, int], int]] = {
    "coresPerServer": ("servers", {"cores": 2, "ram": 256}, {"cores": 3}, 2),
    "ramPerServer": ("servers", {"cores": 1, "ram": 512}, {"ram": 768}, 512),
    "hddLimitPerVolume": ("volumes", {**DISK, "type": "HDD", "size": 2}, {"size": 3}, 2048),
    "ssdLimitPerVolume": ("volumes", {**DISK, "type": "SSD", "size": 2}, {"size": 3}, 2048),
}
"""The limits of one resource: its kind, properties that just fit, a change that does not, and the limit."""

BY_HAND = {"securityGroupsPerResource"}
"""The limits that a test of their own tries."""


def test_every_limit_is_held_by_a_rule_and_every_counter_is_counted() -> None:
    kinds = cloudapi.RESOURCES
    held = {
        *(usage.limit for kind in kinds for usage in kind.usage),
        *(bound.limit for kind in kinds for bound in kind.bounds),
        *(kind.room for kind in kinds),
    } - {""}
    assert held == set(LIMITS) == set(DEFAULT_LIMITS)
    assert {usage.metric for kind in kinds for usage in kind.usage} == set(COUNTERS)
    assert {*COUNTED, *ALONE} | BY_HAND == set(LIMITS), "a limit that no test tries"


@pytest.mark.parametrize("limit", COUNTED)
async def test_many_callers_at_once_never_overrun_a_limit(running: Running, limit: str) -> None:
    quota = COUNTED[limit]
    path, bodies = await _prepared(running, quota)
    await _limit(running, **{limit: quota.each * quota.fits})
    answers = await asyncio.gather(*(running.api.post(path, json=body) for body in bodies))
    taken = [one for one in answers if one.status_code == quota.status]
    assert len(taken) == quota.fits, [
        one.text for one in answers if one.status_code not in (422, quota.status)
    ]
    for one in answers:
        if one.status_code != quota.status:
            _told(one, limit, quota.each * quota.fits, quota.each)
    await _counts(running, quota, quota.fits)

    gone = taken[0].json()["href"]
    await changed(running, "DELETE", gone)
    await _counts(running, quota, quota.fits - 1)
    again = [await running.api.post(path, json=bodies[0]) for _ in range(2)]
    assert [one.status_code for one in again] == [quota.status, 422], again[0].text


@pytest.mark.parametrize("limit", ALONE)
async def test_one_resource_is_bounded_when_it_is_made_and_when_it_grows(
    running: Running, limit: str
) -> None:
    kind, fits, more, most = ALONE[limit]
    place = await datacenter(running)
    await _limit(running, **{limit: most})
    small = (await made(running, f"{place}/{kind}", {"properties": fits}))["href"]
    message = await refused(running, "PATCH", small, more, code="200")
    unit = 1024 if kind == "volumes" else 1
    wanted = next(iter(more.values())) * unit
    assert (
        message == f"The contract's limit '{limit}' is {most}: {most} in use, {wanted - most} more requested"
    )
    message = await refused(running, "POST", f"{place}/{kind}", {"properties": {**fits, **more}}, code="200")
    assert message == f"The contract's limit '{limit}' is {most}: 0 in use, {wanted} more requested"
    await _limit(running, **{limit: most // 2})
    await changed(running, "PATCH", small, {"name": "still here"})


async def test_groups_of_one_resource_are_bounded(running: Running) -> None:
    place = await datacenter(running)
    server = (await made(running, f"{place}/servers", {"properties": {"cores": 1, "ram": 256}}))["href"]
    nic = (await made(running, f"{server}/nics", {"properties": {"lan": 1}}))["href"]
    groups = [
        (await made(running, f"{place}/securitygroups", {"properties": {"name": "s"}}))["id"]
        for _ in range(3)
    ]
    await _limit(running, securityGroupsPerResource=2)
    for one in (server, nic):
        await changed(running, "PUT", f"{one}/securitygroups", {"ids": groups[:2]}, status=200)
        message = await refused(running, "PUT", f"{one}/securitygroups", {"ids": groups}, code="200")
        assert message == (
            "The contract's limit 'securityGroupsPerResource' is 2: 2 in use, 1 more requested"
        )


async def test_servers_grow_at_once_and_no_further_than_the_contract(running: Running) -> None:
    place = await datacenter(running)
    servers = [
        (await made(running, f"{place}/servers", {"properties": {"cores": 1, "ram": 256}}))["href"]
        for _ in range(4)
    ]
    await _limit(running, coresPerContract=7)
    answers = await asyncio.gather(*(running.api.patch(one, json={"cores": 2}) for one in servers))
    assert sorted(one.status_code for one in answers) == [202, 202, 202, 422]
    assert (await _shown(running))["coresProvisioned"] == 7
    for one in servers:
        await running.api.patch(one, json={"cores": 1})
    assert (await _shown(running))["coresProvisioned"] == 4


async def test_what_is_refused_leaves_nothing_counted(running: Running) -> None:
    """A composite call that fails at its last part, and one that breaks a rule after it was counted."""
    place = await datacenter(running)
    before = await _shown(running)
    disk = {"properties": {**DISK, "type": "HDD", "size": 5}}
    too_much = {"properties": {**DISK, "type": "HDD", "size": 5_000_000}}
    body = {"properties": {"cores": 1, "ram": 256}, "entities": {"volumes": {"items": [disk, too_much]}}}
    assert (await running.api.post(f"{place}/servers", json=body)).status_code == 422
    await refused(running, "POST", f"{place}/servers", {"properties": {"cores": 1, "ram": 257}})
    assert await _shown(running) == before


async def test_a_failed_creation_counts_until_it_is_deleted(running: Running) -> None:
    place = await datacenter(running)
    fault = {
        "contract": running.cloud.owner.contract, "method": "POST", "effect": {"provisioning": "FAILED"},
    }  # fmt: skip
    assert (await running.control("POST", "/faults", json=fault)).status_code == 201
    answer = await running.api.post(f"{place}/servers", json={"properties": {"cores": 3, "ram": 256}})
    assert answer.status_code == 202
    assert (await _shown(running))["coresProvisioned"] == 3
    await changed(running, "DELETE", answer.json()["href"])
    assert (await _shown(running))["coresProvisioned"] == 0


async def test_what_is_derived_is_counted_too(running: Running) -> None:
    """The size of a Cube is its template's, that of a disk may be its image's, and addresses are used by others."""
    place = await datacenter(running)
    template = (await read(running, "/templates?depth=1"))["items"][0]
    size = template["properties"]
    cube = {
        "properties": {"type": "CUBE", "templateUuid": template["id"]},
        "entities": {"volumes": {"items": [{"properties": {"type": "DAS", "licenceType": "LINUX"}}]}},
    }
    server = (await made(running, f"{place}/servers", cube))["href"]
    shown = await _shown(running)
    assert (shown["coresProvisioned"], shown["ramProvisioned"]) == (size["cores"], size["ram"])
    assert shown["dasVolumeProvisioned"] == size["storageSize"] * 1024
    block = await made(running, "/ipblocks", {"properties": {"location": "de/txl", "size": 2}})
    await made(running, f"{place}/lans", {"properties": {"public": True}})
    nic = {"properties": {"lan": 1, "ips": block["properties"]["ips"][:1]}}
    nic_path = (await made(running, f"{server}/nics", nic))["href"]
    shown = await _shown(running)
    assert (shown["reservedIpsOnContract"], shown["reservedIpsInUse"]) == (2, 1)
    await changed(running, "DELETE", nic_path)
    assert (await _shown(running))["reservedIpsInUse"] == 0
    await changed(running, "DELETE", place)
    await changed(running, "DELETE", block["href"])
    assert {name for name in COUNTERS if (await _shown(running))[name]} == set()


async def test_a_limit_below_what_is_used_refuses_more_and_takes_nothing_away(running: Running) -> None:
    place = await datacenter(running)
    server = {"properties": {"cores": 4, "ram": 256}}
    path = (await made(running, f"{place}/servers", server))["href"]
    await _limit(running, coresPerContract=2)
    message = await refused(running, "POST", f"{place}/servers", server, code="200")
    assert message == "The contract's limit 'coresPerContract' is 2: 4 in use, 4 more requested"
    await changed(running, "PATCH", path, {"name": "renamed"})
    await changed(running, "PATCH", path, {"cores": 3})


async def _prepared(running: Running, quota: Quota) -> tuple[str, list[dict[str, Any]]]:
    """The path to post to, and a body for each caller."""
    place = await datacenter(running)
    path = quota.path.format(dc=place)
    if quota.below:
        body = {"properties": {"name": "holds them"}}
        path = (await made(running, f"{place}/{quota.below}", body))["href"] + quota.path
    bodies = [quota.body for _ in range(CALLERS)]
    if quota.properties is BALANCER:
        for _ in range(2):
            await made(running, f"{place}/lans", {"properties": {"public": False}})
    if quota.properties is GATEWAY:
        ips = (await made(running, "/ipblocks", {"properties": {"location": "de/txl", "size": CALLERS}}))[
            "properties"
        ]["ips"]
        bodies = [{"properties": {**GATEWAY, "publicIps": [ip]}} for ip in ips]
    return path, bodies


async def _limit(running: Running, **limits: int) -> None:
    contract = running.cloud.owner.contract
    answer = await running.control("PATCH", f"/contracts/{contract}", json={"limits": limits})
    assert answer.status_code == 200, answer.text


async def _shown(running: Running) -> dict[str, int]:
    shown: dict[str, int] = (await read(running, "/contracts"))["items"][0]["properties"]["resourceLimits"]
    return shown


async def _counts(running: Running, quota: Quota, count: int) -> None:
    if quota.counter:
        assert (await _shown(running))[quota.counter] == quota.each * count


def _told(answer: httpx.Response, limit: str, used: int, more: int) -> None:
    """The refusal names the limit, what is used of it and what was wanted."""
    (line,) = answer.json()["messages"]
    assert line["errorCode"] == "200"
    assert line["message"] == (
        f"The contract's limit '{limit}' is {used}: {used} in use, {more} more requested"
    )
