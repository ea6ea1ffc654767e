"""The official Python SDK calls every operation that it has, with success.

First it makes one of everything; then it reads all of it, puts back what it read, changes a little, and takes
everything apart, from the inside out. What the SDK cannot decode into its models fails the call.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import ionoscloud
import pytest

from tests import pinned
from tests.clients.conftest import ADMIN_TOKEN, OWNER, Server

CUBE = "15c6dd2f-02d2-4987-b439-9a58dd59ecc3"
WRITING = ("POST", "PUT", "PATCH", "DELETE")
LABEL = {"key": "stage", "value": "test"}
RULE = {"name": "rule", "protocol": "TCP", "portRangeStart": 22, "portRangeEnd": 22}
LOG = {"name": "log", "action": "ALL", "direction": "INGRESS", "bucket": "logs"}
LISTENER = {"name": "rule", "protocol": "HTTP", "listenerIp": "10.0.0.9", "listenerPort": 80}
BALANCER = {"name": "balancer", "listenerLan": 1, "targetLan": 2}
PERSON = {
    "firstname": "A", "lastname": "B", "email": "every@operation.example", "password": "longenough1",
    "administrator": True, "forceSecAuth": False,
}  # fmt: skip
POOL = {
    "name": "pool", "datacenterId": "{datacenter_id}", "nodeCount": 2, "coresCount": 1, "ramSize": 2048,
    "availabilityZone": "AUTO", "storageType": "HDD", "storageSize": 10,
}  # fmt: skip

MAKING: tuple[tuple[str, Any, str], ...] = (
    ("ipblocks_post", {"location": "de/txl", "size": 3}, "ipblock_id"),
    ("datacenters_post", {"name": "dc", "location": "de/txl"}, "datacenter_id"),
    ("datacenters_lans_post", {"name": "one", "public": False}, ""),
    ("datacenters_lans_post", {"name": "two", "public": False}, "lan_id"),
    ("datacenters_servers_post", {"name": "web", "cores": 1, "ram": 1024}, "server_id"),
    ("datacenters_volumes_post", {"size": 5, "licenceType": "LINUX"}, "volume_id"),
    ("datacenters_servers_nics_post", {"lan": 1}, "nic_id"),
    ("datacenters_servers_nics_firewallrules_post", RULE, "firewallrule_id"),
    ("datacenters_servers_nics_flowlogs_post", LOG, "flowlog_id"),
    ("datacenters_securitygroups_post", {"name": "group"}, "security_group_id"),
    ("datacenters_securitygroups_firewallrules_post", RULE, "rule_id"),
    ("datacenters_loadbalancers_post", {"name": "classic"}, "loadbalancer_id"),
    ("datacenters_natgateways_post", {"name": "nat", "publicIps": ["{ip}"]}, "nat_gateway_id"),
    ("datacenters_natgateways_rules_post",
     {"name": "rule", "sourceSubnet": "10.0.0.0/24", "publicIp": "{ip}"}, "nat_gateway_rule_id"),
    ("datacenters_natgateways_flowlogs_post", LOG, "flow_log_id@natgateways"),
    ("datacenters_networkloadbalancers_post", BALANCER, "network_load_balancer_id"),
    ("datacenters_networkloadbalancers_flowlogs_post", LOG, "flow_log_id@networkloadbalancers"),
    ("datacenters_networkloadbalancers_forwardingrules_post",
     {**LISTENER, "algorithm": "RANDOM", "targets": []}, "forwarding_rule_id@networkloadbalancers"),
    ("datacenters_applicationloadbalancers_post", BALANCER, "application_load_balancer_id"),
    ("datacenters_applicationloadbalancers_flowlogs_post", LOG, "flow_log_id@applicationloadbalancers"),
    ("datacenters_applicationloadbalancers_forwardingrules_post", LISTENER,
     "forwarding_rule_id@applicationloadbalancers"),
    ("targetgroups_post", {"name": "targets", "algorithm": "RANDOM", "protocol": "HTTP"}, "target_group_id"),
    ("pccs_post", {"name": "connect"}, "pcc_id"),
    ("backupunits_post", {"name": "unit", "password": "longenough1", "email": "a@b.example"}, "backupunit_id"),
    ("datacenters_labels_post", LABEL, "key"),
    ("datacenters_servers_labels_post", LABEL, ""),
    ("datacenters_volumes_labels_post", LABEL, ""),
    ("ipblocks_labels_post", LABEL, ""),
    ("images_labels_post", LABEL, ""),
    ("datacenters_volumes_create_snapshot_post", None, "snapshot_id"),
    ("snapshots_labels_post", LABEL, ""),
    ("k8s_post", {"name": "cluster"}, "k8s_cluster_id"),
    ("k8s_nodepools_post", POOL, "nodepool_id"),
    ("um_users_post", PERSON, "user_id"),
    ("um_groups_post", {"name": "group", "createDataCenter": True}, "group_id"),
    ("um_groups_shares_post", {"editPrivilege": True}, ""),
    ("um_users_s3keys_post", None, "key_id"),
)  # fmt: skip
"""What makes something: the properties it is made with, and the parameter that its id then is for."""

JOINING: tuple[tuple[str, Any], ...] = (
    ("datacenters_servers_volumes_post", {"id": "{volume_id}"}),
    ("datacenters_servers_cdroms_post", {"id": "{cdrom_id}"}),
    ("datacenters_lans_nics_post", {"id": "{nic_id}"}),
    ("datacenters_loadbalancers_balancednics_post", {"id": "{nic_id}"}),
    ("datacenters_servers_securitygroups_put", {"ids": ["{security_group_id}"]}),
    ("datacenters_servers_nics_securitygroups_put", {"ids": ["{security_group_id}"]}),
    ("um_groups_users_post", {"id": "{user_id}"}),
    ("datacenters_volumes_restore_snapshot_post", {"properties": {"snapshotId": "{snapshot_id}"}}),
    ("datacenters_servers_stop_post", None),
    ("datacenters_servers_start_post", None),
    ("datacenters_servers_reboot_post", None),
    ("datacenters_servers_upgrade_post", None),
    ("datacenters_servers_suspend_post", None),
    ("datacenters_servers_resume_post", None),
    ("k8s_nodepools_nodes_replace_post", None),
)
"""What brings together what was made, or acts on it: the body, if there is one."""

PARTING: tuple[tuple[str, Any], ...] = (
    ("datacenters_servers_securitygroups_put", {"ids": []}),
    ("datacenters_servers_nics_securitygroups_put", {"ids": []}),
)

CHANGES: Mapping[str, Any] = {
    "backupunits_patch": {"email": "c@d.example"},
    "datacenters_natgateways_rules_patch": {"name": "renamed"},
}
"""The bodies of PATCH that are not a new name."""

KEPT: Mapping[str, Any] = {
    "um_users_put": {"properties": {**PERSON, "firstname": "C"}},
    "k8s_nodepools_put": {"properties": {"nodeCount": 2}},
}
"""The bodies of PUT that cannot be what was read."""


class Caller:
    """Calls the SDK's operations with what is known by then, and remembers which it called."""

    def __init__(self, client: ionoscloud.ApiClient) -> None:
        self.operations: dict[str, Callable[..., Any]] = {}
        for name in dir(ionoscloud):
            api = getattr(ionoscloud, name)(client) if name.endswith("Api") else None
            for method, call in inspect.getmembers(api, inspect.ismethod):
                if not method.startswith("_") and not method.endswith("_with_http_info"):
                    self.operations[method] = call
        self.known: dict[str, str] = {}
        self.called: set[str] = set()

    def parameters(self, name: str) -> list[str]:
        """The required parameters of an operation."""
        taken = inspect.signature(self.operations[name]).parameters.values()
        return [one.name for one in taken if one.kind is not inspect.Parameter.VAR_KEYWORD]

    def call(self, name: str, *body: Any, **more: Any) -> Any:
        """Call an operation; its ids come from what is known, by the name of the parameter."""
        given = self.parameters(name)
        ids = [self._id(name, one) for one in given[: len(given) - len(body)]]
        try:
            result = self.operations[name](*ids, *body, **more)
        except ionoscloud.ApiException as error:
            raise AssertionError(f"{name} {ids} {body}: {error.status} {error.body!r}") from error
        self.called.add(name)
        return result

    def filled(self, body: Any) -> Any:
        """A body with the ids in place of their names."""
        if isinstance(body, dict):
            return {key: self.filled(value) for key, value in body.items()}
        if isinstance(body, list):
            return [self.filled(value) for value in body]
        return body.format(**self.known) if isinstance(body, str) else body

    def _id(self, operation: str, parameter: str) -> str:
        scoped = [id for name, id in self.known.items() if self._is_for(name, operation, parameter)]
        return scoped[0] if scoped else self.known[parameter]

    @staticmethod
    def _is_for(name: str, operation: str, parameter: str) -> bool:
        own, _, word = name.partition("@")
        return bool(word) and own == parameter and word in operation


@pytest.fixture
def caller(server: Server) -> Iterator[Caller]:
    configuration = ionoscloud.Configuration(host=f"{server.url}/cloudapi/v6", token=server.token)
    with ionoscloud.ApiClient(configuration) as client:
        pinned_pool(client.rest_client.pool_manager)
        yield Caller(client)


def pinned_pool(pool: Any) -> None:
    """Hold all that goes through the SDK's connections to the vendor's document, both ways."""
    request = pool.request

    def held(method: str, url: str, **options: Any) -> Any:
        answer = request(method, url, **options)
        if "json" in answer.headers.get("content-type", ""):
            sent = (options.get("body") or "").encode()
            pinned.check(method, urlsplit(url).path, sent, answer.status, answer.data)
        return answer

    pool.request = held


def test_the_sdk_calls_every_operation_it_has(caller: Caller, server: Server) -> None:
    make(caller, server)
    for name, body in JOINING:
        join(caller, name, caller.filled(body))
    read(caller)
    put(caller)
    change(caller)
    read(caller)
    for name, body in PARTING:
        join(caller, name, body)
    delete(caller)
    assert sorted(set(caller.operations) - caller.called) == []
    assert len(caller.called) >= 264
    for kind in (
        "datacenters",
        "ipblocks",
        "snapshots",
        "pccs",
        "k8s",
        "backupunits",
        "targetgroups",
        "um_groups",
    ):
        assert caller.call(f"{kind}_get").items == [], kind
    prove_audit(server)


def prove_audit(server: Server) -> None:
    """Every call that changed something left an event that tells who and from where."""
    control = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    with httpx.Client(base_url=f"{server.url}/_ionstack", headers=control) as http:
        calls = http.get("/requests?limit=1000").raise_for_status().json()["items"]
        events: list[dict[str, Any]] = []
        page: dict[str, Any] = {"next": 10**9}
        while page["next"]:
            page = (
                http.get("/audit", params={"before": page["next"], "limit": 1000}).raise_for_status().json()
            )
            events += page["items"]
    told = {event["requestId"]: event for event in events}
    changing = [
        call
        for call in calls
        if call["api"] == "cloudapi" and call["method"] in WRITING and call["status"] < 300
    ]
    assert len({call["operation"] for call in changing}) >= 150
    assert [call["operation"] for call in changing if call["requestId"] not in told] == []
    assert {told[call["requestId"]]["user"] for call in changing} == {OWNER}
    assert {told[call["requestId"]]["address"] for call in changing} == {"127.0.0.1"}


def make(caller: Caller, server: Server) -> None:
    """One of everything, and what was there already."""
    images = caller.call("images_get", depth=1).items
    cdrom = next(
        one for one in images if (one.properties.image_type, one.properties.location) == ("CDROM", "de/txl")
    )
    caller.known |= {
        "cdrom_id": cdrom.id,
        "image_id": private_image(server),
        "template_id": CUBE,
        "region_id": "de",
        "location_id": "txl",
        "resource_type": "datacenter",
    }
    for name, properties, parameter in MAKING:
        made = (
            caller.call(name)
            if properties is None
            else caller.call(name, {"properties": caller.filled(properties)})
        )
        if parameter:
            caller.known[parameter] = made.id
        if name == "ipblocks_post":
            caller.known["ip"] = made.properties.ips[0]
        caller.known["resource_id"] = caller.known.get("datacenter_id", "")
    cube = caller.call(
        "datacenters_servers_post",
        {
            "properties": {"type": "CUBE", "templateUuid": CUBE},
            "entities": {"volumes": {"items": [{"properties": {"type": "DAS", "licenceType": "LINUX"}}]}},
        },
    )
    caller.known |= {"server_id@suspend": cube.id, "server_id@resume": cube.id}
    nodes = caller.call("k8s_nodepools_nodes_get").items
    requests = caller.call("requests_get").items
    caller.known |= {
        "node_id": nodes[0].id,
        "request_id": requests[0].id,
        "labelurn": f"urn:label:datacenter:{caller.known['datacenter_id']}:stage",
    }


def private_image(server: Server) -> str:
    """An image that an operator gave to the contract."""
    control = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    contract = httpx.get(
        f"{server.url}/cloudapi/v6/contracts?depth=1", headers={"Authorization": f"Bearer {server.token}"}
    )
    number = contract.raise_for_status().json()["items"][0]["properties"]["contractNumber"]
    image = {"name": "every operation", "location": "de/txl", "size": 1, "contract": number}
    added = httpx.post(f"{server.url}/_ionstack/images", json=image, headers=control)
    return str(added.raise_for_status().json()["id"])


def join(caller: Caller, name: str, body: Any) -> None:
    if name == "datacenters_volumes_restore_snapshot_post":
        caller.call(name, restore_snapshot=body)
    elif body is None:
        caller.call(name)
    else:
        caller.call(name, body)
    if name == "k8s_nodepools_nodes_replace_post":
        caller.known["node_id"] = caller.call("k8s_nodepools_nodes_get").items[0].id


def read(caller: Caller) -> None:
    """Every operation that only reads, and every list with everything in it."""
    for name in caller.operations:
        if is_read(name):
            caller.call(name)


def is_read(name: str) -> bool:
    return name.endswith("_get") or "_find_by_" in name


def put(caller: Caller) -> None:
    """PUT what a GET of the same answers; nothing is refused and nothing changes."""
    for name in sorted(caller.operations):
        if not name.endswith("_put") or (name.endswith("securitygroups_put") and "servers" in name):
            continue
        reading = reading_of(caller, name)
        before = caller.call(reading)
        caller.call(name, caller.filled(KEPT[name]) if name in KEPT else before)
        if name not in KEPT:
            assert shown(caller.call(reading)) == shown(before), name


def shown(resource: Any) -> dict[str, Any]:
    """The properties of a resource, but for the number of its version."""
    properties: dict[str, Any] = resource.properties.to_dict()
    return {name: value for name, value in properties.items() if name != "version"}


def reading_of(caller: Caller, name: str) -> str:
    """The operation that reads what another one changes."""
    stem = name.rpartition("_")[0]
    found = [one for one in caller.operations if one.startswith(f"{stem}_find_by_")]
    fitting = [one for one in found if caller.parameters(one) == caller.parameters(name)[:-1]]
    assert len(fitting) == 1, (name, found)
    return fitting[0]


def change(caller: Caller) -> None:
    """PATCH a little of everything."""
    for name in sorted(caller.operations):
        if name.endswith("_patch"):
            caller.call(name, CHANGES.get(name, {"name": "renamed"}))


LAST = ("datacenters_lans_delete", "datacenters_delete", "ipblocks_delete", "um_users_delete")
"""What others are made with; it can go when these are gone."""


def delete(caller: Caller) -> None:
    """DELETE everything, from the inside out; what is beside the data center and used in it comes last."""
    names = [name for name in caller.operations if name.endswith("_delete")]
    names.sort(key=lambda name: (name in LAST, -len(caller.parameters(name)), name))
    for name in names:
        caller.call(name)
