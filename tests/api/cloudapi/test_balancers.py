"""Network and application load balancers: addresses, forwarding rules, what they hold in place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.cloudapi.calls import changed, datacenter, gone, made, read, refused, unchanged_by_itself
from tests.api.conftest import Running


@pytest.fixture
def running(alone: Running) -> Running:
    """Rules do not depend on the store; the stories of `test_workflows` are told on both."""
    return alone


BALANCER = {"name": "front", "listenerLan": 1, "targetLan": 2}
KINDS = ("networkloadbalancers", "applicationloadbalancers")
TARGET = {"ip": "10.0.1.10", "port": 8080, "weight": 3}
NETWORK_RULE: dict[str, Any] = {
    "name": "tcp",
    "algorithm": "RANDOM",
    "protocol": "TCP",
    "listenerIp": "10.0.0.100",
    "listenerPort": 80,
    "targets": [TARGET],
}
RULES: dict[str, dict[str, Any]] = {
    "networkloadbalancers": NETWORK_RULE,
    "applicationloadbalancers": {name: NETWORK_RULE[name] for name in ("name", "listenerIp", "listenerPort")}
    | {"protocol": "HTTP"},
}


@pytest.fixture
async def place(running: Running) -> str:
    """A data center with the private LANs 1 and 2 and the public LAN 3."""
    path = await datacenter(running)
    for public in (False, False, True):
        await made(running, f"{path}/lans", {"properties": {"public": public}})
    return path


@pytest.mark.parametrize("kind", KINDS)
async def test_a_balancer_lives_and_goes(running: Running, place: str, kind: str) -> None:
    body = {
        "properties": {**BALANCER, "ips": ["10.0.0.100"]},
        "entities": {"forwardingrules": {"items": [{"properties": RULES[kind]}]}},
    }
    created = await made(running, f"{place}/{kind}", body)
    path = f"{place}/{kind}/{created['id']}"
    whole = await read(running, f"{path}?depth=2")
    assert whole["type"] == kind.removesuffix("s")
    assert whole["properties"] == {**BALANCER, "ips": ["10.0.0.100"], "lbPrivateIps": ["10.0.1.1/24"]}
    (rule,) = whole["entities"]["forwardingrules"]["items"]
    assert rule["type"] == "forwarding-rule"
    await unchanged_by_itself(running, path)
    assert "targetLan" in await refused(running, "DELETE", f"{place}/lans/2", code="200")
    await changed(running, "PATCH", path, {"name": "other", "lbPrivateIps": ["10.0.1.50/24"]})
    assert (await read(running, path))["properties"]["lbPrivateIps"] == ["10.0.1.50/24"]
    await changed(running, "DELETE", path)
    await gone(running, path)
    await gone(running, f"{path}/forwardingrules/{rule['id']}")
    await changed(running, "DELETE", f"{place}/lans/2")


async def test_network_balancers_are_shown_and_counted(running: Running, place: str) -> None:
    created = await made(running, f"{place}/networkloadbalancers", {"properties": BALANCER})
    inside = (await read(running, f"{place}?depth=2"))["entities"]["networkloadbalancers"]["items"]
    assert [one["id"] for one in inside] == [created["id"]]
    limits = (await read(running, "/contracts"))["items"][0]["properties"]["resourceLimits"]
    assert limits["nlbProvisioned"] == 1
    await changed(running, "DELETE", place)
    limits = (await read(running, "/contracts"))["items"][0]["properties"]["resourceLimits"]
    assert limits["nlbProvisioned"] == 0


async def test_a_public_balancer_listens_on_reserved_addresses(running: Running, place: str) -> None:
    block = await made(running, "/ipblocks", {"properties": {"location": "de/txl", "size": 1}})
    public = {"properties": {**BALANCER, "listenerLan": 3, "ips": block["properties"]["ips"]}}
    created = await made(running, f"{place}/networkloadbalancers", public)
    read_block = (await read(running, f"/ipblocks/{block['id']}"))["properties"]
    assert [one["ip"] for one in read_block["ipConsumers"]] == read_block["ips"]
    assert "in use" in await refused(running, "POST", f"{place}/applicationloadbalancers", public)
    await changed(running, "DELETE", f"{place}/networkloadbalancers/{created['id']}")
    assert (await read(running, f"/ipblocks/{block['id']}"))["properties"]["ipConsumers"] == []
    await made(running, f"{place}/applicationloadbalancers", public)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_balancer_that_cannot_be(running: Running, place: str, kind: str) -> None:
    for change, at in (
        ({"name": None}, "name"),
        ({"listenerLan": 9}, "listenerLan"),
        ({"targetLan": 9}, "targetLan"),
        ({"targetLan": 3}, "targetLan"),
        ({"listenerLan": 3, "ips": ["203.0.113.77"]}, "ips.[0]"),
        ({"ips": ["here"]}, "ips.[0]"),
        ({"lbPrivateIps": ["10.0.1.9/99"]}, "lbPrivateIps.[0]"),
        ({"lbPrivateIps": ["10.0.1.9/24", "10.0.1.9/24"]}, "lbPrivateIps.[1]"),
    ):
        body = {"properties": {**BALANCER, **change}}
        message = await refused(running, "POST", f"{place}/{kind}", body)
        assert message.startswith(f"[(root).properties.{at}]")


@pytest.mark.parametrize("kind", KINDS)
async def test_where_rules_listen(running: Running, place: str, kind: str) -> None:
    balancer = await made(running, f"{place}/{kind}", {"properties": {**BALANCER, "ips": ["10.0.0.100"]}})
    rules = f"{place}/{kind}/{balancer['id']}/forwardingrules"
    created = await made(running, rules, {"properties": RULES[kind]})
    path = f"{rules}/{created['id']}"
    assert (await read(running, path))["properties"].items() >= {"listenerPort": 80, "name": "tcp"}.items()
    await unchanged_by_itself(running, path)
    message = await refused(running, "POST", rules, {"properties": RULES[kind]})
    assert message.startswith("[(root).properties.listenerPort]")
    message = await refused(running, "PATCH", path, {"listenerIp": "10.0.0.101"})
    assert message.startswith("[(root).listenerIp]")
    await changed(running, "PATCH", path, {"listenerPort": 81})
    await made(running, rules, {"properties": RULES[kind]})
    await changed(running, "DELETE", path)
    await gone(running, path)


async def test_the_rules_of_a_network_balancer(running: Running, place: str) -> None:
    balancer = await made(running, f"{place}/networkloadbalancers", {"properties": BALANCER})
    rules = f"{place}/networkloadbalancers/{balancer['id']}/forwardingrules"
    created = await made(
        running, rules, {"properties": {**NETWORK_RULE, "targets": [{**TARGET, "healthCheck": {}}]}}
    )
    properties = (await read(running, f"{rules}/{created['id']}"))["properties"]
    assert properties["healthCheck"] == {
        "clientTimeout": 50000,
        "connectTimeout": 5000,
        "targetTimeout": 50000,
        "retries": 3,
    }
    check = {"check": True, "checkInterval": 2000, "maintenance": False}
    assert properties["targets"] == [{**TARGET, "proxyProtocol": "none", "healthCheck": check}]
    for change, at in (
        ({"algorithm": "BEST"}, "algorithm"),
        ({"protocol": "UDP"}, "protocol"),
        ({"listenerPort": 70000}, "listenerPort"),
        ({"targets": None}, "targets"),
        ({"targets": [{"ip": "10.0.1.1", "port": 1}]}, "targets.[0].weight"),
        ({"healthCheck": {"retries": 65536}}, "healthCheck.retries"),
    ):
        message = await refused(running, "POST", rules, {"properties": {**NETWORK_RULE, **change}})
        assert message.startswith(f"[(root).properties.{at}]")


async def test_http_rules(running: Running, place: str) -> None:
    group = {"name": "web", "algorithm": "RANDOM", "protocol": "HTTP"}
    id = (await made(running, "/targetgroups", {"properties": group}))["id"]
    balancer = await made(running, f"{place}/applicationloadbalancers", {"properties": BALANCER})
    rules = f"{place}/applicationloadbalancers/{balancer['id']}/forwardingrules"
    header = {"type": "HEADER", "condition": "EQUALS", "key": "host", "value": "x", "negate": True}
    http = [
        {"name": "a", "type": "FORWARD", "targetGroup": id, "conditions": [header]},
        {"name": "b", "type": "static", "responseMessage": "closed", "contentType": "text/plain"},
        {"name": "c", "type": "REDIRECT", "location": "https://example.com", "dropQuery": True},
    ]
    rule = {**RULES["applicationloadbalancers"], "httpRules": http}
    created = await made(running, rules, {"properties": rule})
    path = f"{rules}/{created['id']}"
    properties = (await read(running, path))["properties"]
    assert properties["httpRules"][0] == http[0]
    assert [one.get("statusCode") for one in properties["httpRules"]] == [None, 503, 301]
    assert properties["httpRules"][1]["type"] == "static"
    await unchanged_by_itself(running, path)

    assert "httpRules.targetGroup" in await refused(running, "DELETE", f"/targetgroups/{id}", code="200")
    await changed(running, "PATCH", path, {"httpRules": http[1:]})
    await changed(running, "DELETE", f"/targetgroups/{id}")


@pytest.mark.parametrize(
    ("rule", "at"),
    [
        ({"type": "FORWARD"}, "targetGroup"),
        ({"type": "FORWARD", "targetGroup": "4bb0a7ba-0000-4000-8000-000000000000"}, "targetGroup"),
        ({"type": "REDIRECT"}, "location"),
        ({"type": "REDIRECT", "location": "x", "statusCode": 200}, "statusCode"),
        ({"type": "STATIC"}, "responseMessage"),
        ({"type": "STATIC", "responseMessage": "x", "statusCode": 199}, "statusCode"),
        ({"type": "CONJURE"}, "type"),
    ],
)
async def test_an_http_rule_that_cannot_be(running: Running, place: str, rule: Any, at: str) -> None:
    await cannot_be(running, place, [{"name": "a", **rule}], f"[0].{at}")


@pytest.mark.parametrize(
    ("condition", "at"),
    [
        ({"type": "SOURCE_IP", "value": "here"}, "value"),
        ({"type": "SOURCE_IP", "value": "10.0.0.0/8", "condition": "EQUALS"}, "condition"),
        ({"type": "HEADER", "condition": "EXISTS"}, "key"),
        ({"type": "PATH", "condition": "EQUALS", "key": "x", "value": "/"}, "key"),
        ({"type": "PATH", "condition": "EQUALS"}, "value"),
        ({"type": "COOKIE", "condition": "EXISTS", "key": "x", "value": "/"}, "value"),
        ({"type": "HOST", "value": "x"}, "condition"),
    ],
)
async def test_a_condition_that_cannot_be(running: Running, place: str, condition: Any, at: str) -> None:
    rule = {"name": "a", "type": "STATIC", "responseMessage": "x", "conditions": [condition]}
    await cannot_be(running, place, [rule], f"[0].conditions.[0].{at}")


async def test_http_rules_have_names_of_their_own(running: Running, place: str) -> None:
    rule = {"name": "a", "type": "STATIC", "responseMessage": "x"}
    await cannot_be(running, place, [rule, rule], "[1].name")


async def cannot_be(running: Running, place: str, rules: Any, at: str) -> None:
    balancer = await made(running, f"{place}/applicationloadbalancers", {"properties": BALANCER})
    body = {"properties": {**RULES["applicationloadbalancers"], "httpRules": rules}}
    path = f"{place}/applicationloadbalancers/{balancer['id']}/forwardingrules"
    assert (await refused(running, "POST", path, body)).startswith(f"[(root).properties.httpRules.{at}]")
