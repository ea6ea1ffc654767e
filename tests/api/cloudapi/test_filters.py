"""`filter.*`: by property and metadata, in any case, several at once, and empty for what is unknown."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.api.conftest import USERNAME, Running


@pytest.fixture
def running(alone: Running) -> Running:
    """Rules do not depend on the store; the stories of `test_workflows` are told on both."""
    return alone


async def some(running: Running, path: str, **filters: str) -> list[str]:
    query = {f"filter.{name}": value for name, value in filters.items()}
    answer = await running.api.get(path, params={"depth": "1", **query})
    assert answer.status_code == 200, answer.text
    return [item["properties"].get("name", "") for item in answer.json()["items"]]


async def lans(running: Running) -> str:
    id = (await running.make("/datacenters", name="One", location="de/txl"))["id"]
    path = f"/datacenters/{id}/lans"
    await running.make(path, name="Front", public=True)
    await running.make(path, name="Back", public=False)
    await running.make(path, name="Back 100% _x_", public=False)
    return path


async def test_text_is_found_within_in_any_case(running: Running) -> None:
    path = await lans(running)
    for value, found in (
        ("Front", ["Front"]), ("front", ["Front"]), ("ON", ["Front"]), ("back", ["Back", "Back 100% _x_"]),
        ("%", ["Back 100% _x_"]), ("_", ["Back 100% _x_"]), ("B_ck", []), ("!", []), ("'", []), ('"', []), ("\\", []),
    ):  # fmt: skip
        assert await some(running, path, name=value) == found, value


async def test_several_values_are_alternatives_several_filters_all_hold(running: Running) -> None:
    path = await lans(running)
    assert await some(running, path, name="front,back") == ["Front", "Back", "Back 100% _x_"]
    assert await some(running, path, name="back", public="false") == ["Back", "Back 100% _x_"]
    assert await some(running, path, name="back", public="true") == []
    twice = await running.api.get(f"{path}?filter.name=back&filter.name=x")
    assert len(twice.json()["items"]) == 1


async def test_booleans_and_numbers_are_compared_as_such(running: Running) -> None:
    path = await lans(running)
    assert await some(running, path, public="true") == ["Front"]
    assert await some(running, path, public="FALSE") == ["Back", "Back 100% _x_"]
    assert await some(running, path, public="tru") == []
    for size in (1, 11):
        await running.make("/ipblocks", name=str(size), location="de/txl", size=size)
    assert await some(running, "/ipblocks", size="1") == ["1"]
    assert await some(running, "/ipblocks", size="11,12") == ["11"]
    for odd in ("x", "1.0", "1e0", "-1", "9" * 40, "null", "", "'"):
        assert await some(running, "/ipblocks", size=odd) == [], odd


async def test_lists_match_by_any_element(running: Running) -> None:
    (block,) = [await running.make("/ipblocks", name="mine", location="de/txl", size=2)]
    await running.make("/ipblocks", name="other", location="de/fra", size=2)
    assert await some(running, "/ipblocks", ips=block["properties"]["ips"][1]) == ["mine"]
    assert await some(running, "/ipblocks", ips="999") == []


async def test_what_does_not_exist_matches_nothing(running: Running) -> None:
    path = await lans(running)
    for name in ("nosuch", "Name", "properties.name", "id", "'; DROP TABLE resource; --", "", "name%00"):
        if "%00" not in name:
            assert await some(running, path, **{name: "a"}) == [], name
    assert len((await running.api.get(f"{path}?filters.name=x&filter=x")).json()["items"]) == 3


async def test_metadata_is_filtered_too(running: Running) -> None:
    first = await running.make("/datacenters", name="first", location="de/txl")
    running.clock.advance(timedelta(days=2).total_seconds())
    await running.make("/datacenters", name="second", location="de/txl")
    path = "/datacenters"
    assert await some(running, path, createdBy=USERNAME.upper()) == ["first", "second"]
    assert await some(running, path, createdBy="nobody") == []
    created = first["metadata"]["createdDate"]
    assert await some(running, path, createdDate=created) == ["first"]
    assert await some(running, path, createdDate=created[:10]) == ["first"]
    tomorrow = datetime.fromisoformat(created) + timedelta(days=1)
    assert await some(running, path, createdDate=tomorrow.date().isoformat()) == []
    assert await some(running, path, createdDate="soon") == []
    assert await some(running, path, createdByUserId=first["metadata"]["createdByUserId"]) == [
        "first",
        "second",
    ]


async def test_by_state(running: Running) -> None:
    await running.make("/datacenters", name="old", location="de/txl")
    await running.control(
        "PATCH", f"/contracts/{running.cloud.owner.contract}", json={"profile": "realistic"}
    )
    await running.make("/datacenters", name="new", location="de/txl")
    assert await some(running, "/datacenters", state="AVAILABLE") == ["old"]
    assert await some(running, "/datacenters", state="busy") == ["new"]
    assert await some(running, "/datacenters", state="AVAILABLE,BUSY") == ["old", "new"]
    assert await some(running, "/datacenters", state="FAILED") == []


async def test_by_etag(running: Running) -> None:
    await running.make("/datacenters", name="one", location="de/txl")
    id = (await running.make("/datacenters", name="two", location="de/txl"))["id"]
    etag = (await running.api.get(f"/datacenters/{id}")).headers["etag"]
    assert await some(running, "/datacenters", etag=etag) == ["two"]
    await running.api.patch(f"/datacenters/{id}", json={"description": "changed"})
    assert await some(running, "/datacenters", etag=etag) == []
    for odd in ("", "x", "0" * 32, etag[:-1], etag + "0"):
        assert await some(running, "/datacenters", etag=odd) == [], odd


@pytest.mark.parametrize("value", ["ÄRGER", "ärger", "Ärger", "rger"])
async def test_letters_beyond_ascii(running: Running, value: str) -> None:
    await running.make("/datacenters", name="Ärger", location="de/txl")
    assert await some(running, "/datacenters", name=value) == ["Ärger"]


async def test_templates_and_images_are_filtered_as_tools_do(alone: Running) -> None:
    assert await some(alone, "/templates", name="XS") != []
    aliases = (await alone.api.get("/images?depth=1&filter.imageAliases=ubuntu:latest")).json()["items"]
    assert aliases
    assert all("ubuntu:latest" in " ".join(item["properties"]["imageAliases"]) for item in aliases)
    assert await some(alone, "/images", public="false") == []
