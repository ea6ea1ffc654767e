"""Backup units."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from tests.api.cloudapi.calls import changed, datacenter, gone, made, read, refused
from tests.api.conftest import Running


@pytest.fixture
def running(alone: Running) -> Running:
    """Rules do not depend on the store; the stories of `test_workflows` are told on both."""
    return alone


UNIT = {"name": "backup1", "password": "a good password", "email": "backup@example.com"}


def body(**properties: Any) -> dict[str, Any]:
    return {"properties": {**UNIT, **properties}}


async def test_a_backup_unit_lives(running: Running) -> None:
    answer = await made(running, "/backupunits", body())
    assert answer["metadata"]["state"] == "BUSY"
    path = f"/backupunits/{answer['id']}"
    shown = await read(running, path)
    assert shown["metadata"]["state"] == "AVAILABLE"
    assert shown["properties"] == {"name": "backup1", "email": "backup@example.com"}
    await changed(running, "PATCH", path, {"email": "other@example.com", "password": "another password"})
    await changed(running, "PUT", path, {"properties": {"email": "third@example.com"}})
    shown = await read(running, path)
    assert shown["properties"] == {"name": "backup1", "email": "third@example.com"}
    await changed(running, "DELETE", path)
    await gone(running, path)


async def test_its_single_sign_on_address_names_its_login(running: Running) -> None:
    unit = await made(running, "/backupunits", body())
    url = (await read(running, f"/backupunits/{unit['id']}/ssourl"))["ssoUrl"]
    claims = jwt.decode(url.partition("?jwt=")[2], options={"verify_signature": False})
    login = f"{running.cloud.owner.contract}-backup1"
    assert claims["backupunit"] == {"uuid": unit["id"], "login": login}
    assert not (await running.api.get("/backupunits/nobody/ssourl")).is_success


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"name": "with blanks"}, "name"),
        ({"name": ""}, "name"),
        ({"password": "short"}, "password"),
        ({"password": None}, "password"),
        ({"email": None}, "email"),
        ({"email": "nobody"}, "email"),
    ],
)
async def test_what_a_backup_unit_cannot_be(running: Running, wrong: dict[str, Any], path: str) -> None:
    message = await refused(running, "POST", "/backupunits", body(**wrong))
    assert message.startswith(f"[(root).properties.{path}]")
    assert (await read(running, "/backupunits"))["items"] == []


async def test_names_are_given_once_and_for_ever(running: Running) -> None:
    unit = await made(running, "/backupunits", body())
    assert "already" in await refused(running, "POST", "/backupunits", body(name="BACKUP1"))
    await made(running, "/backupunits", body(name="backup10"))
    await refused(running, "PATCH", f"/backupunits/{unit['id']}", {"name": "other"})


async def test_a_volume_is_backed_up_in_a_unit_that_exists(running: Running) -> None:
    unit = await made(running, "/backupunits", body())
    place = await datacenter(running)
    disk = {"size": 10, "imageAlias": "ubuntu:latest", "imagePassword": "longenough1"}
    path = f"{place}/volumes"
    volume = await made(running, path, {"properties": {**disk, "backupunitId": unit["id"]}})
    assert volume["properties"]["backupunitId"] == unit["id"]
    await refused(running, "DELETE", f"/backupunits/{unit['id']}", code="200")
    empty = {"size": 10, "licenceType": "LINUX", "backupunitId": unit["id"]}
    assert "public image" in await refused(running, "POST", path, {"properties": empty})
