"""Access keys of users for Object Storage."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from tests.api.cloudapi.calls import changed, done, read, refused
from tests.api.cloudapi.test_um_groups import group
from tests.api.cloudapi.test_um_users import calling, owner, user
from tests.api.conftest import ROOT, Running, settings, up

UNKNOWN = "The access key cannot be found, please double-check the key id and try again."


async def test_a_key_is_made_switched_off_and_deleted(running: Running) -> None:
    path = await owner(running)
    answer = await running.api.post(f"{path}/s3keys")
    assert answer.status_code == 202
    await done(running, answer)
    key = answer.json()
    assert re.fullmatch(r"[0-9a-f]{20}", key["id"])
    assert (key["type"], key["href"]) == ("s3key", f"{ROOT}/cloudapi/v6{path}/s3keys/{key['id']}")
    secret = key["properties"]["secretKey"]
    assert (len(secret), key["properties"]["active"]) == (40, True)
    assert key["metadata"]["createdBy"] == f"ionos:identity:::users/{path.rsplit('/', 1)[1]}"
    at = f"{path}/s3keys/{key['id']}"
    assert await read(running, at) == key
    off = {"properties": {"secretKey": "another", "active": False}}
    after = await changed(running, "PUT", at, off)
    assert after["properties"] == {"secretKey": secret, "active": False}
    assert after["metadata"]["etag"] != key["metadata"]["etag"]
    (listed,) = (await read(running, f"{path}/s3keys?depth=1&filter.active=false"))["items"]
    assert listed == after
    message = await refused(running, "PUT", at, {"properties": {"active": "no"}})
    assert message.startswith("[(root).properties.active]")
    await changed(running, "DELETE", at)
    for method, body in (("GET", None), ("DELETE", None), ("PUT", off)):
        assert await refused(running, method, at, body, code="200") == UNKNOWN


async def test_a_user_has_at_most_five_keys(running: Running) -> None:
    path = await owner(running)
    for _ in range(5):
        await done(running, await running.api.post(f"{path}/s3keys"))
    assert "5" in await refused(running, "POST", f"{path}/s3keys", code="200")
    assert len((await read(running, f"{path}/s3keys"))["items"]) == 5


async def test_nor_has_a_user_more_who_asks_for_many_at_once(running: Running) -> None:
    path = await owner(running)
    answers = await asyncio.gather(*(running.api.post(f"{path}/s3keys") for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [202] * 5 + [422] * 7


async def test_keys_are_for_who_may_use_the_storage(running: Running) -> None:
    path = await user(running)
    assert "ACCESS_S3_OBJECT_STORAGE" in await refused(running, "POST", f"{path}/s3keys", code="200")
    crew = await group(running, s3Privilege=True)
    await changed(running, "POST", f"{crew}/users", {"id": path.rsplit("/", 1)[1]})
    async with calling(running) as ada:
        key = (await ada.post(f"{path}/s3keys")).json()
        assert (await ada.get(f"{path}/s3keys/{key['id']}")).json() == key
    elsewhere = f"{await owner(running)}/s3keys/{key['id']}"
    assert await refused(running, "GET", elsewhere, code="200") == UNKNOWN


async def test_secrets_are_nowhere_in_clear(running: Running) -> None:
    path = await owner(running)
    secret = (await running.api.post(f"{path}/s3keys")).json()["properties"]["secretKey"]
    sent = {"properties": {"secretKey": secret, "active": True}}
    id = (await read(running, f"{path}/s3keys"))["items"][0]["id"]
    await changed(running, "PUT", f"{path}/s3keys/{id}", sent)
    assert secret not in (await running.api.get("/requests?depth=5")).text


async def test_the_address_of_the_storage_is_this_servers(running: Running) -> None:
    found = await read(running, f"{await owner(running)}/s3ssourl")
    assert set(found) == {"ssoUrl"}
    assert found["ssoUrl"].startswith(f"{ROOT}/")
    assert (await running.http.get(found["ssoUrl"])).status_code == 200


async def test_the_address_of_the_storage_is_below_the_servers_own(tmp_path: Path) -> None:
    public = settings(tmp_path, None, public_url="https://cloud.example.com/below")
    async with up(public) as running:
        found = await read(running, f"{await owner(running)}/s3ssourl")
    assert found["ssoUrl"].startswith("https://cloud.example.com/below/?s3CanonicalUserId=")
