"""Whatever a client makes of the served documents: never a 5xx, never an answer the document does not name."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.clients.conftest import OWNER, PASSWORD, Server

EXAMPLES, SOAK_EXAMPLES = 25, 500
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
"""That good values are taken is left out: what a schema allows, a rule may still refuse."""

DOCUMENTS = ("/cloudapi/v6", "/auth/v1", "/objectstoragemanagement")


@pytest.fixture(scope="module", params=DOCUMENTS)
def document(request: pytest.FixtureRequest, server: Server) -> Any:
    """One served OpenAPI document, read by the fuzzer."""
    return schemathesis.openapi.from_url(f"{server.url}{request.param}/openapi.json")


def authorizations(server: Server) -> list[str]:
    """Both ways to prove who calls."""
    basic = base64.b64encode(f"{OWNER}:{PASSWORD}".encode()).decode()
    return [f"Bearer {server.token}", f"Basic {basic}"]


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.parametrize("half", [0, 1])
def test_no_operation_can_be_made_to_stumble(
    document: Any, half: int, server: Server, soak: bool, seed: int
) -> None:
    """Every operation, with good and bad values of everything, by both authorization methods."""
    found = [one.ok() for one in document.get_all_operations()]
    called = [one for one in found if one.definition.raw["operationId"] not in REVOKING][half::2]
    for operation in called:
        _fuzz(operation, authorizations(server), furnished(server), SOAK_EXAMPLES if soak else EXAMPLES, seed)
        sweep(server)
    assert len(called) >= 2


REVOKING = {"tokensDeleteByCriteria"}
"""What would take the fuzzer's own token away; the API's tests call it."""


def sweep(server: Server) -> None:
    """Take away what was made, so that what comes next is not the slower for it."""
    headers = {"Authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=f"{server.url}/cloudapi/v6", headers=headers) as http:
        for cluster in http.get("/k8s").raise_for_status().json()["items"]:
            pools = f"/k8s/{cluster['id']}/nodepools"
            for pool in http.get(pools).raise_for_status().json()["items"]:
                http.delete(f"{pools}/{pool['id']}").raise_for_status()
        for kind in ("k8s", "datacenters", "pccs", "targetgroups", "snapshots", "backupunits", "ipblocks"):
            for one in http.get(f"/{kind}").raise_for_status().json()["items"]:
                http.delete(f"/{kind}/{one['id']}").raise_for_status()
        _, *others = http.get("/um/users").raise_for_status().json()["items"]  # the eldest is the owner
        for one in (*others, *http.get("/um/groups").raise_for_status().json()["items"]):
            http.delete(f"/um/{one['type']}s/{one['id']}").raise_for_status()


def furnished(server: Server) -> dict[str, str]:
    """The path parameters of things that are there, made anew: half of all calls are about them."""
    disk = {"properties": {"size": 1, "licenceType": "LINUX"}}
    machine = {
        "properties": {"cores": 1, "ram": 1024},
        "entities": {
            "volumes": {"items": [disk]},
            "nics": {
                "items": [
                    {
                        "properties": {"lan": 1},
                        "entities": {"firewallrules": {"items": [{"properties": {"protocol": "TCP"}}]}},
                    }
                ]
            },
        },
    }
    body = {"properties": {"location": "de/txl"}, "entities": {"servers": {"items": [machine]}}}
    headers = {"Authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=f"{server.url}/cloudapi/v6", headers=headers) as http:
        made = http.post("/datacenters", json=body).raise_for_status()
        whole = http.get(f"/datacenters/{made.json()['id']}?depth=10").raise_for_status().json()
        (vm,) = whole["entities"]["servers"]["items"]
        (nic,) = vm["entities"]["nics"]["items"]
        block = http.post(
            "/ipblocks", json={"properties": {"location": "de/txl", "size": 1}}
        ).raise_for_status()
        label = {"properties": {"key": "stage", "value": "test"}}
        labelled = (f"/datacenters/{whole['id']}", f"/ipblocks/{block.json()['id']}")
        for path in (*labelled, f"{labelled[0]}/servers/{vm['id']}"):
            http.post(f"{path}/labels", json=label).raise_for_status()
        cluster = http.post("/k8s", json={"properties": {"name": "k"}}).raise_for_status().json()["id"]
        pool = {
            "name": "p",
            "datacenterId": whole["id"],
            "nodeCount": 1,
            "coresCount": 1,
            "ramSize": 2048,
            "availabilityZone": "AUTO",
            "storageType": "HDD",
            "storageSize": 10,
        }
        pools = f"/k8s/{cluster}/nodepools"
        nodepool = http.post(pools, json={"properties": pool}).raise_for_status().json()["id"]
        node = http.get(f"{pools}/{nodepool}/nodes").raise_for_status().json()["items"][0]["id"]
        person = {
            "firstname": "a",
            "lastname": "b",
            "email": f"{whole['id']}@example.com",
            "password": "secret",
        }
        user = http.post(
            "/um/users", json={"properties": {**person, "administrator": True}}
        ).raise_for_status()
        crew = http.post("/um/groups", json={"properties": {"name": "group"}}).raise_for_status().json()["id"]
        userid = user.json()["id"]
        http.post(f"/um/groups/{crew}/users", json={"id": userid}).raise_for_status()
        share = f"/um/groups/{crew}/shares/{whole['id']}"
        http.post(share, json={"properties": {"editPrivilege": True}}).raise_for_status()
        key = http.post(f"/um/users/{userid}/s3keys").raise_for_status().json()["id"]
        template = http.get("/templates").raise_for_status().json()["items"][0]["id"]
        images = http.get("/images", params={"filter.imageType": "CDROM", "filter.location": "de/txl"})
        image = images.raise_for_status().json()["items"][0]["id"]

        def make(path: str, body: Any = None) -> str:
            return str(http.post(path, json=body or {}).raise_for_status().json()["id"])

        here = labelled[0]
        server_path, volume = f"{here}/servers/{vm['id']}", vm["entities"]["volumes"]["items"][0]["id"]
        make(f"{server_path}/cdroms", {"id": image})
        snapshot = make(f"{here}/volumes/{volume}/create-snapshot")
        make(f"/snapshots/{snapshot}/labels", label)
        unit = {"name": f"u{block.json()['id'][-12:]}", "password": "longenough1", "email": "a@example.com"}
        backupunit = make("/backupunits", {"properties": unit})
        rule = {"properties": {"protocol": "TCP"}}
        group = make(
            f"{here}/securitygroups", {"properties": {"name": "g"}, "entities": {"rules": {"items": [rule]}}}
        )
        rules = http.get(f"{here}/securitygroups/{group}/rules").raise_for_status().json()["items"]
        balancer = {"properties": {"name": "b", "listenerLan": 1, "targetLan": 1}}
        pcc = make("/pccs", {"properties": {"name": "p"}})
        targets = {"properties": {"name": "t", "algorithm": "RANDOM", "protocol": "HTTP"}}
        gateway = {"properties": {"name": "n", "publicIps": block.json()["properties"]["ips"]}}
        network = {
            "loadbalancerId": make(f"{here}/loadbalancers", {"properties": {"name": "l"}}),
            "natGatewayId": make(f"{here}/natgateways", gateway),
            "networkLoadBalancerId": make(f"{here}/networkloadbalancers", balancer),
            "applicationLoadBalancerId": make(f"{here}/applicationloadbalancers", balancer),
            "targetGroupId": make("/targetgroups", targets),
        }
    return {
        **network,
        "cdromId": image,
        "snapshotId": snapshot,
        "backupunitId": backupunit,
        "securityGroupId": group,
        "ruleId": rules[0]["id"],
        "pccId": pcc,
        "datacenterId": whole["id"],
        "serverId": vm["id"],
        "volumeId": volume,
        "nicId": nic["id"],
        "firewallruleId": nic["entities"]["firewallrules"]["items"][0]["id"],
        "lanId": "1",
        "ipblockId": block.json()["id"],
        "key": "stage",
        "labelurn": f"urn:label:datacenter:{whole['id']}:stage",
        "regionId": "de",
        "locationId": "txl",
        "requestId": made.headers["location"].split("/")[-2],
        "templateId": template,
        "imageId": image,
        "k8sClusterId": cluster,
        "nodepoolId": nodepool,
        "nodeId": node,
        "userId": userid,
        "groupId": crew,
        "resourceType": "datacenter",
        "resourceId": whole["id"],
        "keyId": key,
    }


SENSIBLE: dict[str, Any] = {
    "datacentersPost": {"name": "dc", "location": "de/txl"},
    "datacentersLansPost": {"name": "lan", "public": True},
    "datacentersServersPost": {"name": "server", "cores": 1, "ram": 1024},
    "datacentersServersNicsPost": {"lan": 1},
    "datacentersServersNicsFirewallrulesPost": {"protocol": "TCP"},
    "datacentersVolumesPost": {"size": 1, "licenceType": "LINUX"},
    "datacentersSecuritygroupsPost": {"name": "group"},
    "datacentersNetworkloadbalancersPost": {"name": "balancer", "listenerLan": 1, "targetLan": 2},
    "ipblocksPost": {"location": "de/txl", "size": 1},
    "k8sPost": {"name": "cluster"},
    "pccsPost": {"name": "pcc"},
    "targetgroupsPost": {"name": "targets", "algorithm": "RANDOM", "protocol": "HTTP"},
    "umGroupsPost": {"name": "group"},
}
"""Bodies that are taken: random ones seldom are, and a walk ends where nothing was made."""


def test_what_was_made_can_be_used_in_any_order(server: Server, soak: bool, seed: int) -> None:
    """Walks along the documents' links: what one call makes, the next ones read, change, fill and remove."""
    document: Any = schemathesis.openapi.from_url(f"{server.url}/cloudapi/v6/openapi.json")
    document.config.generation.update(modes=[schemathesis.GenerationMode.POSITIVE])
    methods, answered = authorizations(server), set[str]()

    class Walk(document.as_state_machine()):  # type: ignore[misc]
        """One walk, in which the authorization method changes from call to call."""

        calls = 0

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            Walk.calls += 1
            return {"headers": {"Authorization": methods[Walk.calls % 2]}}

        def before_call(self, case: Any) -> None:
            body = SENSIBLE.get(case.operation.definition.raw["operationId"])
            if body is not None and Walk.calls % 3:
                case.body = {"properties": body}

        def validate_response(self, response: Any, case: Any, **more: Any) -> None:
            case.validate_response(response, checks=CHECKS)
            if response.status_code < 300:
                answered.add(case.operation.definition.raw["operationId"])

        def teardown(self) -> None:
            sweep(server)

    settings = hypothesis.settings(
        max_examples=500 if soak else 30,
        stateful_step_count=40,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    run_state_machine_as_test(hypothesis.seed(seed)(Walk), settings=settings)
    assert len(answered) >= 10


def _fuzz(operation: Any, authorizations: list[str], there: dict[str, str], examples: int, seed: int) -> None:
    good, bad = (operation.as_strategy(mode) for mode in schemathesis.GenerationMode)

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @hypothesis.given(case=good | bad, real=st.booleans(), authorization=st.sampled_from(authorizations))
    def call(case: Any, real: bool, authorization: str) -> None:
        if real:
            case.path_parameters |= {name: id for name, id in there.items() if name in case.path_parameters}
        case.call_and_validate(headers={"Authorization": authorization}, checks=CHECKS)

    call()
