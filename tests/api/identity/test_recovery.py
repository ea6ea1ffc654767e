from __future__ import annotations

import asyncio

import pyotp
import pytest

from ionstack.engine.clock import SECOND, FrozenClock
from ionstack.errors import Conflict, Forbidden, TooManyRequests
from ionstack.identity.events import Actor
from ionstack.identity.identity import Identity, NewContract
from ionstack.identity.own_factor import AT_ONCE
from ionstack.identity.recovery import COUNT, Recovery
from ionstack.identity.vault import Vault
from ionstack.store.port import Store
from tests.api.identity.callers import events, select

ME = Actor("me", "me@example.com")


@pytest.fixture
async def made(identity: Identity) -> NewContract:
    return await identity.create_contract(temporary=True)


async def activated(identity: Identity, user: str, clock: FrozenClock) -> tuple[pyotp.TOTP, list[str]]:
    totp = pyotp.TOTP((await identity.second_factor.enrol(user)).secret)
    return totp, list(await identity.second_factor.confirm(user, totp.at(clock.wall() // SECOND)))


def test_codes_are_told_apart_and_kept_as_digests(vault: Vault) -> None:
    recovery = Recovery(vault)
    codes, kept = recovery.make("u")
    assert len(set(codes)) == len(kept.split()) == COUNT
    assert all(len(code) == 11 and code not in kept for code in codes)
    left = recovery.without("u", kept, f" {codes[3].upper().replace('-', ' ')} ")
    assert left is not None
    assert len(left.split()) == COUNT - 1
    assert recovery.without("u", left, codes[3]) is None
    for wrong in ("", "-", "x", "\ud800", codes[0][:-1]):
        assert recovery.without("u", kept, wrong) is None
    assert recovery.without("another", kept, codes[0]) is None, "a code is good for its user alone"
    assert recovery.without("u", "", "") is None


async def test_a_recovery_code_is_good_once(
    identity: Identity, made: NewContract, clock: FrozenClock, store: Store
) -> None:
    _, codes = await activated(identity, made.user_id, clock)
    verify = identity.second_factor.verify
    answers = await asyncio.gather(*(verify(made.user_id, codes[0], ME) for _ in range(4)))
    assert sorted(answers) == [False, False, False, True]
    assert await verify(made.user_id, codes[1])
    assert (await identity.second_factor.standing(made.user_id)).codes == COUNT - 2
    ((kept,),) = await select(store, "SELECT second_factor_codes FROM user_account")
    assert not [code for code in codes if code in kept or code.replace("-", "") in kept]
    assert (await events(store))[-2:] == [
        ("update", "identity.user", "me@example.com"), ("update", "identity.user", "system"),
    ]  # fmt: skip


async def test_new_codes_replace_the_old_ones(
    identity: Identity, made: NewContract, clock: FrozenClock
) -> None:
    with pytest.raises(Conflict):
        await identity.second_factor.renew_codes(made.user_id)
    _, old = await activated(identity, made.user_id, clock)
    new = await identity.second_factor.renew_codes(made.user_id)
    assert not await identity.second_factor.verify(made.user_id, old[0])
    assert await identity.second_factor.verify(made.user_id, new[0])
    await identity.second_factor.remove(made.user_id)
    assert await identity.second_factor.standing(made.user_id) == await _none(identity)


async def _none(identity: Identity) -> object:
    other = await identity.create_contract()
    return await identity.second_factor.standing(other.user_id)


async def test_confirming_again_tells_nothing(
    identity: Identity, made: NewContract, clock: FrozenClock
) -> None:
    """Whether a code is right is not to be found out where nobody counts the tries."""
    totp, _ = await activated(identity, made.user_id, clock)
    clock.advance(30)
    for code in (totp.at(clock.wall() // SECOND), "000000"):
        with pytest.raises(Conflict):
            await identity.second_factor.confirm(made.user_id, code)
    assert await identity.second_factor.verify(made.user_id, totp.at(clock.wall() // SECOND))


async def test_a_user_takes_off_a_factor_by_a_code_unless_one_is_demanded(
    identity: Identity, made: NewContract, clock: FrozenClock
) -> None:
    _, codes = await activated(identity, made.user_id, clock)
    own = identity.own_factor
    for attempt in (own.remove(made.user_id, "000000", ME), own.renew_codes(made.user_id, "", ME)):
        with pytest.raises(Forbidden):
            await attempt
    await identity.users.force_second_factor(made.user_id, True)
    with pytest.raises(Forbidden, match="operator"):
        await own.remove(made.user_id, codes[0], ME)
    await identity.users.force_second_factor(made.user_id, False)
    await own.remove(made.user_id, codes[0], ME)
    assert not (await identity.users.get(made.user_id)).second_factor_active


async def test_guessing_codes_slows_down_for_the_user_wherever_it_comes_from(
    identity: Identity, made: NewContract, clock: FrozenClock
) -> None:
    _, codes = await activated(identity, made.user_id, clock)
    waits = []
    for _ in range(9):
        before = clock.monotonic()
        with pytest.raises(Forbidden):
            await identity.own_factor.prove(made.user_id, "wrong", ME)
        waits.append(clock.monotonic() - before)
    assert waits == [0, 0, 0, 0.25, 0.5, 1.0, 2.0, 4.0, 5.0]
    many = [identity.own_factor.prove(made.user_id, "wrong", ME) for _ in range(8)]
    answers = await asyncio.gather(*many, return_exceptions=True)
    kinds = [type(answer) for answer in answers]
    assert kinds.count(Forbidden) == AT_ONCE
    assert kinds.count(TooManyRequests) == 8 - AT_ONCE
    await identity.own_factor.prove(made.user_id, codes[0], ME)


async def test_a_token_by_password_and_code(
    identity: Identity, made: NewContract, clock: FrozenClock
) -> None:
    with pytest.raises(Conflict):
        await identity.own_token(made.user_id, "000000")
    totp, codes = await activated(identity, made.user_id, clock)
    with pytest.raises(Forbidden):
        await identity.own_token(made.user_id, totp.at(clock.wall() // SECOND))
    token = await identity.own_token(made.user_id, codes[0], 60)
    caller = await identity.authenticate(f"Bearer {token}", None, "192.0.2.1")
    assert (caller.user_id, caller.second_factor) == (made.user_id, True)
