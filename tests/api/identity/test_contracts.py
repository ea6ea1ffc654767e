from __future__ import annotations

import asyncio

import pytest

from ionstack.engine.clock import FrozenClock, World
from ionstack.errors import Conflict, Invalid, NotFound, Unauthorized
from ionstack.identity.contract_limits import DEFAULT_LIMITS
from ionstack.identity.events import Actor
from ionstack.identity.identity import Identity
from ionstack.store.port import Store
from ionstack.store.schema import metadata
from tests.api.identity.callers import HERE, basic, bearer, epochs, events, run, select


async def test_a_contract_comes_with_its_owner(identity: Identity, store: Store, clock: FrozenClock) -> None:
    made = await identity.create_contract(
        "Owner@Example.org ", "a password", name="first", settings={"profile": "realistic"}
    )
    contract = await identity.contracts.get(made.number)
    assert (made.number, made.email, made.password, made.token) == (31_700_001, "owner@example.org", "", "")
    assert (contract.owner, contract.owner_email, contract.status) == (made.user_id, made.email, "BILLABLE")
    assert (contract.limits, contract.settings, contract.world) == (
        DEFAULT_LIMITS,
        {"profile": "realistic"},
        World(),
    )
    assert (contract.name, contract.temporary, contract.created) == ("first", False, clock.wall())
    assert [(m.email, m.role) for m in await identity.users.of_contract(made.number)] == [
        (made.email, "owner")
    ]
    assert await events(store) == [
        ("create", "identity.user", "system"),
        ("create", "identity.contract", "system"),
    ]


async def test_a_temporary_contract_lets_its_owner_in_at_once(identity: Identity) -> None:
    made = await identity.create_contract(temporary=True)
    by_password = await identity.authenticate(basic(made.email, made.password), None, HERE)
    by_token = await identity.authenticate(bearer(made.token), None, HERE)
    assert made.email == f"owner@{made.number}.ionstack.local"
    assert (by_password.user_id, by_password.contract) == (by_token.user_id, by_token.contract)
    assert by_token.contract == made.number
    assert made.password not in repr(made)
    assert made.token not in repr(made)


async def test_numbers_are_counted_past_those_that_were_given(identity: Identity) -> None:
    await identity.create_contract(number=31_700_002)
    made = [(await identity.create_contract()).number for _ in range(2)]
    assert made == [31_700_001, 31_700_003]


async def test_contracts_made_at_once_have_numbers_of_their_own(identity: Identity) -> None:
    made = await asyncio.gather(*(identity.create_contract(temporary=True) for _ in range(12)))
    assert len({contract.number for contract in made}) == 12


async def test_a_taken_number_is_a_conflict(identity: Identity, store: Store) -> None:
    await identity.create_contract(number=7)
    with pytest.raises(Conflict):
        await identity.create_contract(number=7)
    assert len(await select(store, "SELECT 1 FROM user_account")) == 1


async def test_what_cannot_be_is_refused(identity: Identity, store: Store) -> None:
    for number in (0, -1, 2**31):
        with pytest.raises(Invalid, match="2147483647"):
            await identity.create_contract(number=number)
    for email in ("nobody", "a@b@c", "a b@c", "a:b@c", "a\x00@c", "@c", "a@", "x@" + "y" * 260):
        with pytest.raises(Invalid, match="x@y"):
            await identity.create_contract(email)
    with pytest.raises(Invalid, match="1024"):
        await identity.create_contract("a@b", "x" * 1025)
    assert await select(store, "SELECT 1 FROM contract") == []


async def test_an_existing_user_may_own_another_contract(identity: Identity, store: Store) -> None:
    first = await identity.create_contract("a@b", "a password")
    second = await identity.create_contract("A@B")
    assert second.user_id == first.user_id
    assert second.password == ""
    assert [place.contract for place in await identity.users.memberships(first.user_id)] == [
        first.number,
        second.number,
    ]
    assert (await epochs(store, first.user_id, first.number))[0] == 1


async def test_a_sub_contract_needs_its_master(identity: Identity) -> None:
    with pytest.raises(NotFound):
        await identity.create_contract(master=99)


async def test_settings_limits_status_and_clock_change(identity: Identity, store: Store) -> None:
    made = await identity.create_contract()
    number, contracts = made.number, identity.contracts
    await contracts.set_settings(number, {"profile": "chaos", "rateLimit": 60})
    await contracts.set_settings(number, {"profile": None})
    await contracts.set_limits(number, {"reservableIps": 1})
    await contracts.set_world(number, World(1, 2, 3.0))
    await contracts.set_status(number, "CLOSED", Actor("id", "somebody", HERE, "r1"))
    changed = await contracts.get(number)
    assert changed.settings == {"rateLimit": 60}
    assert changed.limits == {**DEFAULT_LIMITS, "reservableIps": 1}
    assert (changed.world, changed.status) == (World(1, 2, 3.0), "CLOSED")
    assert (await events(store))[2:] == [("update", "identity.contract", "system")] * 4 + [
        ("update", "identity.contract", "somebody")
    ]
    assert (await epochs(store, made.user_id, number))[1] == 3
    with pytest.raises(Invalid, match="'rubbish'"):
        await contracts.set_limits(number, {"rubbish": 1})
    with pytest.raises(NotFound):
        await contracts.set_status(1, "CLOSED")


async def test_settings_changed_at_once_are_all_kept(identity: Identity) -> None:
    number = (await identity.create_contract()).number
    await asyncio.gather(*(identity.contracts.set_settings(number, {f"s{n}": n}) for n in range(8)))
    assert (await identity.contracts.get(number)).settings == {f"s{n}": n for n in range(8)}


async def test_dropping_a_contract_leaves_nothing_of_it(identity: Identity, store: Store) -> None:
    kept = await identity.create_contract(temporary=True)
    made = await identity.create_contract(temporary=True)
    member = await identity.users.create(made.number, "member@b", "a password", "user")
    await identity.users.set_role(kept.user_id, made.number, "user")
    owning = [table for table in metadata.sorted_tables if "contract" in table.columns]
    for table in owning:
        if table.name in ("membership", "token", "event"):
            continue
        columns = [
            c
            for c in table.columns
            if not c.nullable and c.server_default is None and c.autoincrement is not True
        ]
        values = [
            str(made.number) if c.name == "contract" else _sample(str(c.type.compile())) for c in columns
        ]
        await run(
            store,
            f"INSERT INTO {table.name} ({','.join(c.name for c in columns)}) VALUES ({','.join(values)})",
        )
    await identity.drop_contract(made.number, Actor(name="operator"))
    for table in owning:
        found = await select(store, f"SELECT 1 FROM {table.name} WHERE contract = {made.number}")
        assert len(found) == (1 if table.name == "event" else 0), table.name
    assert (await events(store))[-1] == ("delete", "identity.contract", "operator")
    for id in (made.user_id, member.id):
        with pytest.raises(NotFound):
            await identity.users.get(id)
    assert (await identity.users.get(kept.user_id)).auth_epoch == 2
    with pytest.raises(NotFound):
        await identity.contracts.get(made.number)
    assert (await identity.authenticate(bearer(kept.token), None, HERE)).contract == kept.number


def _sample(type: str) -> str:
    if type.startswith(("BLOB", "BYTEA")):
        return "''"
    return {"TEXT": "'{}'", "JSON": "'{}'", "BOOLEAN": "false"}.get(type, "1")


async def test_a_dropped_contract_lets_nobody_in(identity: Identity) -> None:
    made = await identity.create_contract(temporary=True)
    await identity.authenticate(bearer(made.token), None, HERE)
    await identity.authenticate(basic(made.email, made.password), None, HERE)
    await identity.drop_contract(made.number)
    for header in (bearer(made.token), basic(made.email, made.password)):
        with pytest.raises(Unauthorized):
            await identity.authenticate(header, None, HERE)


async def test_only_a_temporary_contract_can_be_dropped(identity: Identity) -> None:
    made = await identity.create_contract()
    with pytest.raises(Conflict):
        await identity.drop_contract(made.number)
    with pytest.raises(NotFound):
        await identity.drop_contract(5)
    assert [contract.number for contract in await identity.contracts.all()] == [made.number]
