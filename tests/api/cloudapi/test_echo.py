"""What is written is read: every property of every resource, by the catalogue."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest

from ionstack.catalogue.view import View
from ionstack.engine.clock import SECOND
from tests.api.cloudapi.calls import read
from tests.api.cloudapi.echo import CREATED, Case, World, named, names
from tests.api.cloudapi.echo_cases import CASES, DATACENTER
from tests.api.conftest import Running


@pytest.fixture
async def world(alone: Running) -> World:
    """Where nothing is yet but what no view creates: a public image, and a snapshot when it is asked for.

    The owner has a second factor, without which nobody may protect a resource by one.
    """
    factor, owner = alone.cloud.identity.second_factor, (await read(alone, "/um/users"))["items"][0]["id"]
    secret = (await factor.enrol(owner)).secret
    await factor.confirm(owner, pyotp.TOTP(secret).at(alone.clock.wall() // SECOND))
    world = World(alone, CASES)
    world.known["/images/{imageId}"] = f"/images/{(await read(alone, '/images'))['items'][0]['id']}"
    return world


EACH = [(view, case) for view in CREATED for case in CASES.get(view.collection, ())]


@pytest.mark.parametrize(
    ("view", "case"),
    EACH,
    ids=[f"{view.collection}-{CASES[view.collection].index(case)}" for view, case in EACH],
)
async def test_what_is_written_is_read(world: World, view: View, case: Case) -> None:
    if "{snapshotId}" in view.collection:
        world.known["/snapshots/{snapshotId}"] = await snapshot(world)
    path, sent = await world.create(view, case)
    later = await case.later(world, path) if case.later else {}
    if later:
        await world.change(view, path, later)
    shown = (await read(world.running, path))["properties"]
    for name, value in {**sent, **later}.items():
        if view.resource.fields[name].shown:
            assert shown[name] == value, name
        else:
            assert not shown.get(name), name
    if case.put and "replace" in view.operations:
        await world.call("PUT", path, {"properties": shown}, view.status("replace"))
        again = (await read(world.running, path))["properties"]
        assert again == {**shown, **{name: again[name] for name in view.resource.computed}}


@pytest.mark.parametrize("view", CREATED, ids=lambda view: view.collection)
async def test_every_property_is_sent_at_any_depth(world: World, view: View) -> None:
    if "{snapshotId}" in view.collection:
        world.known["/snapshots/{snapshotId}"] = await snapshot(world)
    sent: set[str] = set()
    assert CASES.get(view.collection), f"{view.collection} has no case: add one to echo_cases.py"
    for case in CASES[view.collection]:
        path, properties = await world.create(view, case)
        sent |= {*named(properties)}
        sent |= {*named(await case.later(world, path))} if case.later else set()
        world.known.clear()
    assert set(names(view.resource.properties)) <= sent


async def snapshot(world: World) -> str:
    """The path of a snapshot, which no view creates."""
    volume = await world.new(f"{await world.path(DATACENTER)}/volumes", size=10, licenceType="OTHER")
    root = await world.path(DATACENTER)
    body: dict[str, Any] = {"properties": {"name": "echo"}}
    answer = await world.running.api.post(f"{root}/volumes/{volume['id']}/create-snapshot", json=body)
    assert answer.status_code == 202, answer.text
    return f"/snapshots/{answer.json()['id']}"
