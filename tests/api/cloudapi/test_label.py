"""Labels: on a resource by key, in the contract by URN, and gone with what they are on."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.api.conftest import ROOT, Running

Maker = Callable[[Running], Coroutine[Any, Any, tuple[str, str]]]


async def on_datacenter(running: Running) -> tuple[str, str]:
    made = await running.make("/datacenters", location="de/txl")
    return "datacenter", f"/datacenters/{made['id']}"


async def on_ipblock(running: Running) -> tuple[str, str]:
    made = await running.make("/ipblocks", location="de/txl", size=1)
    return "ipblock", f"/ipblocks/{made['id']}"


both = pytest.mark.parametrize("labelled", [on_datacenter, on_ipblock])


@both
async def test_a_label_lives_by_its_key(running: Running, labelled: Maker) -> None:
    _, path = await labelled(running)
    body = {"properties": {"key": "env", "value": "dev"}}
    made = await running.api.post(f"{path}/labels", json=body)
    assert made.status_code == 201
    assert "location" not in made.headers
    shown = made.json()
    assert (shown["id"], shown["type"]) == ("env", "label")
    assert shown["href"] == f"{ROOT}/cloudapi/v6{path}/labels/env"
    assert shown["properties"] == body["properties"]
    assert "state" not in shown["metadata"]
    assert (await running.api.get(f"{path}/labels/env")).json() == shown

    changed = await running.api.put(
        f"{path}/labels/env", json={"properties": {"key": "env", "value": "live"}}
    )
    assert (changed.status_code, changed.json()["properties"]["value"]) == (200, "live")
    assert (await running.api.get(f"{path}/labels?depth=1")).json()["items"] == [
        (await running.api.get(f"{path}/labels/env")).json()
    ]
    gone = await running.api.delete(f"{path}/labels/env")
    assert (gone.status_code, gone.content) == (200, b"")
    for method in ("GET", "DELETE"):
        assert (await running.api.request(method, f"{path}/labels/env")).status_code == 404


async def test_put_needs_no_key_and_takes_no_other(running: Running) -> None:
    _, path = await on_datacenter(running)
    await running.make(f"{path}/labels", key="env", value="dev")
    kept = await running.api.put(f"{path}/labels/env", json={"properties": {"value": "live"}})
    assert kept.json()["properties"] == {"key": "env", "value": "live"}
    moved = await running.api.put(f"{path}/labels/env", json={"properties": {"key": "x", "value": "y"}})
    assert moved.status_code == 422
    absent = await running.api.put(f"{path}/labels/none", json={"properties": {"key": "none", "value": "y"}})
    assert absent.status_code == 404


@both
async def test_a_key_is_used_once_on_a_resource(running: Running, labelled: Maker) -> None:
    _, path = await labelled(running)
    _, other = await labelled(running)
    await running.make(f"{path}/labels", key="env", value="dev")
    again = await running.api.post(f"{path}/labels", json={"properties": {"key": "env", "value": "live"}})
    assert again.status_code == 422
    assert again.json()["messages"][0]["message"].startswith("[(root).properties.key]")
    await running.make(f"{other}/labels", key="env", value="dev")
    await running.make(f"{path}/labels", key="ENV", value="dev")
    await running.api.delete(f"{path}/labels/env")
    await running.make(f"{path}/labels", key="env", value="again")


@both
async def test_every_label_has_a_urn(running: Running, labelled: Maker) -> None:
    kind, path = await labelled(running)
    await running.make(f"{path}/labels", key="env", value="dev")
    id = path.rsplit("/", 1)[1]
    urn = f"urn:label:{kind}:{id}:env"
    shown = (await running.api.get(f"/labels/{urn}")).json()
    assert (shown["id"], shown["type"]) == (urn, "label")
    assert shown["properties"] == {
        "key": "env",
        "value": "dev",
        "resourceId": id,
        "resourceType": kind,
        "resourceHref": f"{ROOT}/cloudapi/v6{path}",
    }
    assert (await running.api.get("/labels/" + urn.replace(":", "%3A"))).json() == shown
    assert (await running.api.get("/labels?depth=1")).json()["items"] == [shown]
    (reference,) = (await running.api.get("/labels")).json()["items"]
    assert reference == {name: shown[name] for name in ("id", "type", "href")}
    wrong = {"datacenter": "ipblock", "ipblock": "datacenter"}[kind]
    for absent in (
        urn[:-1],
        f"urn:label:{wrong}:{id}:env",
        f"urn:label:{kind}:env",
        "x",
        "urn:label:::",
        "%3A",
    ):
        assert (await running.api.get(f"/labels/{absent}")).status_code == 404, absent


@both
async def test_labels_go_with_what_they_are_on(running: Running, labelled: Maker) -> None:
    kind, path = await labelled(running)
    _, other = await labelled(running)
    for place in (path, other):
        await running.make(f"{place}/labels", key="env", value="dev")
    await running.api.delete(path)
    (left,) = (await running.api.get("/labels?depth=1")).json()["items"]
    assert left["properties"]["resourceId"] == other.rsplit("/", 1)[1]
    gone = f"urn:label:{kind}:{path.rsplit('/', 1)[1]}:env"
    assert (await running.api.get(f"/labels/{gone}")).status_code == 404
    assert (await running.api.get(f"{path}/labels")).status_code == 404


async def test_a_key_of_any_characters_finds_its_way(running: Running) -> None:
    _, path = await on_datacenter(running)
    for key in ("a b", "a/b", "ä", "a:b", "a%b", "100%", "a?b#c", "a/labels/b", "a'b\"c"):
        made = await running.make(f"{path}/labels", key=key, value="v")
        assert made["id"] == key
        answer = await running.api.get(made["href"])
        assert (answer.status_code, answer.json().get("id")) == (200, key)
        (one,) = (await running.api.get("/labels", params={"depth": "1", "filter.key": key})).json()["items"]
        assert (await running.api.get(one["href"])).status_code == 200, one["href"]
        assert (await running.api.delete(made["href"])).status_code == 200


async def test_bad_labels_are_refused(running: Running) -> None:
    _, path = await on_datacenter(running)
    for properties in (
        {}, {"key": "a"}, {"value": "b"}, {"key": "", "value": "b"}, {"key": "a", "value": ""},
        {"key": "k" * 64, "value": "b"}, {"key": "a", "value": "v" * 256}, {"key": 1, "value": "b"},
        {"key": None, "value": "b"}, {"key": "a", "value": ["b"]},
    ):  # fmt: skip
        answer = await running.api.post(f"{path}/labels", json={"properties": properties})
        assert answer.status_code == 422, properties
    assert (await running.api.get("/labels")).json()["items"] == []
    nowhere = "/datacenters/4bb0a7ba-0000-4000-8000-000000000000/labels"
    body = {"properties": {"key": "a", "value": "b"}}
    assert (await running.api.post(nowhere, json=body)).status_code == 404


async def test_labels_make_no_request(running: Running) -> None:
    _, path = await on_datacenter(running)
    await running.make(f"{path}/labels", key="a", value="b")
    requests = (await running.api.get("/requests")).json()["items"]
    assert len(requests) == 1
