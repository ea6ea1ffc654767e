from __future__ import annotations

import asyncio

import pytest
from argon2 import PasswordHasher

from ionstack.engine.clock import FrozenClock
from ionstack.errors import Conflict, Invalid, NotFound
from ionstack.identity.identity import Identity
from ionstack.store.port import Store
from tests.api.identity.callers import HERE, basic, epochs, events, run, select


async def test_a_user_is_found_in_any_case(identity: Identity) -> None:
    contract = (await identity.create_contract()).number
    user = await identity.users.create(
        contract, "Max@Example.ORG", "a password", "user", firstname="Max", lastname="M"
    )
    assert (user.email, user.firstname, user.lastname, user.active) == ("max@example.org", "Max", "M", True)
    assert await identity.users.find(" mAX@example.org ") == user == await identity.users.get(user.id)
    assert await identity.users.find("other@example.org") is None
    assert await identity.users.find("no address\x00") is None


async def test_an_address_belongs_to_one_user(identity: Identity) -> None:
    contract = (await identity.create_contract("a@b")).number
    with pytest.raises(Conflict, match="a@b"):
        await identity.users.create(contract, "A@B", "a password", "user")
    made = await asyncio.gather(
        *(identity.users.create(contract, "new@b", "a password", "user") for _ in range(2)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in made) == ["Conflict", "User"]


async def test_bad_users_are_refused(identity: Identity) -> None:
    contract = (await identity.create_contract()).number
    with pytest.raises(Invalid, match="x@y"):
        await identity.users.create(contract, "nobody", "a password", "user")
    with pytest.raises(Invalid, match="1024"):
        await identity.users.create(contract, "a@b", "", "user")
    with pytest.raises(Invalid, match="administrator"):
        await identity.users.create(contract, "a@b", "a password", "king")
    with pytest.raises(NotFound):
        await identity.users.create(1, "a@b", "a password", "user")


async def test_roles_are_given_changed_and_taken(identity: Identity, store: Store) -> None:
    first, second = await identity.create_contract(), await identity.create_contract()
    user = await identity.users.create(first.number, "a@b", "a password", "user")
    await identity.users.set_role(user.id, second.number, "administrator")
    await identity.users.set_role(user.id, first.number, "administrator")
    places = await identity.users.memberships(user.id)
    assert [(p.contract, p.role) for p in places] == [
        (first.number, "administrator"),
        (second.number, "administrator"),
    ]
    await identity.users.set_role(user.id, second.number, None)
    assert [p.contract for p in await identity.users.memberships(user.id)] == [first.number]
    assert (await epochs(store, user.id, first.number))[0] == 3
    with pytest.raises(Invalid, match="owner"):
        await identity.users.set_role(first.user_id, first.number, None)
    with pytest.raises(Invalid, match="king"):
        await identity.users.set_role(user.id, first.number, "king")
    with pytest.raises(NotFound):
        await identity.users.set_role("none", first.number, "user")
    with pytest.raises(NotFound):
        await identity.users.set_role(user.id, 1, "user")


async def test_what_happens_to_a_user_is_told_in_each_of_their_contracts(
    identity: Identity, store: Store
) -> None:
    first, second = await identity.create_contract("a@b"), await identity.create_contract("a@b")
    before = len(await events(store))
    await identity.users.set_active(first.user_id, False)
    told = await select(
        store, f"SELECT contract, action, kind, resource FROM event ORDER BY seq LIMIT 9 OFFSET {before}"
    )
    assert told == [(n, "update", "identity.user", first.user_id) for n in (first.number, second.number)]


async def test_unknown_users_cannot_be_changed(identity: Identity) -> None:
    for change in (
        identity.users.set_active("none", False),
        identity.users.set_password("none", "a password"),
        identity.users.force_second_factor("none", True),
    ):
        with pytest.raises(NotFound):
            await change


async def test_an_outdated_hash_is_renewed_by_a_login(
    identity: Identity, store: Store, clock: FrozenClock
) -> None:
    made = await identity.create_contract("a@b", "a password")
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("a password")
    await run(store, f"UPDATE user_account SET password = '{old}'")
    await identity.authenticate(basic("a@b", "a password"), None, HERE)
    user = await identity.users.get(made.user_id)
    assert user.last_login == clock.wall()
    assert user.password != old
    assert not identity.passwords.outdated(user.password)
    await identity.authenticate(basic("a@b", "a password"), None, HERE)
