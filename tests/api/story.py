"""A story that creates, changes and deletes everything served, and what can be seen after each of its calls."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx

from ionstack.apis.cloudapi import facts

MASKED = frozenset(
    {
        "etag",
        "createdDate",
        "lastModifiedDate",
        "createdBy",
        "createdByUserId",
        "lastModifiedBy",
        "lastModifiedByUserId",
        "owner",
        "contractNumber",
        "version",
    }
)
"""What tells when, by whom and in how many writes, none of which is the same twice."""

_CHOSEN = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # ids
    r"|(?:[0-9a-f]{2}:){5}[0-9a-f]{2}"  # MACs
    r"|(?:\d{1,3}\.){3}\d{1,3}"  # IPv4
    r"|2001:db8:[0-9a-f:]*"  # IPv6
)
"""What the cloud chooses at random."""


def _with(properties: Mapping[str, Any], **entities: Any) -> dict[str, Any]:
    """A body, with what is in the resource."""
    return {
        "properties": properties,
        "entities": {name: {"items": items} for name, items in entities.items()},
    }


RULE = _with({"name": "ssh", "protocol": "TCP", "portRangeStart": 22, "portRangeEnd": 22})
DISK = _with({"name": "disk", "size": 10, "imageAlias": "ubuntu:latest", "imagePassword": "longenough1"})
BLOCK = {"name": "block", "location": "de/txl", "size": 3}

CDROM = next(
    id
    for id, image in facts.images().items()
    if (image["imageType"], image["location"]) == ("CDROM", "de/txl")
)
GPUS = "6913ed82-a143-4c15-89ac-08fb375a97c5"
UNIT = {"name": "unit", "password": "longenough1", "email": "a@example.com"}

LOG = {"name": "1", "action": "ALL", "direction": "INGRESS", "bucket": "logs"}
NAT = {"name": "1", "publicIps": ["{address}"], "lans": [{"id": 2}]}
NAT_RULE = {"name": "1", "sourceSubnet": "10.0.1.0/24", "publicIp": "{address}"}
BALANCER = {"name": "1", "listenerLan": 1, "targetLan": 2}
LISTENER = {"name": "1", "protocol": "HTTP", "listenerIp": "10.0.0.9", "listenerPort": 80}
NETWORK_RULE = {"algorithm": "RANDOM", "targets": [{"ip": "10.0.1.9", "port": 80, "weight": 1}]}
TARGETS = {"name": "1", "algorithm": "RANDOM", "protocol": "HTTP"}
HTTP_RULE = {"httpRules": [{"name": "1", "type": "FORWARD", "targetGroup": "{targets}"}]}


def _flowlogs(above: str) -> tuple[tuple[str, str, Any], ...]:
    """The life of a flow log."""
    return (
        ("POST log", f"{above}/flowlogs", _with(LOG)),
        ("PATCH", "{log}", {"name": "2"}),
        ("PUT", "{log}", _with({**LOG, "name": "3"})),
        ("DELETE", "{log}", None),
    )


CALLS: tuple[tuple[str, str, Any], ...] = (
    ("POST dc", "/datacenters", _with({"name": "1", "location": "de/txl"}, lans=[_with({}), _with({})])),
    ("PATCH", "{dc}", {"name": "2"}),
    ("PUT", "{dc}", _with({"name": "3"})),
    ("POST lan", "{dc}/lans", _with({"public": True})),
    ("PATCH", "{lan}", {"name": "2"}),
    ("PUT", "{lan}", _with({"name": "3"})),
    ("DELETE", "{lan}", None),
    ("POST block", "/ipblocks", _with(BLOCK)),
    ("PATCH", "{block}", {"name": "2"}),
    ("PUT", "{block}", _with({**BLOCK, "name": "3"})),
    ("POST", "{dc}/labels", _with({"key": "k", "value": "1"})),
    ("PUT", "{dc}/labels/k", _with({"key": "k", "value": "2"})),
    ("DELETE", "{dc}/labels/k", None),
    ("POST", "{block}/labels", _with({"key": "k", "value": "1"})),
    (
        "POST server",
        "{dc}/servers",
        _with(
            {"name": "1", "cores": 2, "ram": 4096},
            volumes=[DISK],
            nics=[_with({"lan": 1, "firewallActive": True}, firewallrules=[RULE])],
        ),
    ),
    ("PATCH", "{server}", {"cores": 4}),
    ("PUT", "{server}", _with({"name": "3", "cores": 4, "ram": 4096, "cpuFamily": "INTEL_SKYLAKE"})),
    ("POST", "{server}/stop", None),
    ("POST", "{server}/start", None),
    ("POST nic", "{server}/nics", _with({"lan": 2})),
    ("PATCH", "{nic}", {"name": "2"}),
    ("PUT", "{nic}", _with({"name": "3", "lan": 1})),
    ("POST rule", "{nic}/firewallrules", RULE),
    ("PATCH", "{rule}", {"name": "2"}),
    ("PUT", "{rule}", _with({"name": "3", "protocol": "TCP"})),
    ("DELETE", "{rule}", None),
    *_flowlogs("{nic}"),
    ("POST group", "{dc}/securitygroups", _with({"name": "1"}, rules=[RULE])),
    ("PATCH", "{group}", {"name": "2"}),
    ("PUT", "{group}", _with({"name": "3"})),
    ("POST grouprule", "{group}/rules", RULE),
    ("PATCH", "{grouprule}", {"name": "2"}),
    ("PUT", "{grouprule}", _with({"name": "3", "protocol": "TCP"})),
    ("DELETE", "{grouprule}", None),
    ("PUT", "{server}/securitygroups", {"ids": ["{group}"]}),
    ("PUT", "{nic}/securitygroups", {"ids": ["{group}"]}),
    ("PUT", "{server}/securitygroups", {"ids": []}),
    ("PUT", "{nic}/securitygroups", {"ids": []}),
    ("DELETE", "{group}", None),
    ("POST classic", "{dc}/loadbalancers", _with({"name": "1"}, balancednics=[{"id": "{nic}"}])),
    ("PATCH", "{classic}", {"name": "2"}),
    ("PUT", "{classic}", _with({"name": "3"})),
    ("DELETE", "{classic}", None),
    ("POST", "{dc}/lans/2/nics", {"id": "{nic}"}),
    ("DELETE", "{nic}", None),
    ("POST pcc", "/pccs", _with({"name": "1"})),
    ("PATCH", "{pcc}", {"name": "2"}),
    ("PATCH", "{dc}/lans/2", {"pcc": "{pcc}"}),
    ("PATCH", "{dc}/lans/2", {"pcc": None}),
    ("DELETE", "{pcc}", None),
    ("POST nat", "{dc}/natgateways", _with(NAT, rules=[_with(NAT_RULE)])),
    ("PATCH", "{nat}", {"name": "2"}),
    ("PUT", "{nat}", _with({**NAT, "name": "3"})),
    ("POST natrule", "{nat}/rules", _with(NAT_RULE)),
    ("PATCH", "{natrule}", {"name": "2"}),
    ("PUT", "{natrule}", _with({**NAT_RULE, "name": "3"})),
    ("DELETE", "{natrule}", None),
    *_flowlogs("{nat}"),
    ("DELETE", "{nat}", None),
    ("POST nlb", "{dc}/networkloadbalancers", _with(BALANCER)),
    ("PATCH", "{nlb}", {"name": "2"}),
    ("PUT", "{nlb}", _with({**BALANCER, "name": "3"})),
    ("POST nlbrule", "{nlb}/forwardingrules", _with({**LISTENER, **NETWORK_RULE})),
    ("PATCH", "{nlbrule}", {"name": "2"}),
    ("PUT", "{nlbrule}", _with({**LISTENER, **NETWORK_RULE, "name": "3"})),
    ("DELETE", "{nlbrule}", None),
    *_flowlogs("{nlb}"),
    ("DELETE", "{nlb}", None),
    ("POST targets", "/targetgroups", _with(TARGETS)),
    ("PATCH", "{targets}", {"name": "2"}),
    ("PUT", "{targets}", _with({**TARGETS, "name": "3"})),
    ("POST alb", "{dc}/applicationloadbalancers", _with(BALANCER)),
    ("PATCH", "{alb}", {"name": "2"}),
    ("PUT", "{alb}", _with({**BALANCER, "name": "3"})),
    ("POST albrule", "{alb}/forwardingrules", _with({**LISTENER, **HTTP_RULE})),
    ("PATCH", "{albrule}", {"name": "2"}),
    ("PUT", "{albrule}", _with({**LISTENER, "name": "3"})),
    ("DELETE", "{albrule}", None),
    *_flowlogs("{alb}"),
    ("DELETE", "{alb}", None),
    ("DELETE", "{targets}", None),
    ("POST volume", "{dc}/volumes", _with({"size": 5, "licenceType": "LINUX"})),
    ("PATCH", "{volume}", {"size": 6}),
    ("PUT", "{volume}", _with({"name": "3", "size": 6})),
    ("POST", "{server}/volumes", {"id": "{volume}"}),
    ("DELETE", "{server}/volumes/{volume}", None),
    ("POST snapshot", "{volume}/create-snapshot", _with({"name": "1"})),
    ("PATCH", "{snapshot}", {"name": "2"}),
    ("PUT", "{snapshot}", _with({"name": "3"})),
    ("POST", "{volume}/restore-snapshot", _with({"snapshotId": "{snapshot}"})),
    ("DELETE", "{volume}", None),
    ("DELETE", "{snapshot}", None),
    ("POST", "{server}/cdroms", {"id": CDROM}),
    ("DELETE", f"{{server}}/cdroms/{CDROM}", None),
    ("DELETE", "{server}", None),
    ("POST gpudc", "/datacenters", _with({"name": "1", "location": "de/fra/2"})),
    ("POST", "{gpudc}/servers", _with({"type": "GPU", "templateUuid": GPUS})),
    ("DELETE", "{gpudc}", None),
    ("POST unit", "/backupunits", _with(UNIT)),
    ("PATCH", "{unit}", {"email": "b@example.com"}),
    ("PUT", "{unit}", _with({"email": "c@example.com"})),
    ("DELETE", "{unit}", None),
    ("DELETE", "{dc}", None),
    ("DELETE", "{block}", None),
)
"""Method and the name to remember what it makes by; path; body. A name in braces stands for what was made,
`{address}` for the first address of the IP block."""


class Teller:
    """Tells the story as one contract."""

    def __init__(self, api: httpx.AsyncClient) -> None:
        self.api = api
        self._made: dict[str, str] = {}
        self._names: dict[str, str] = {}

    async def tell(self) -> AsyncIterator[str]:
        """Make the calls, one for each item; the item says which."""
        for what, path, body in CALLS:
            method, _, name = what.partition(" ")
            answer = await self.api.request(method, self._path(path), json=self._body(body))
            assert answer.status_code in (200, 201, 202), f"{what} {path}: {answer.text}"
            if name:
                self._made[name] = answer.json()["href"].partition("/cloudapi/v6")[2]
            if name == "block":
                self._made["address"] = answer.json()["properties"]["ips"][0]
            yield f"{what} {path}"

    async def seen(self) -> dict[str, Any]:
        """All there is, with whatever was chosen at random named by the order of its appearance."""
        paths = (
            "/datacenters?depth=10",
            "/ipblocks?depth=10",
            "/pccs?depth=1",
            "/snapshots?depth=1",
            "/backupunits?depth=1",
            "/targetgroups?depth=1",
            "/labels?depth=1",
            "/contracts",
        )
        shown = {path: (await self.api.get(path)).raise_for_status().json() for path in paths}
        requests = (await self.api.get("/requests?depth=2")).raise_for_status().json()["items"]
        shown["requests"] = [one["metadata"]["requestStatus"]["metadata"] for one in requests]
        masked: dict[str, Any] = self._masked(shown)
        return masked

    async def open(self) -> bool:
        """Whether a request is queued or running."""
        waiting = await self.api.get("/requests", params={"filter.status": "QUEUED,RUNNING"})
        return bool(waiting.raise_for_status().json()["items"])

    def _path(self, path: str) -> str:
        """The path with what is named in it; inside a path that is the last part of its own."""
        head, _, tail = path.rpartition("/volumes/")
        if head:
            return f"{self._path(head)}/volumes/{self._id(tail)}"
        return path.format(**self._made)

    def _id(self, name: str) -> str:
        return name.format(**self._made).rpartition("/")[2]

    def _body(self, body: Any) -> Any:
        if isinstance(body, dict):
            return {key: self._body(inner) for key, inner in body.items()}
        if isinstance(body, list):
            return [self._body(inner) for inner in body]
        return self._id(body) if isinstance(body, str) and body.startswith("{") else body

    def _masked(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._masked(inner) for key, inner in value.items() if key not in MASKED}
        if isinstance(value, list):
            return [self._masked(inner) for inner in value]
        if isinstance(value, str):
            return _CHOSEN.sub(self._named, value)
        return value

    def _named(self, match: re.Match[str]) -> str:
        return self._names.setdefault(match[0], f"<{len(self._names)}>")
