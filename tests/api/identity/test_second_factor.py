from __future__ import annotations

import asyncio

import pyotp
import pytest

from ionstack.engine.clock import SECOND, FrozenClock
from ionstack.errors import Conflict, Invalid, NotFound
from ionstack.identity.identity import Identity, NewContract
from ionstack.identity.second_factor import STEP_SECONDS
from ionstack.store.port import Store
from tests.api.identity.callers import epochs, events, run, select


@pytest.fixture
async def made(identity: Identity) -> NewContract:
    return await identity.create_contract(temporary=True)


def code(secret: str, clock: FrozenClock, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(clock.wall() // SECOND + steps * STEP_SECONDS)


async def test_a_second_factor_is_in_force_once_confirmed(
    identity: Identity, made: NewContract, clock: FrozenClock, store: Store
) -> None:
    enrolment = await identity.second_factor.enrol(made.user_id)
    assert not (await identity.users.get(made.user_id)).second_factor_active
    assert enrolment.uri.startswith("otpauth://totp/Ionstack:")
    assert f"secret={enrolment.secret}" in enrolment.uri
    await identity.second_factor.confirm(made.user_id, code(enrolment.secret, clock))
    assert (await identity.users.get(made.user_id)).second_factor_active
    assert (await epochs(store, made.user_id, made.number))[0] == 1
    assert (await events(store))[-1] == ("update", "identity.user", "system")
    with pytest.raises(Conflict):
        await identity.second_factor.enrol(made.user_id)


async def test_the_secret_is_stored_encrypted(identity: Identity, made: NewContract, store: Store) -> None:
    enrolment = await identity.second_factor.enrol(made.user_id)
    ((stored,),) = await select(store, "SELECT second_factor_secret FROM user_account")
    assert enrolment.secret.encode() not in bytes(stored)


async def test_a_wrong_code_confirms_nothing(
    identity: Identity, made: NewContract, clock: FrozenClock
) -> None:
    enrolment = await identity.second_factor.enrol(made.user_id)
    with pytest.raises(Invalid):
        await identity.second_factor.confirm(made.user_id, code(enrolment.secret, clock, 5))
    assert not (await identity.users.get(made.user_id)).second_factor_active


async def test_a_code_is_good_once(identity: Identity, made: NewContract, clock: FrozenClock) -> None:
    secret = (await identity.second_factor.enrol(made.user_id)).secret
    await identity.second_factor.confirm(made.user_id, code(secret, clock))
    assert not await identity.second_factor.verify(made.user_id, code(secret, clock))
    clock.advance(STEP_SECONDS)
    digits = code(secret, clock)
    answers = await asyncio.gather(*(identity.second_factor.verify(made.user_id, digits) for _ in range(4)))
    assert sorted(answers) == [False, False, False, True]


async def test_a_device_may_be_a_step_early_or_late(
    identity: Identity, made: NewContract, clock: FrozenClock
) -> None:
    secret = (await identity.second_factor.enrol(made.user_id)).secret
    verify = identity.second_factor.verify
    assert not await verify(made.user_id, code(secret, clock, -2))
    assert await verify(made.user_id, f" {code(secret, clock, -1)[:3]} {code(secret, clock, -1)[3:]} ")
    assert not await verify(made.user_id, code(secret, clock, 2))
    assert await verify(made.user_id, code(secret, clock, 1))
    assert not await verify(made.user_id, code(secret, clock, 0)), "an earlier step than the last one taken"


async def test_rubbish_is_no_code(identity: Identity, made: NewContract) -> None:
    await identity.second_factor.enrol(made.user_id)
    for digits in ("", "x", "\uff10\uff11\uff12\uff13\uff14\uff15", "\x00", "1" * 10_000, "\ud800"):
        assert not await identity.second_factor.verify(made.user_id, digits)


async def test_a_removed_second_factor_is_gone(
    identity: Identity, made: NewContract, clock: FrozenClock, store: Store
) -> None:
    secret = (await identity.second_factor.enrol(made.user_id)).secret
    await identity.second_factor.confirm(made.user_id, code(secret, clock))
    await identity.second_factor.remove(made.user_id)
    assert not (await identity.users.get(made.user_id)).second_factor_active
    assert (await epochs(store, made.user_id, made.number))[0] == 2
    with pytest.raises(Conflict):
        await identity.second_factor.verify(made.user_id, code(secret, clock))


async def test_a_secret_cannot_be_moved_to_another_user(
    identity: Identity, made: NewContract, store: Store
) -> None:
    await identity.second_factor.enrol(made.user_id)
    other = await identity.create_contract()
    await run(
        store,
        "UPDATE user_account SET second_factor_secret = "
        f"(SELECT second_factor_secret FROM user_account WHERE id = '{made.user_id}') WHERE id = '{other.user_id}'",
    )
    with pytest.raises(Exception, match="altered"):
        await identity.second_factor.verify(other.user_id, "123456")


async def test_unknown_users_have_none(identity: Identity) -> None:
    for attempt in (
        identity.second_factor.enrol("none"),
        identity.second_factor.confirm("none", "123456"),
        identity.second_factor.verify("none", "123456"),
        identity.second_factor.remove("none"),
    ):
        with pytest.raises(NotFound):
            await attempt
