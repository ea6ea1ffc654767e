"""What a user who is no administrator may do: what their groups allow, with what they made or is shared."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from ionstack.apis import cloudapi
from ionstack.identity.privileges import ALL
from tests.api.cloudapi.calls import changed, datacenter, made, read
from tests.api.cloudapi.test_um_groups import group
from tests.api.cloudapi.test_um_users import calling, user
from tests.api.conftest import Running

DATACENTER = {"properties": {"name": "hers", "location": "de/txl"}}


@dataclass(slots=True)
class Ada:
    """A plain user, who calls by `api` and is in one group."""

    api: httpx.AsyncClient
    running: Running
    group: str

    async def may(self, **privileges: bool) -> None:
        """Give her group these privileges and no others."""
        await changed(self.running, "PUT", self.group, {"properties": {"name": "crew", **privileges}})

    async def shares(self, path: str, **privileges: bool) -> str:
        """Share something with her group; the path of the share."""
        share = f"{self.group}/shares/{path.rsplit('/', 1)[1]}"
        await changed(self.running, "POST", share, {"properties": privileges})
        return share

    async def ids(self, path: str) -> list[str]:
        """What she sees in a list."""
        return [one["id"] for one in (await self.api.get(path)).raise_for_status().json()["items"]]


@pytest.fixture
async def ada(running: Running) -> AsyncIterator[Ada]:
    path, crew = await user(running), await group(running)
    await changed(running, "POST", f"{crew}/users", {"id": path.rsplit("/", 1)[1]})
    async with calling(running) as api:
        yield Ada(api, running, crew)


def denied(answer: httpx.Response, privilege: str = "") -> None:
    """See that something is forbidden in the API's words."""
    assert answer.status_code == 403, answer.text
    (line,) = answer.json()["messages"]
    assert line["errorCode"] == "331"
    assert line["message"].startswith("Access Denied")
    assert privilege in line["message"]


async def test_what_is_made_needs_a_privilege(running: Running, ada: Ada) -> None:
    for privilege, word, path, body in (
        ("createDataCenter", "CREATE_DATA_CENTER", "/datacenters", DATACENTER),
        ("reserveIp", "RESERVE_IP", "/ipblocks", {"properties": {"location": "de/txl", "size": 1}}),
        ("createPcc", "CREATE_PCC", "/pccs", {"properties": {"name": "x"}}),
        (
            "createBackupUnit",
            "CREATE_BACKUP_UNIT",
            "/backupunits",
            {"properties": {"name": "b", "password": "longenough1", "email": "b@example.com"}},
        ),
    ):
        await ada.may()
        denied(await ada.api.post(path, json=body), word)
        assert await ada.ids(path) == []
        await ada.may(**{privilege: True})
        answer = await ada.api.post(path, json=body)
        assert answer.status_code == 202, answer.text
        assert await ada.ids(path) == [answer.json()["id"]]
    assert (await read(running, "/datacenters"))["items"]


async def test_inside_a_data_center_some_things_need_a_privilege_too(ada: Ada) -> None:
    await ada.may(createDataCenter=True)
    here = f"/datacenters/{(await ada.api.post('/datacenters', json=DATACENTER)).json()['id']}"
    lan = (await ada.api.post(f"{here}/lans", json={"properties": {}})).json()["id"]
    server = (await ada.api.post(f"{here}/servers", json={"properties": {"cores": 1, "ram": 1024}})).json()[
        "id"
    ]
    nics = f"{here}/servers/{server}/nics"
    nic = (await ada.api.post(nics, json={"properties": {"lan": int(lan)}})).json()["id"]
    log = {"properties": {"name": "l", "action": "ALL", "direction": "INGRESS", "bucket": "b"}}
    calls = (
        ("POST", f"{nics}/{nic}/flowlogs", log, "createFlowLog", "CREATE_FLOW_LOG"),
        ("POST", f"{here}/lans", {"properties": {"public": True}}, "createInternetAccess", "CREATE_INTERNET_ACCESS"),
        ("PATCH", f"{here}/lans/{lan}", {"public": True}, "createInternetAccess", "CREATE_INTERNET_ACCESS"),
        ("POST", f"{here}/securitygroups", {"properties": {"name": "g"}},
         "createNetworkSecurityGroups", "CREATE_NETWORK_SECURITY_GROUPS"),
    )  # fmt: skip
    for method, path, body, privilege, word in calls:
        await ada.may()
        denied(await ada.api.request(method, path, json=body), word)
        await ada.may(**{privilege: True})
        answer = await ada.api.request(method, path, json=body)
        assert answer.status_code == 202, answer.text


async def test_what_others_made_is_not_there(running: Running, ada: Ada) -> None:
    dc = await datacenter(running)
    await running.make(f"{dc}/labels", key="k", value="v")
    created = await running.api.post("/pccs", json={"properties": {"name": "x"}})
    pcc = created.json()["id"]
    request = created.headers["location"].removesuffix("/status").rsplit("/", 1)[1]
    urn = f"/labels/urn:label:datacenter:{dc.rsplit('/', 1)[1]}:k"
    for path in (dc, f"{dc}/servers", f"{dc}/labels", f"{dc}/labels/k", f"/pccs/{pcc}", urn,
                 f"/requests/{request}", f"/requests/{request}/status"):  # fmt: skip
        answer = await ada.api.get(path)
        assert answer.status_code == 404, path
        assert answer.json()["messages"][0]["errorCode"] == "309"
    for method, path, body in (
        ("PATCH", dc, {"name": "mine"}),
        ("DELETE", dc, None),
        ("POST", f"{dc}/lans", {"properties": {}}),
        ("DELETE", f"/pccs/{pcc}", None),
        ("POST", f"{dc}/labels", {"properties": {"key": "a", "value": "b"}}),
    ):
        assert (await ada.api.request(method, path, json=body)).status_code == 404, path
    for path in ("/datacenters", "/pccs", "/labels", "/requests"):
        assert await ada.ids(path) == [], path
    assert len(await ada.ids("/locations")) > 3
    await ada.may(createDataCenter=True)
    mine = f"/datacenters/{(await ada.api.post('/datacenters', json=DATACENTER)).json()['id']}"
    refusal = await ada.api.post(f"{mine}/lans", json={"properties": {"pcc": pcc}})
    assert refusal.status_code == 422
    assert "does not exist" in refusal.json()["messages"][0]["message"]
    assert len(await ada.ids("/requests")) == 1


async def test_what_is_shared_can_be_read_and_changed_if_the_share_says_so(
    running: Running, ada: Ada
) -> None:
    dc = await datacenter(running)
    await made(running, f"{dc}/lans", {"properties": {"name": "back"}})
    await running.make(f"{dc}/labels", key="k", value="v")
    share = await ada.shares(dc)
    assert [
        f"/datacenters/{id}" for id in await ada.ids("/datacenters?limit=1&maxResults=1&filter.name=d")
    ] == [dc]
    assert len(await ada.ids("/labels")) == 1
    assert (await ada.api.get(f"{dc}/lans/1")).json()["properties"]["name"] == "back"
    writes: tuple[tuple[str, str, Any], ...] = (
        ("PATCH", f"{dc}/lans/1", {"name": "rear"}),
        ("POST", f"{dc}/lans", {"properties": {}}),
        ("PATCH", dc, {"name": "ours"}),
        ("DELETE", f"{dc}/lans/2", None),
    )
    for method, path, sent in writes[:3]:
        denied(await ada.api.request(method, path, json=sent))
    await changed(running, "PUT", share, {"properties": {"editPrivilege": True}})
    for method, path, sent in writes:
        answer = await ada.api.request(method, path, json=sent)
        assert answer.status_code == 202, answer.text
    await changed(running, "DELETE", share)
    assert (await ada.api.get(dc)).status_code == 404


async def test_snapshots_are_taken_and_used_by_right(running: Running, ada: Ada) -> None:
    await ada.may(createDataCenter=True)
    disk = {"properties": {"size": 2, "licenceType": "LINUX"}}
    mine = f"/datacenters/{(await ada.api.post('/datacenters', json=DATACENTER)).json()['id']}"
    volume = f"{mine}/volumes/{(await ada.api.post(f'{mine}/volumes', json=disk)).json()['id']}"
    denied(await ada.api.post(f"{volume}/create-snapshot", json={}), "CREATE_SNAPSHOT")
    theirs = await datacenter(running)
    path = f"{theirs}/volumes/{(await made(running, f'{theirs}/volumes', disk))['id']}"
    kept = (await made(running, f"{path}/create-snapshot", {}))["id"]
    assert (await ada.api.get(f"/snapshots/{kept}")).status_code == 404
    copy = {"properties": {"size": 2, "image": kept}}
    restore = {"properties": {"snapshotId": kept}}
    assert (await ada.api.post(f"{mine}/volumes", json=copy)).status_code == 422
    assert (await ada.api.post(f"{volume}/restore-snapshot", json=restore)).status_code == 422
    await ada.shares(f"/snapshots/{kept}")
    assert await ada.ids("/snapshots") == [kept]
    assert (await ada.api.post(f"{mine}/volumes", json=copy)).status_code == 202
    assert (await ada.api.post(f"{volume}/restore-snapshot", json=restore)).status_code == 202
    assert await ada.ids("/snapshots") == [kept]
    await ada.may(createSnapshot=True)
    assert (await ada.api.post(f"{volume}/create-snapshot", json={})).status_code == 202


async def test_addresses_are_for_who_sees_their_block(running: Running, ada: Ada) -> None:
    block = await made(running, "/ipblocks", {"properties": {"location": "de/txl", "size": 2}})
    ips = block["properties"]["ips"]
    dc = await datacenter(running)
    await made(running, f"{dc}/lans", {"properties": {"public": True}})
    server = (await made(running, f"{dc}/servers", {"properties": {"cores": 1, "ram": 1024}}))["id"]
    nics = f"{dc}/servers/{server}/nics"
    nic = (await made(running, nics, {"properties": {"lan": 1, "ips": ips[:1]}}))["id"]
    await ada.shares(dc, editPrivilege=True)
    refusal = await ada.api.post(nics, json={"properties": {"lan": 1, "ips": ips[1:]}})
    assert refusal.status_code == 422
    assert "not reserved" in refusal.text
    assert (await ada.api.patch(f"{nics}/{nic}", json={"name": "n", "ips": ips[:1]})).status_code == 202
    await ada.shares(f"/ipblocks/{block['id']}")
    assert (await ada.api.post(nics, json={"properties": {"lan": 1, "ips": ips[1:]}})).status_code == 202


async def test_everybody_labels_what_is_the_vendors(ada: Ada) -> None:
    image = f"/images/{(await ada.ids('/images'))[0]}"
    answer = await ada.api.post(f"{image}/labels", json={"properties": {"key": "k", "value": "v"}})
    assert answer.status_code in (201, 202), answer.text
    assert (await ada.api.get(f"{image}/labels/k")).status_code == 200
    assert len(await ada.ids("/labels")) == 1


async def test_rights_end_with_the_membership(running: Running, ada: Ada) -> None:
    dc = await datacenter(running)
    await ada.shares(dc)
    assert (await ada.api.get(dc)).status_code == 200
    (member,) = (await read(running, f"{ada.group}/users"))["items"]
    await changed(running, "DELETE", f"{ada.group}/users/{member['id']}")
    assert (await ada.api.get(dc)).status_code == 404


def test_every_privilege_that_is_asked_for_can_be_given() -> None:
    asked = {resource.privilege for resource in cloudapi.RESOURCES} - {""}
    assert asked <= ALL
    assert {"CREATE_DATA_CENTER", "RESERVE_IP", "CREATE_PCC", "CREATE_FLOW_LOG"} <= asked


async def test_a_cross_connect_tells_of_the_data_centers_that_its_reader_sees(
    ada: Ada, running: Running
) -> None:
    await ada.may(createPcc=True, createDataCenter=True)
    await datacenter(running, name="theirs")
    assert (await ada.api.post("/datacenters", json=DATACENTER)).status_code == 202
    shared = f"/pccs/{(await made(running, '/pccs', {'properties': {'name': 'x'}}))['id']}"
    await ada.shares(shared)
    shown = (await ada.api.get(shared)).json()["properties"]
    assert [one["name"] for one in shown["connectableDatacenters"]] == ["hers"]
    shown = (await read(running, shared))["properties"]
    assert [one["name"] for one in shown["connectableDatacenters"]] == ["theirs", "hers"]
