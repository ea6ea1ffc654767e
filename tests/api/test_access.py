"""Who may call what: every operation by every kind of caller, held against what the catalogue says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack

import httpx
import jwt
import pytest

from ionstack.apis import auth, cloudapi, objectstoragemanagement
from ionstack.apis.cloudapi import facts
from ionstack.apis.index import APIS
from ionstack.catalogue.access import Who
from ionstack.catalogue.operation import Operation
from ionstack.identity.privileges import PRIVILEGES
from tests.api.conftest import Running, client, token
from tests.api.test_contracts_apart import Contract, calls, furnished

OPERATIONS = [one for one in cloudapi.operations() if not one.open]
BESIDE = {"/auth/v1": auth.operations(), "/objectstoragemanagement": objectstoragemanagement.operations()}
"""The operations of the other APIs, which are about what is the caller's own."""
OF_EVERYBODY = ("/locations", "/templates", "/images")
"""What is the vendor's: everybody sees it, and it stays as it is."""
NOT_SHARED = ("/um/", "/requests/", "/targetgroups/")
"""What no group can share: other rules hold, or only who made it sees it."""
MISSING = "00000000-0000-4000-8000-00000000dead"


def allowed(status: int) -> bool:
    """Whether an answer is not one to somebody who may not."""
    return status not in (401, 403, 404) and status < 500


def of_vendor(operation: Operation) -> bool:
    return operation.path.startswith(OF_EVERYBODY)


@pytest.fixture
async def owner(running: Running) -> Contract:
    image = next(id for id, one in facts.images().items() if one["imageType"] == "HDD")
    place = {
        "regionId": "de",
        "locationId": "txl",
        "imageId": image,
        "templateId": next(iter(facts.templates())),
    }
    label = {"properties": {"key": "env", "value": "dev"}}
    assert (await running.api.post(f"/images/{image}/labels", json=label)).status_code == 201
    return Contract(running.api, {**await furnished(running.api), **place})


class People:
    """Makes users of the first contract, and clients that call as them."""

    def __init__(self, running: Running, stack: AsyncExitStack) -> None:
        self._running, self._stack = running, stack

    async def user(
        self, name: str, *privileges: str, administrator: bool = False, grouped: bool = True
    ) -> tuple[httpx.AsyncClient, str]:
        """A new user and the group they are in, which gives them these privileges; "" for no group."""
        api = self._running.api
        email, password = f"{name}@example.com", f"password of {name}"
        person = {"firstname": name, "lastname": "x", "email": email, "password": password}
        made = await api.post("/um/users", json={"properties": {**person, "administrator": administrator}})
        group = ""
        if grouped:
            rights = dict.fromkeys(privileges, True)
            answer = await api.post("/um/groups", json={"properties": {"name": name, **rights}})
            group = answer.json()["id"]
            await api.post(f"/um/groups/{group}/users", json={"id": made.json()["id"]})
        return await self.client(await token(self._running.http, email, password)), group

    async def client(self, bearer: str) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        made = client(self._running.cloud, "/cloudapi/v6", headers=headers)
        return await self._stack.enter_async_context(made)


@pytest.fixture
async def people(running: Running) -> AsyncIterator[People]:
    async with AsyncExitStack() as stack:
        yield People(running, stack)


def test_every_operation_says_who_may_call_it() -> None:
    """The type checker wants an entry of each; nothing but what is meant for it is open."""
    opened = {one.id for api in APIS if api.operations for one in api.operations() if one.open}
    assert opened == {"apiInfoGet", "jwksGet"}
    named = {one.access.privilege for one in OPERATIONS} - {""}
    assert named <= set(PRIVILEGES.values())
    assert {one.access.who for one in OPERATIONS} >= set(Who) - {
        Who.ANYBODY,
        Who.OPERATOR,
        Who.OPERATOR_OR_USER,
    }


async def test_nobody_gets_in_without_good_credentials(
    running: Running, people: People, owner: Contract
) -> None:
    before = await owner.picture()
    for word, bearer in (await bad_tokens(running)).items():
        api = await people.client(bearer)
        for operation in OPERATIONS:
            assert await calls(api, operation, owner.ids) == 401, (word, operation.id)
        for base, api_operations in BESIDE.items():
            for one in (one for one in api_operations if not one.open):
                path = base + one.path.format(tokenId=MISSING, accesskeyId=MISSING, region="de")
                headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
                answer = await running.http.request(one.method, path, headers=headers)
                assert answer.status_code == 401, (word, one.id)
    assert await owner.picture() == before


async def test_a_plain_user_gets_what_is_for_every_user(people: People, owner: Contract) -> None:
    plain, _ = await people.user("plain", grouped=False)
    before = await owner.picture()
    for operation in (one for one in OPERATIONS if not of_vendor(one)):
        status = await calls(plain, operation, owner.ids)
        match operation.access.who:
            case Who.MEMBER:
                assert allowed(status) is not bool(operation.access.privilege), operation.id
            case Who.SEER | Who.CHANGER | Who.SHARER:
                assert status == 404, operation.id
            case _:
                assert status == 403, operation.id
    assert without_users_things(await owner.picture()) == without_users_things(before)


async def test_what_is_shared_for_reading_is_read_and_nothing_else(people: People, owner: Contract) -> None:
    reader, group = await people.user("reader")
    for id in top_level(owner.ids):
        await share(owner, group, id)
    before = await owner.picture()
    for operation in OPERATIONS:
        if of_vendor(operation) or operation.path.startswith(NOT_SHARED):
            continue
        status = await calls(reader, operation, owner.ids)
        if operation.access.who is Who.SEER:
            assert allowed(status), operation.id
        elif operation.access.who is Who.CHANGER:
            assert status == 403, operation.id
    assert without_users_things(await owner.picture()) == without_users_things(before)


async def test_who_may_change_what_is_shared_may_do_all_of_it(people: People, owner: Contract) -> None:
    editor, group = await people.user("editor", *PRIVILEGES)
    for id in top_level(owner.ids):
        await share(owner, group, id, editPrivilege=True)
    for operation in innermost_first(OPERATIONS):
        if of_vendor(operation) or operation.path.startswith(NOT_SHARED):
            continue
        status = await calls(editor, operation, owner.ids)
        assert allowed(status) or gone(operation, status), operation.id


@pytest.mark.parametrize("administrator", [False, True], ids=["owner", "administrator"])
async def test_owner_and_administrators_may_do_everything(
    people: People, owner: Contract, administrator: bool
) -> None:
    api = (await people.user("admin", administrator=True))[0] if administrator else owner.api
    for operation in innermost_first(OPERATIONS):
        status = await calls(api, operation, owner.ids)
        facts_stay = of_vendor(operation) and operation.access.who is Who.CHANGER
        assert allowed(status) or gone(operation, status) or (facts_stay and status == 403), (
            operation.id,
            status,
        )


async def test_a_privilege_lets_in_and_its_lack_keeps_out(people: People, owner: Contract) -> None:
    """With the one privilege an operation names it is allowed, with all the others it is not."""
    group_properties = {word: name for name, word in PRIVILEGES.items()}
    guarded = [one for one in OPERATIONS if one.access.privilege and one.access.who is not Who.SELF]
    assert len({one.access.privilege for one in guarded}) == 8
    for number, privilege in enumerate(sorted({one.access.privilege for one in guarded})):
        name = group_properties[privilege]
        having, mine = await people.user(f"having{number}", name)
        lacking, theirs = await people.user(f"lacking{number}", *(PRIVILEGES.keys() - {name}))
        for id in top_level(owner.ids):
            await share(owner, mine, id, editPrivilege=True)
            await share(owner, theirs, id, editPrivilege=True)
        for operation in (one for one in guarded if one.access.privilege == privilege):
            assert await calls(lacking, operation, owner.ids) == 403, operation.id
            assert allowed(await calls(having, operation, owner.ids)), operation.id


async def test_another_contracts_owner_finds_nothing_here(
    running: Running, people: People, owner: Contract
) -> None:
    """And what is not there at all looks the same to them."""
    made = (await running.control("POST", "/contracts", json={})).json()
    stranger = await people.client(made["token"])
    nothing = {name: MISSING if len(id) == 36 else id for name, id in owner.ids.items()}
    for operation in OPERATIONS:
        if of_vendor(operation) or operation.access.who is Who.MEMBER or "{" not in operation.path:
            continue
        if operation.id == "umResourcesFindByType":
            continue
        answers = [await calls(stranger, operation, ids) for ids in (owner.ids, nothing)]
        assert answers == [404, 404], operation.id


async def test_who_may_share_on_gives_no_more_than_they_have(people: People, owner: Contract) -> None:
    sharer, group = await people.user("sharer")
    _, other = await people.user("other")
    here = owner.ids["datacenterId"]
    body = {"properties": {"editPrivilege": False}}
    path = f"/um/groups/{other}/shares/{here}"
    assert (await sharer.post(path, json=body)).status_code == 404
    await share(owner, group, here)
    assert (await sharer.post(path, json=body)).status_code == 403
    await owner.api.put(f"/um/groups/{group}/shares/{here}", json={"properties": {"sharePrivilege": True}})
    more = {"properties": {"editPrivilege": True}}
    assert (await sharer.post(path, json=more)).status_code == 403
    assert (await sharer.post(path, json=body)).status_code == 202
    assert (await sharer.delete(path)).status_code == 403


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Basic", "Basic !!!", "Basic " + "A" * 9000, "Bearer " + "A" * 9000, "Digest x",
     "Bearer a.b.c", "Basic " + base64.b64encode(b"no colon").decode(), "Bearer \xff\xfe", "Basic =", "\x01"],
)  # fmt: skip
async def test_malformed_credentials_are_401(running: Running, header: str) -> None:
    answer = await running.http.get(
        "/cloudapi/v6/datacenters", headers=[(b"authorization", header.encode("latin-1"))]
    )
    assert answer.status_code == 401, answer.text


async def bad_tokens(running: Running) -> Mapping[str, str]:
    """Tokens that open nothing, by what is wrong with them."""
    good = await token(running.http)
    spare = await token(running.http)
    short = (
        await running.http.get("/auth/v1/tokens/generate?ttl=60", headers={"Authorization": f"Bearer {good}"})
    ).json()["token"]
    id = jwt.get_unverified_header(spare)["kid"]
    bearer = {"Authorization": f"Bearer {good}"}
    assert (await running.http.delete(f"/auth/v1/tokens/{id}", headers=bearer)).status_code == 200
    running.clock.advance(61)
    head, claims = jwt.get_unverified_header(good), jwt.decode(good, options={"verify_signature": False})
    owned = {**claims, "identity": {**claims["identity"], "contractNumber": 1}}
    public = next(iter(running.cloud.identity.keys.public()["keys"]))
    return {
        "none": "",
        "revoked": spare,
        "expired": short,
        "alg none": f"{_part({**head, 'alg': 'none'})}.{_part(claims)}.",
        "HS256 with the public key": _hs256({**head, "alg": "HS256"}, claims, json.dumps(public).encode()),
        "wrong kid": ".".join([_part({**head, "kid": MISSING}), *good.split(".")[1:]]),
        "altered claims": ".".join([good.split(".")[0], _part(owned), good.split(".")[2]]),
        "cut off": good[:-8],
    }


def _part(document: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def _hs256(head: Mapping[str, object], claims: Mapping[str, object], key: bytes) -> str:
    signed = f"{_part(head)}.{_part(claims)}"
    digest = hmac.new(key, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def top_level(ids: Mapping[str, str]) -> Iterable[str]:
    """The ids of what can be shared."""
    kinds = (
        "datacenterId",
        "snapshotId",
        "ipblockId",
        "pccId",
        "backupunitId",
        "k8sClusterId",
    )
    return {id for name, id in ids.items() if name.rpartition(" ")[2] in kinds}


async def share(owner: Contract, group: str, id: str, **rights: bool) -> None:
    answer = await owner.api.post(f"/um/groups/{group}/shares/{id}", json={"properties": rights})
    assert answer.status_code == 202, answer.text


def innermost_first(operations: Iterable[Operation]) -> list[Operation]:
    """What only looks first, removals last, of what is inside first."""
    order = ("GET", "PUT", "PATCH", "POST", "DELETE")
    return sorted(operations, key=lambda one: (order.index(one.method), -one.path.count("/")))


def gone(operation: Operation, status: int) -> bool:
    """Whether what an operation removes has gone with something else before."""
    return operation.method == "DELETE" and status == 404


def without_users_things(picture: list[object]) -> str:
    """What is there but for requests and what plain users may make."""
    return json.dumps(picture[:4])
