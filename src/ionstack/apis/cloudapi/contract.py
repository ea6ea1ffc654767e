"""Contracts as CloudAPI shows them: owner, status, limits and what is in use of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ionstack.catalogue.access import MEMBER
from ionstack.catalogue.operation import Answer, Call, Operation, Reply
from ionstack.dialects.cloudapi import query
from ionstack.dialects.cloudapi.parameters import COMMON, SEARCHING
from ionstack.dialects.cloudapi.plain import matching
from ionstack.dialects.text import body
from ionstack.engine import documents, usage
from ionstack.errors import NotFound
from ionstack.store.port import Tx
from ionstack.store.statement import statements

if TYPE_CHECKING:
    from ionstack.app import Cloud

SQL = statements("contract")

COUNTERS = (
    "coresProvisioned", "ramProvisioned", "hddVolumeProvisioned", "ssdVolumeProvisioned", "dasVolumeProvisioned",
    "reservedIpsOnContract", "reservedIpsInUse", "k8sClustersProvisioned", "nlbProvisioned",
    "natGatewayProvisioned",
)  # fmt: skip
LIMITS = (
    "coresPerServer", "coresPerContract", "ramPerServer", "ramPerContract", "hddLimitPerVolume",
    "hddLimitPerContract", "ssdLimitPerVolume", "ssdLimitPerContract", "reservableIps", "k8sClusterLimitTotal",
    "nlbLimitTotal", "natGatewayLimitTotal", "securityGroupsPerVdc", "securityGroupsPerResource",
    "rulesPerSecurityGroup",
)  # fmt: skip
_LONG = ("hddLimit", "ssdLimit", "hddVolume", "ssdVolume", "dasVolume")


async def list_contracts(cloud: Cloud, call: Call) -> Answer:
    """The contract that the call acts in, whole at any depth: clients read its number at depth 0."""
    query.depth(call.query)

    async def work(tx: Tx) -> str:
        record = await tx.one(SQL.shown, contract=call.principal.contract)
        if record is None:
            raise NotFound
        number, owner, status, domain, limits = record
        used = await usage.amounts(tx, number)
        resources: Mapping[str, int] = {
            **{name: documents.load(limits).get(name, 0) for name in LIMITS},
            **{name: used.get(name, 0) for name in COUNTERS},
        }
        properties = {
            "contractNumber": number, "owner": owner, "status": status, "regDomain": domain,
            "resourceLimits": resources,
        }  # fmt: skip
        return f'{{"type":"contract","properties":{documents.dump(properties)}}}'

    items = matching(call.query, [await cloud.engine.read(work)])
    text = (
        f'{{"id":"contracts","type":"collection","href":"{call.base}/contracts","items":[{",".join(items)}]}}'
    )
    return Answer(200, body(text, pretty=query.pretty(call.query)))


def operations() -> Sequence[Operation]:
    """`GET /contracts`."""
    return [
        Operation(
            id="contractsGet",
            method="GET",
            path="/contracts",
            handler=list_contracts,
            replies={200: Reply({"$ref": "#/components/schemas/Contracts"})},
            tag="Contract resources",
            summary="Retrieve the contract, its limits and what is in use of them",
            parameters=(*COMMON, *SEARCHING),
            components=COMPONENTS,
            access=MEMBER,
        )
    ]


def _number(name: str) -> dict[str, object]:
    return {"type": "integer", "format": "int64" if name.startswith(_LONG) else "int32"}


_READ = {"type": "string", "readOnly": True}
COMPONENTS = {
    "Contracts": {
        "type": "object",
        "properties": {
            "id": _READ,
            "type": {"type": "string", "enum": ["collection"]},
            "href": {"type": "string", "format": "uri", "readOnly": True},
            "items": {"type": "array", "items": {"$ref": "#/components/schemas/Contract"}, "readOnly": True},
        },
    },
    "Contract": {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": ["contract"]},
            "properties": {"$ref": "#/components/schemas/ContractProperties"},
        },
    },
    "ContractProperties": {
        "type": "object",
        "properties": {
            "contractNumber": {"type": "integer", "format": "int64", "readOnly": True},
            "owner": _READ,
            "status": _READ,
            "regDomain": _READ,
            "resourceLimits": {"$ref": "#/components/schemas/ResourceLimits"},
        },
    },
    "ResourceLimits": {
        "type": "object",
        "required": sorted((*LIMITS, *COUNTERS)),
        "properties": {name: _number(name) for name in sorted((*LIMITS, *COUNTERS))},
    },
}
