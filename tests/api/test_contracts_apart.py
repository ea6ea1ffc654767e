"""Two contracts never see each other: for every operation with an id, the other's is not there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from ionstack.apis import cloudapi
from ionstack.apis.cloudapi import facts
from ionstack.catalogue.operation import Operation, Schema
from tests.api.conftest import Running, client

OWN = [
    one
    for one in cloudapi.operations()
    if "{" in one.path
    and not one.path.startswith(("/locations", "/images", "/templates"))
    and one.id != "umResourcesFindByType"
]
"""The operations on what belongs to a contract; facts are everybody's, and so are the words for types."""

GPUS = next(id for id, one in facts.templates().items() if one["gpus"])


@dataclass(slots=True)
class Contract:
    """A contract with one of each kind of resource; `ids` are theirs, by path parameter."""

    api: httpx.AsyncClient
    ids: dict[str, str]

    async def picture(self) -> list[Any]:
        """All that its owner sees."""
        paths = (
            "datacenters",
            "ipblocks",
            "k8s",
            "labels",
            "requests",
            "contracts",
            "um/users",
            "um/groups",
        )
        return [(await self.api.get(f"/{path}?depth=6")).json() for path in paths]


@pytest.fixture
async def owner(running: Running) -> Contract:
    return Contract(running.api, await furnished(running.api))


@pytest.fixture
async def stranger(running: Running) -> AsyncIterator[Contract]:
    made = (await running.control("POST", "/contracts", json={})).json()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    async with client(running.cloud, "/cloudapi/v6", headers=bearer) as api:
        yield Contract(api, await furnished(api))


async def furnished(api: httpx.AsyncClient) -> dict[str, str]:
    """Make one of each kind."""

    async def make(path: str, **properties: Any) -> str:
        answer = await api.post(path, json={"properties": properties})
        assert answer.status_code in (200, 201, 202), answer.text
        if "location" in answer.headers:
            ids["requestId"] = answer.headers["location"].split("/")[-2]
        return str(answer.json()["id"])

    ids: dict[str, str] = {"key": "env"}
    ids["datacenterId"] = await make("/datacenters", location="de/txl")
    here = f"/datacenters/{ids['datacenterId']}"
    ids["lanId"] = await make(f"{here}/lans")
    ids["volumeId"] = await make(f"{here}/volumes", size=1, type="HDD", licenceType="OTHER")
    ids["serverId"] = await make(f"{here}/servers", cores=1, ram=1024)
    server = f"{here}/servers/{ids['serverId']}"
    attached = await api.post(f"{server}/volumes", json={"id": ids["volumeId"]})
    assert attached.status_code == 202, attached.text
    ids["nicId"] = await make(f"{server}/nics", lan=1)
    ids["firewallruleId"] = await make(f"{server}/nics/{ids['nicId']}/firewallrules", protocol="TCP")
    ids["ipblockId"] = await make("/ipblocks", location="de/txl", size=1)
    for labelled in (here, server, f"{here}/volumes/{ids['volumeId']}", f"/ipblocks/{ids['ipblockId']}"):
        await make(f"{labelled}/labels", key="env", value="dev")
    ips = (await api.get(f"/ipblocks/{ids['ipblockId']}")).json()["properties"]["ips"]
    log = {"name": "log", "action": "ALL", "direction": "INGRESS", "bucket": "logs"}
    listener = {"name": "r", "protocol": "HTTP", "listenerIp": "10.0.0.9", "listenerPort": 80}
    ids["flowlogId"] = await make(f"{server}/nics/{ids['nicId']}/flowlogs", **log)
    ids["pccId"] = await make("/pccs")
    ids["targetGroupId"] = await make("/targetgroups", name="t", algorithm="RANDOM", protocol="HTTP")
    ids["securityGroupId"] = await make(f"{here}/securitygroups", name="g")
    ids["ruleId"] = await make(f"{here}/securitygroups/{ids['securityGroupId']}/rules", protocol="TCP")
    ids["loadbalancerId"] = await make(f"{here}/loadbalancers")
    balanced = f"{here}/loadbalancers/{ids['loadbalancerId']}/balancednics"
    assert (await api.post(balanced, json={"id": ids["nicId"]})).status_code == 202
    ids["natGatewayId"] = await make(f"{here}/natgateways", name="n", publicIps=ips)
    nat = f"{here}/natgateways/{ids['natGatewayId']}"
    ids["natGatewayRuleId"] = await make(f"{nat}/rules", name="r", sourceSubnet="10.0.0.0/8", publicIp=ips[0])
    ids["natgateways flowLogId"] = await make(f"{nat}/flowlogs", **log)
    for kind, name, rule in (
        ("networkloadbalancers", "networkLoadBalancerId", {"algorithm": "RANDOM", "targets": []}),
        ("applicationloadbalancers", "applicationLoadBalancerId", {}),
    ):
        ids[name] = await make(f"{here}/{kind}", name="b", listenerLan=1, targetLan=1)
        ids[f"{kind} flowLogId"] = await make(f"{here}/{kind}/{ids[name]}/flowlogs", **log)
        rules = f"{here}/{kind}/{ids[name]}/forwardingrules"
        ids[f"{kind} forwardingRuleId"] = await make(rules, **listener, **rule)
    ids["k8sClusterId"] = await make("/k8s", name="k")
    ids["nodepoolId"] = await make(
        f"/k8s/{ids['k8sClusterId']}/nodepools",
        name="p",
        datacenterId=ids["datacenterId"],
        nodeCount=1,
        coresCount=1,
        ramSize=2048,
        availabilityZone="AUTO",
        storageType="HDD",
        storageSize=10,
    )
    found = await api.get(f"/k8s/{ids['k8sClusterId']}/nodepools/{ids['nodepoolId']}/nodes")
    ids["nodeId"] = found.json()["items"][0]["id"]
    who = f"{uuid4()}@example.com"
    ids["userId"] = await make(
        "/um/users", firstname="a", lastname="b", email=who, password="a password", administrator=True
    )
    ids["groupId"] = await make("/um/groups", name="g")
    joined = await api.post(f"/um/groups/{ids['groupId']}/users", json={"id": ids["userId"]})
    assert joined.status_code == 202
    ids |= {"resourceType": "pcc", "resourceId": ids["pccId"]}
    await make(f"/um/groups/{ids['groupId']}/shares/{ids['resourceId']}", editPrivilege=True)
    key = await api.post(f"/um/users/{ids['userId']}/s3keys")
    ids["keyId"] = key.json()["id"]
    snapshot = await api.post(f"{here}/volumes/{ids['volumeId']}/create-snapshot", json={})
    ids["snapshotId"] = snapshot.json()["id"]
    await make(f"/snapshots/{ids['snapshotId']}/labels", key="env", value="dev")
    ids["backupunitId"] = await make("/backupunits", name="b", password="longenough1", email="b@example.com")
    cdrom = {"id": next(id for id, one in facts.images().items() if one["imageType"] == "CDROM")}
    there = await make("/datacenters", location=facts.images()[cdrom["id"]]["location"])
    driven = await make(f"/datacenters/{there}/servers", cores=1, ram=1024)
    assert (await api.post(f"/datacenters/{there}/servers/{driven}/cdroms", json=cdrom)).status_code == 202
    ids |= {"cdromId": cdrom["id"], "cdroms datacenterId": there, "cdroms serverId": driven}
    far = await make("/datacenters", location="de/fra/2")
    fast = await make(f"/datacenters/{far}/servers", type="GPU", templateUuid=GPUS)
    gpus = (await api.get(f"/datacenters/{far}/servers/{fast}/gpus")).json()["items"]
    ids |= {"gpuId": gpus[0]["id"], "gpus datacenterId": far, "gpus serverId": fast}
    ids["labelurn"] = f"urn:label:datacenter:{ids['datacenterId']}:env"
    return ids


def minimal(schema: Schema) -> Any:
    """The least that a schema takes."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    match kind[0] if isinstance(kind, list) else kind:
        case "string":
            if "format" in schema:
                return {"ipv4": "10.0.0.1", "uuid": "00000000-0000-4000-8000-000000000000"}[schema["format"]]
            return "x" * max(schema.get("minLength", 1), 1)
        case "integer" | "number":
            return max(schema.get("minimum", 1), 1)
        case "boolean":
            return True
        case "array":
            return [minimal(schema["items"])] * schema.get("minItems", 0)
    known = schema.get("properties", {})
    named = schema.get("required") or list(known)[:1]
    return {name: minimal(known[name]) for name in named}


NAMED_BY_BODY = {
    "volumes": "volumeId",
    "cdroms": "cdromId",
    "nics": "nicId",
    "balancednics": "nicId",
    "users": "userId",
}
"""Which id a body means that holds nothing else, by the last word of the path."""


async def calls(api: httpx.AsyncClient, operation: Operation, ids: dict[str, str]) -> int:
    """The status of an operation on what the ids name."""
    body: Any = None if operation.body is None else minimal(operation.body)
    words = operation.path.split("/")
    named = {name: id for name, id in ids.items() if " " not in name}
    for name, id in ids.items():
        word, _, parameter = name.rpartition(" ")
        if word in words:
            named[parameter] = id
    if body and "id" in body and words[-1] in NAMED_BY_BODY:
        body = {"id": named[NAMED_BY_BODY[words[-1]]]}
    answer = await api.request(
        operation.method, operation.path.replace(":path}", "}").format(**named), json=body
    )
    return answer.status_code


async def test_the_ids_are_good_for_their_owner(owner: Contract) -> None:
    for operation in OWN:
        if operation.method == "GET":
            assert await calls(owner.api, operation, owner.ids) == 200, operation.id


async def test_nothing_of_the_other_is_there(owner: Contract, stranger: Contract) -> None:
    before = await owner.picture()
    for operation in OWN:
        assert await calls(stranger.api, operation, owner.ids) == 404, operation.id
    assert await owner.picture() == before


async def test_no_way_leads_there_from_what_is_ones_own(owner: Contract, stranger: Contract) -> None:
    """Each id of the other in turn, the rest one's own."""
    before = await owner.picture()
    for operation in OWN:
        for name in (
            "datacenterId",
            "serverId",
            "volumeId",
            "nicId",
            "firewallruleId",
            "ipblockId",
            "k8sClusterId",
            "nodepoolId",
            "nodeId",
        ):
            if f"{{{name}}}" in operation.path:
                theirs = {one: id for one, id in owner.ids.items() if one.split(" ")[-1] == name}
                ids = {**stranger.ids, **theirs}
                assert await calls(stranger.api, operation, ids) == 404, (operation.id, name)
    assert await owner.picture() == before


async def test_nor_do_references_or_lists(owner: Contract, stranger: Contract) -> None:
    here = f"/datacenters/{stranger.ids['datacenterId']}"
    attach = await stranger.api.post(
        f"{here}/servers/{stranger.ids['serverId']}/volumes", json={"id": owner.ids["volumeId"]}
    )
    assert attach.status_code in (404, 422)
    seen = str(await stranger.picture())
    for name, id in owner.ids.items():
        if len(id) > 5 and name != "cdromId":
            assert id not in seen, name
    for path in ("datacenters", "ipblocks", "requests"):
        answer = await stranger.api.get(f"/{path}?filter.createdBy=owner@example.com")
        assert answer.json()["items"] == []
    labels = f"/images/{owner.ids['cdromId']}/labels"
    body = {"properties": {"key": "mine", "value": "1"}}
    assert (await owner.api.post(labels, json=body)).status_code == 201
    assert (await stranger.api.get(labels)).json()["items"] == []
