from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pyotp
import pytest

from ionstack.catalogue.api import Authorization
from ionstack.engine.clock import SECOND, FrozenClock, World
from ionstack.errors import (
    BadRequest,
    Forbidden,
    Invalid,
    NotFound,
    StoreUnavailable,
    TooManyRequests,
    Unauthorized,
)
from ionstack.identity.guessing import MOST_AT_ONCE
from ionstack.identity.identity import Identity, NewContract
from ionstack.identity.privileges import ALL
from ionstack.identity.tokens import Holder
from ionstack.store.port import Store
from tests.api.identity.callers import HERE, basic, bearer, run

PASSWORD = "a password"


@pytest.fixture
async def made(identity: Identity) -> NewContract:
    """A contract whose owner chose a password and has a token."""
    return await identity.create_contract("owner@b", PASSWORD, temporary=True)


@pytest.fixture
async def other(identity: Identity, process: Callable[..., Identity]) -> Identity:
    """Another process on the same store."""
    started = process()
    await started.start()
    return started


@pytest.fixture
def count(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many reads there were since it was last asked."""
    reads, read = [0], store.read

    async def counted(work: object) -> object:
        reads[0] += 1
        return await read(work)  # type: ignore[arg-type]

    def since() -> int:
        found, reads[0] = reads[0], 0
        return found

    monkeypatch.setattr(store, "read", counted, raising=False)
    return since


async def slow_hashes(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """A list that grows with every password verified."""
    verified: list[str | None] = []
    verify = identity.passwords.verify

    async def counted(stored: str | None, password: str) -> bool:
        verified.append(stored)
        return await verify(stored, password)

    monkeypatch.setattr(identity.passwords, "verify", counted)
    return verified


async def test_a_principal_says_who_calls_and_on_what_terms(identity: Identity, made: NewContract) -> None:
    await identity.contracts.set_settings(made.number, {"profile": "realistic", "rateLimit": 60})
    await identity.contracts.set_world(made.number, World(1, 2, 3.0))
    principal = await identity.authenticate(bearer(made.token), None, HERE)
    terms = principal.terms
    assert (principal.user_id, principal.email, principal.role) == (made.user_id, "owner@b", "owner")
    assert (principal.contract, principal.privileges) == (made.number, ALL)
    assert (terms.profile, terms.rate_limit, terms.world, terms.faults) == (
        "realistic",
        60,
        World(1, 2, 3.0),
        0,
    )
    (token,) = await identity.tokens.list(made.user_id, made.number)
    assert principal.token_id == token.id


async def test_basic_takes_the_password_of_the_user_in_any_case(
    identity: Identity, made: NewContract
) -> None:
    principal = await identity.authenticate(basic("OWNER@b", PASSWORD), None, HERE)
    assert (principal.user_id, principal.token_id) == (made.user_id, "")
    for user, password in (
        ("owner@b", PASSWORD.upper()),
        ("owner@b", ""),
        ("nobody@b", PASSWORD),
        ("\x00", "x"),
    ):
        with pytest.raises(Unauthorized) as told:
            await identity.authenticate(basic(user, password), None, HERE)
        assert str(told.value) == "Unauthorized"
        assert told.value.code_of(told.value.problems[0]) == "315"


async def test_without_credentials_that_count_it_is_401(identity: Identity) -> None:
    for header in (None, "", "Basic", "Bearer x", "rubbish", "Bearer " + "x" * 100_000, "\ud800", "Basic é"):
        with pytest.raises(Unauthorized):
            await identity.authenticate(header, None, HERE)


async def test_a_known_caller_costs_one_read(
    identity: Identity, made: NewContract, count: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    verified = await slow_hashes(identity, monkeypatch)
    for header in (bearer(made.token), basic("owner@b", PASSWORD)):
        first = await identity.authenticate(header, None, HERE)
        count()
        assert await identity.authenticate(header, None, HERE) is first
        assert count() == 1
    assert len(verified) == 1


async def test_a_known_caller_costs_nothing_while_nothing_is_committed(
    identity: Identity, made: NewContract, store: Store, count: Callable[[], int]
) -> None:
    header = bearer(made.token)
    for _ in range(2):
        await identity.authenticate(header, None, HERE)
    count()
    await identity.authenticate(header, None, HERE)
    assert count() == (1 if store.commits is None else 0)
    await identity.create_contract("another@b", PASSWORD, temporary=True)
    count()
    await identity.authenticate(header, None, HERE)
    assert count() == 1


async def test_a_password_is_verified_again_after_five_minutes(
    identity: Identity, made: NewContract, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified = await slow_hashes(identity, monkeypatch)
    for seconds, times in ((0, 1), (299, 1), (1, 2)):
        clock.advance(seconds)
        await identity.authenticate(basic("owner@b", PASSWORD), None, HERE)
        assert len(verified) == times


async def test_the_same_header_at_the_same_time_is_verified_once(
    identity: Identity, made: NewContract, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified = await slow_hashes(identity, monkeypatch)
    for password, outcome in ((PASSWORD, made.user_id), ("wrong", Unauthorized)):
        verified.clear()
        answers = await asyncio.gather(
            *(identity.authenticate(basic("owner@b", password), None, HERE) for _ in range(50)),
            return_exceptions=True,
        )
        assert {getattr(answer, "user_id", type(answer)) for answer in answers} == {outcome}
        assert len(verified) == 1


async def test_a_caller_who_leaves_takes_no_other_along(identity: Identity, made: NewContract) -> None:
    calls = [
        asyncio.create_task(identity.authenticate(basic("owner@b", PASSWORD), None, HERE)) for _ in range(2)
    ]
    await asyncio.sleep(0)
    calls[0].cancel()
    assert (await calls[1]).user_id == made.user_id
    assert calls[0].cancelled()


Change = Callable[[Identity, NewContract], Awaitable[object]]
GONE: dict[str, tuple[Change, type[Exception]]] = {
    "user inactive": (lambda i, m: i.users.set_active(m.user_id, False), Unauthorized),
    "contract closed": (lambda i, m: i.contracts.set_status(m.number, "CLOSED"), Forbidden),
    "contract dropped": (lambda i, m: i.drop_contract(m.number), Unauthorized),
}


@pytest.mark.parametrize("change", GONE)
@pytest.mark.parametrize("scheme", ["Basic", "Bearer"])
async def test_what_is_revoked_holds_in_every_process_at_once(
    identity: Identity, other: Identity, made: NewContract, change: str, scheme: str
) -> None:
    header = bearer(made.token) if scheme == "Bearer" else basic("owner@b", PASSWORD)
    for process in (identity, other):
        await process.authenticate(header, None, HERE)
    work, outcome = GONE[change]
    await work(identity, made)
    for process in (identity, other):
        with pytest.raises(outcome):
            await process.authenticate(header, None, HERE)


async def test_what_is_changed_back_lets_in_again(
    identity: Identity, other: Identity, made: NewContract
) -> None:
    await other.authenticate(bearer(made.token), None, HERE)
    await identity.users.set_active(made.user_id, False)
    with pytest.raises(Unauthorized):
        await other.authenticate(bearer(made.token), None, HERE)
    await identity.users.set_active(made.user_id, True)
    assert (await other.authenticate(bearer(made.token), None, HERE)).user_id == made.user_id


async def test_terms_change_in_every_process_at_once(
    identity: Identity, other: Identity, made: NewContract, store: Store
) -> None:
    header = basic("owner@b", PASSWORD)
    await other.authenticate(header, None, HERE)
    await identity.contracts.set_world(made.number, World(5, 6, 0.0))
    assert (await other.authenticate(header, None, HERE)).terms.world == World(5, 6, 0.0)
    await identity.contracts.set_settings(made.number, {"profile": "chaos"})
    assert (await other.authenticate(header, None, HERE)).terms.profile == "chaos"
    await run(store, "UPDATE contract SET faults = 2")
    assert (await other.authenticate(header, None, HERE)).terms.faults == 2


async def test_a_changed_password_holds_in_every_process_at_once(
    identity: Identity, other: Identity, made: NewContract
) -> None:
    await other.authenticate(basic("owner@b", PASSWORD), None, HERE)
    await identity.users.set_password(made.user_id, "another")
    with pytest.raises(Unauthorized):
        await other.authenticate(basic("owner@b", PASSWORD), None, HERE)
    assert (await other.authenticate(basic("owner@b", "another"), None, HERE)).user_id == made.user_id
    assert (await other.authenticate(bearer(made.token), None, HERE)).user_id == made.user_id


async def test_other_changes_need_no_slow_hash_again(
    identity: Identity, made: NewContract, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified = await slow_hashes(identity, monkeypatch)
    await identity.authenticate(basic("owner@b", PASSWORD), None, HERE)
    await identity.contracts.set_settings(made.number, {"profile": "chaos"})
    await identity.authenticate(basic("owner@b", PASSWORD), None, HERE)
    assert len(verified) == 1


async def test_a_changed_role_holds_in_every_process_at_once(
    identity: Identity, other: Identity, made: NewContract
) -> None:
    user = await identity.users.create(made.number, "member@b", PASSWORD, "user")
    header = bearer(await identity.tokens.mint(Holder(user.id, made.number, "user")))
    assert (await other.authenticate(header, None, HERE)).privileges == frozenset()
    await identity.users.set_role(user.id, made.number, "administrator")
    promoted = await other.authenticate(header, None, HERE)
    assert (promoted.role, promoted.privileges) == ("administrator", ALL)
    await identity.users.set_role(user.id, made.number, None)
    with pytest.raises(Forbidden):
        await other.authenticate(header, None, HERE)


async def test_an_old_password_learns_nothing(identity: Identity, other: Identity, made: NewContract) -> None:
    await other.authenticate(basic("owner@b", PASSWORD), None, HERE)
    await identity.create_contract("owner@b")
    await identity.users.set_password(made.user_id, "another")
    with pytest.raises(Unauthorized) as told:
        await other.authenticate(basic("owner@b", PASSWORD), None, HERE)
    assert str(told.value) == "Unauthorized"


async def test_several_contracts_need_the_header(
    identity: Identity, made: NewContract, process: Callable[..., Identity]
) -> None:
    header = basic("owner@b", PASSWORD)
    assert (await identity.authenticate(header, "", HERE)).contract == made.number
    second = await identity.create_contract("owner@b")
    with pytest.raises(Invalid, match="X-Contract-Number") as told:
        await identity.authenticate(header, None, HERE)
    assert str(made.number) in str(told.value)
    for number in (made.number, second.number):
        assert (await identity.authenticate(header, str(number), HERE)).contract == number
        assert (await identity.authenticate(header, f" {number} ", HERE)).contract == number
    await identity.contracts.set_status(second.number, "CLOSED")
    assert (await identity.authenticate(header, None, HERE)).contract == made.number
    with pytest.raises(Forbidden, match="not active"):
        await identity.authenticate(header, str(second.number), HERE)


async def test_a_user_of_no_contract_is_forbidden(identity: Identity, made: NewContract) -> None:
    user = await identity.users.create(made.number, "member@b", PASSWORD, "user")
    await identity.users.set_role(user.id, made.number, None)
    with pytest.raises(Forbidden, match="no contract"):
        await identity.authenticate(basic("member@b", PASSWORD), None, HERE)


async def test_foreign_contracts_are_forbidden(identity: Identity, made: NewContract) -> None:
    foreign = await identity.create_contract()
    own = await identity.create_contract("owner@b")
    for header, number in (
        (basic("owner@b", PASSWORD), foreign.number),
        (basic("owner@b", PASSWORD), 1),
        (bearer(made.token), foreign.number),
        (bearer(made.token), own.number),
        (bearer(made.token), 1),
    ):
        with pytest.raises(Forbidden):
            await identity.authenticate(header, str(number), HERE)


async def test_a_bad_contract_number_is_told_to_whom_it_concerns(
    identity: Identity, made: NewContract
) -> None:
    with pytest.raises(BadRequest, match="X-Contract-Number"):
        await identity.authenticate(bearer(made.token), "abc", HERE)
    with pytest.raises(Unauthorized):
        await identity.authenticate("Bearer x", "abc", HERE)


async def test_a_reseller_acts_for_sub_contracts(identity: Identity, made: NewContract, store: Store) -> None:
    sub = await identity.create_contract(master=made.number)
    admin = await identity.users.create(made.number, "admin@b", PASSWORD, "administrator")
    plain = await identity.users.create(made.number, "plain@b", PASSWORD, "user")
    number = str(sub.number)
    for header, role in (
        (bearer(made.token), "owner"),
        (basic("owner@b", PASSWORD), "owner"),
        (basic("admin@b", PASSWORD), "administrator"),
        (bearer(await identity.tokens.mint(Holder(admin.id, made.number, "administrator"))), "administrator"),
    ):
        principal = await identity.authenticate(header, number, HERE)
        assert (principal.contract, principal.role) == (sub.number, role)
    own = bearer(await identity.tokens.mint(Holder(plain.id, made.number, "user")))
    for header in (basic("plain@b", PASSWORD), own):
        with pytest.raises(Forbidden):
            await identity.authenticate(header, number, HERE)
    await identity.users.set_role(plain.id, sub.number, "user")
    with pytest.raises(Forbidden):
        await identity.authenticate(own, number, HERE)
    assert (await identity.authenticate(basic("plain@b", PASSWORD), number, HERE)).role == "user"
    await identity.users.set_role(admin.id, made.number, "user")
    with pytest.raises(Forbidden):
        await identity.authenticate(basic("admin@b", PASSWORD), number, HERE)
    await identity.drop_contract(made.number)
    with pytest.raises(Unauthorized):
        await identity.authenticate(bearer(made.token), number, HERE)


async def test_a_token_minted_for_a_sub_contract_is_bound_to_it(
    identity: Identity, made: NewContract
) -> None:
    sub = await identity.create_contract(master=made.number)
    token = await identity.tokens.mint(Holder(made.user_id, sub.number, "owner"))
    assert (await identity.authenticate(bearer(token), None, HERE)).contract == sub.number
    with pytest.raises(Forbidden):
        await identity.authenticate(bearer(token), str(made.number), HERE)


@pytest.mark.parametrize("how", ["active", "forced"])
async def test_a_second_factor_rules_basic_out(
    identity: Identity, other: Identity, made: NewContract, clock: FrozenClock, how: str
) -> None:
    await other.authenticate(basic("owner@b", PASSWORD), None, HERE)
    if how == "active":
        secret = (await identity.second_factor.enrol(made.user_id)).secret
        await other.authenticate(basic("owner@b", PASSWORD), None, HERE)
        await identity.second_factor.confirm(made.user_id, pyotp.TOTP(secret).at(clock.wall() // SECOND))
    else:
        await identity.users.force_second_factor(made.user_id, True)
    for process in (identity, other):
        with pytest.raises(Unauthorized, match="use a token"):
            await process.authenticate(basic("owner@b", PASSWORD), None, HERE)
        with pytest.raises(Unauthorized) as told:
            await process.authenticate(basic("owner@b", "wrong"), None, HERE)
        assert str(told.value) == "Unauthorized", "only who knows the password learns of the second factor"
        assert (await process.authenticate(bearer(made.token), None, HERE)).user_id == made.user_id


async def test_basic_can_be_switched_off_for_a_contract(
    identity: Identity, other: Identity, made: NewContract
) -> None:
    await other.authenticate(basic("owner@b", PASSWORD), None, HERE)
    await identity.contracts.set_settings(made.number, {"basicAuthentication": False})
    with pytest.raises(Unauthorized, match="use a token"):
        await other.authenticate(basic("owner@b", PASSWORD), None, HERE)
    await other.authenticate(bearer(made.token), None, HERE)
    await identity.contracts.set_settings(made.number, {"basicAuthentication": None})
    await other.authenticate(basic("owner@b", PASSWORD), None, HERE)


async def test_basic_can_be_switched_off_for_a_server(
    process: Callable[..., Identity], made: NewContract
) -> None:
    strict = process(basic_authentication=False)
    await strict.start()
    with pytest.raises(Unauthorized, match="use a token"):
        await strict.authenticate(basic("owner@b", PASSWORD), None, HERE)
    await strict.authenticate(bearer(made.token), None, HERE)


async def test_an_api_takes_only_its_own_methods(identity: Identity, made: NewContract) -> None:
    for header, taken, refused in (
        (basic("owner@b", PASSWORD), Authorization.BASIC, Authorization.BEARER),
        (bearer(made.token), Authorization.BEARER, Authorization.BASIC),
    ):
        await identity.authenticate(header, None, HERE, (taken,))
        with pytest.raises(Unauthorized):
            await identity.authenticate(header, None, HERE, (refused,))


async def test_guessing_takes_longer_and_longer(
    identity: Identity, made: NewContract, clock: FrozenClock
) -> None:
    async def waited(header: str, address: str = HERE) -> float:
        before = clock.monotonic()
        with pytest.raises(Unauthorized):
            await identity.authenticate(header, None, address)
        return clock.monotonic() - before

    for user in ("owner@b", "nobody@b"):
        assert [await waited(basic(user, f"guess {n}")) for n in range(6)] == [0, 0, 0, 0.25, 0.5, 1.0]
    assert await waited(basic("owner@b", "guess"), "192.0.2.99") == 0
    before = clock.monotonic()
    await identity.authenticate(basic("owner@b", PASSWORD), None, HERE)
    assert clock.monotonic() == before, "the right password never waits"
    assert await waited(basic("owner@b", "guess")) == 0, "and forgives"
    assert [await waited("Bearer x") for _ in range(30)] == [0] * 30, "a signature cannot be guessed"


async def test_too_many_guesses_at_once_are_not_even_looked_at(
    identity: Identity, made: NewContract, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified = await slow_hashes(identity, monkeypatch)
    answers = await asyncio.gather(
        *(identity.authenticate(basic("owner@b", f"guess {n}"), None, HERE) for n in range(MOST_AT_ONCE + 5)),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers].count(TooManyRequests) == 5
    assert len(verified) == MOST_AT_ONCE


async def test_a_login_that_cannot_be_noted_is_a_login(
    identity: Identity, made: NewContract, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> str:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(identity.users, "note_login", full)
    assert (await identity.authenticate(basic("owner@b", PASSWORD), None, HERE)).user_id == made.user_id


async def test_an_operator_mints_the_first_token_of_a_user_with_a_second_factor(
    identity: Identity, made: NewContract, clock: FrozenClock
) -> None:
    await identity.users.force_second_factor(made.user_id, True)
    token = await identity.mint_token("OWNER@b")
    assert (await identity.authenticate(bearer(token), None, HERE)).user_id == made.user_id
    secret = (await identity.second_factor.enrol(made.user_id)).secret
    await identity.second_factor.confirm(made.user_id, pyotp.TOTP(secret).at(clock.wall() // SECOND))
    clock.advance(30)
    code = pyotp.TOTP(secret).at(clock.wall() // SECOND)
    for otp in (None, "", "000000x"):
        with pytest.raises(Forbidden, match="one-time password"):
            await identity.mint_token("owner@b", otp)
    with pytest.raises(BadRequest):
        await identity.mint_token("owner@b", code, ttl=1)
    token = await identity.mint_token("owner@b", code, ttl=60, contract=made.number)
    assert (await identity.authenticate(bearer(token), None, HERE)).contract == made.number
    with pytest.raises(Forbidden, match="not used yet"):
        await identity.mint_token("owner@b", code)


async def test_an_operator_must_name_a_user_and_one_contract(identity: Identity, made: NewContract) -> None:
    with pytest.raises(NotFound, match="nobody@b"):
        await identity.mint_token("nobody@b")
    with pytest.raises(NotFound):
        await identity.mint_token("owner@b", contract=1)
    second = await identity.create_contract("owner@b")
    with pytest.raises(Invalid, match=str(second.number)):
        await identity.mint_token("owner@b")
    token = await identity.mint_token("owner@b", contract=second.number)
    assert (await identity.authenticate(bearer(token), None, HERE)).contract == second.number
    await identity.users.set_active(made.user_id, False)
    with pytest.raises(Forbidden):
        await identity.mint_token("owner@b", contract=second.number)
