"""What was read before is shown again only as long as it is so."""

from __future__ import annotations

from tests.api.conftest import Running


async def names(running: Running, path: str) -> list[str]:
    answer = await running.api.get(path)
    assert answer.status_code == 200, answer.text
    return [item["properties"]["name"] for item in answer.json()["items"]]


async def test_lists_show_every_change_at_once(running: Running) -> None:
    one = await running.make("/datacenters", name="one", location="de/fra")
    await running.make("/datacenters", name="two", location="de/fra")
    for _ in range(2):
        assert await names(running, "/datacenters?depth=1") == ["one", "two"]
    await running.api.patch(f"/datacenters/{one['id']}", json={"name": "uno"})
    assert await names(running, "/datacenters?depth=1") == ["uno", "two"]
    await running.make("/datacenters", name="three", location="de/fra")
    assert await names(running, "/datacenters?depth=1") == ["uno", "two", "three"]
    await running.api.delete(f"/datacenters/{one['id']}")
    assert await names(running, "/datacenters?depth=1") == ["two", "three"]
    assert await names(running, "/datacenters?depth=1&orderBy=name") == ["three", "two"]


async def test_what_is_inside_shows_every_change_at_once(running: Running) -> None:
    datacenter = await running.make("/datacenters", name="around", location="de/fra")
    path = f"/datacenters/{datacenter['id']}"
    lan = await running.make(f"{path}/lans", name="first", public=False)
    await running.make(f"{path}/lans", name="second", public=False)

    async def inside() -> list[str]:
        entities = (await running.api.get(f"{path}?depth=3")).json()["entities"]
        return [item["properties"]["name"] for item in entities["lans"]["items"]]

    for _ in range(2):
        assert await inside() == ["first", "second"]
    await running.api.patch(f"{path}/lans/{lan['id']}", json={"name": "changed"})
    assert await inside() == ["changed", "second"]
    await running.api.delete(f"{path}/lans/{lan['id']}")
    assert await inside() == ["second"]


async def test_a_refused_change_is_not_remembered(running: Running) -> None:
    datacenter = await running.make("/datacenters", name="kept", location="de/fra")
    assert await names(running, "/datacenters?depth=1") == ["kept"]
    refused = await running.api.patch(
        f"/datacenters/{datacenter['id']}", json={"name": "lost", "location": "de/txl"}
    )
    assert refused.status_code == 422
    assert await names(running, "/datacenters?depth=1") == ["kept"]


async def test_what_took_the_place_of_something_deleted_is_shown(running: Running) -> None:
    for name in ("first", "second", "third"):
        made = await running.make("/pccs", name=name)
        assert await names(running, "/pccs?depth=1") == [name]
        assert (await running.api.delete(f"/pccs/{made['id']}")).status_code == 202


async def test_a_label_put_again_has_its_new_value(running: Running) -> None:
    block = await running.make("/ipblocks", location="de/txl", size=1)
    path = f"/ipblocks/{block['id']}/labels"
    for value in ("one", "two"):
        await running.make(path, key="k", value=value)
        shown = (await running.api.get(f"{path}?depth=1")).json()["items"]
        assert [item["properties"]["value"] for item in shown] == [value]
        assert (await running.api.get(f"{path}/k")).json()["properties"]["value"] == value
        await running.api.delete(f"{path}/k")
