"""GPU servers and their GPUs."""

from __future__ import annotations

from typing import Any

import pytest

from ionstack.apis.cloudapi import facts
from tests.api.cloudapi.calls import changed, datacenter, gone, made, read, refused
from tests.api.conftest import Running


@pytest.fixture
def running(alone: Running) -> Running:
    """Rules do not depend on the store; the stories of `test_workflows` are told on both."""
    return alone


WITH_GPUS = "6913ed82-a143-4c15-89ac-08fb375a97c5"
WITHOUT = next(id for id, one in facts.templates().items() if not one["gpus"])


def body(template: str = WITH_GPUS) -> dict[str, Any]:
    return {"properties": {"name": "gpu", "type": "GPU", "templateUuid": template}}


async def test_a_gpu_server_has_the_gpus_of_its_template(running: Running) -> None:
    place = await datacenter(running, "de/fra/2")
    server = f"{place}/servers/{(await made(running, f'{place}/servers', body()))['id']}"
    found = (await read(running, f"{server}/gpus?depth=1"))["items"]
    assert [one["type"] for one in found] == ["gpu"]
    assert found[0]["properties"] == {
        "name": "NVIDIA H200",
        "vendor": "NVIDIA",
        "model": "H200",
        "type": "passthrough",
    }
    one = await read(running, f"{server}/gpus/{found[0]['id']}")
    assert one["properties"] == found[0]["properties"]
    inside = (await read(running, f"{server}?depth=2"))["entities"]["gpus"]["items"]
    assert [gpu["id"] for gpu in inside] == [one["id"]]
    await changed(running, "DELETE", server)
    await gone(running, f"{server}/gpus/{one['id']}")


async def test_gpu_servers_are_for_places_and_templates_with_gpus(running: Running) -> None:
    with_gpus, without = await datacenter(running, "de/fra/2"), await datacenter(running, "de/txl")
    assert "no GPUs in the location" in await refused(running, "POST", f"{without}/servers", body())
    assert "has no GPUs" in await refused(running, "POST", f"{with_gpus}/servers", body(WITHOUT))


async def test_other_servers_have_none(running: Running) -> None:
    place = await datacenter(running)
    server = await made(running, f"{place}/servers", {"properties": {"cores": 1, "ram": 1024}})
    assert (await read(running, f"{place}/servers/{server['id']}/gpus"))["items"] == []
