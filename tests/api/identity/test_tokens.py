from __future__ import annotations

import asyncio
import base64
import contextlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ionstack.engine.clock import SECOND, FrozenClock
from ionstack.errors import BadRequest, NotFound, Unauthorized
from ionstack.identity.identity import Identity, NewContract
from ionstack.identity.privileges import ALL
from ionstack.identity.tokens import LONGEST, Holder
from ionstack.store.port import Store
from tests.api.identity.callers import HERE, bearer, epochs, events, run, select


@pytest.fixture
async def made(identity: Identity) -> NewContract:
    return await identity.create_contract(temporary=True)


def holder(made: NewContract) -> Holder:
    return Holder(made.user_id, made.number, "owner")


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    head, payload, _ = token.split(".")
    return _json(head), _json(payload)


def _json(part: str) -> dict[str, Any]:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _part(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


async def test_a_token_is_what_clients_read(
    identity: Identity, made: NewContract, clock: FrozenClock
) -> None:
    token = await identity.tokens.mint(holder(made), 3600)
    head, payload = parts(token)
    (kept,) = [one for one in await identity.tokens.list(made.user_id, made.number) if one.id == head["kid"]]
    now = clock.wall() // SECOND
    assert head == {"typ": "JWT", "alg": "RS256", "kid": kept.id}
    assert payload == {
        "iss": "ionoscloud",
        "iat": now,
        "exp": now + 3600,
        "identity": {
            "uuid": made.user_id,
            "contractNumber": made.number,
            "role": "owner",
            "privileges": sorted(ALL),
        },
    }
    assert (kept.created, kept.expires) == (now * SECOND, (now + 3600) * SECOND)


async def test_other_services_can_verify_a_token(identity: Identity, made: NewContract) -> None:
    (key,) = identity.keys.public()["keys"]
    assert set(key) == {"kty", "kid", "alg", "use", "n", "e"}
    public = jwt.PyJWK(key).key
    options: Any = {"verify_exp": False}
    claims = jwt.decode(made.token, public, algorithms=["RS256"], issuer="ionoscloud", options=options)
    assert claims["identity"]["contractNumber"] == made.number


async def test_a_life_is_bounded(identity: Identity, made: NewContract) -> None:
    for ttl in (59, 0, -1, LONGEST + 1):
        with pytest.raises(BadRequest, match="ttl"):
            await identity.tokens.mint(holder(made), ttl)


async def forgeries(identity: Identity, made: NewContract) -> dict[str, str]:
    """Tokens that nobody but a forger made, by what is wrong with them."""
    head, payload = parts(made.token)
    head_part, payload_part, signature = made.token.split(".")
    pem = (await select_pem(identity)).encode()
    other = generate_private_key(65537, 2048)
    by_hmac = f"{_part({**head, 'alg': 'HS256'})}.{payload_part}"
    sealed = base64.urlsafe_b64encode(hmac.digest(pem, by_hmac.encode(), "sha256")).decode().rstrip("=")
    altered = {**payload, "identity": {**payload["identity"], "contractNumber": 1}}
    return {
        "alg none": f"{_part({**head, 'alg': 'none'})}.{payload_part}.",
        "alg none, signed": f"{_part({**head, 'alg': 'none'})}.{payload_part}.{signature}",
        "HS256 with the public key": f"{by_hmac}.{sealed}",
        "HS256 head, RS256 signature": f"{by_hmac}.{signature}",
        "altered claims": f"{head_part}.{_part(altered)}.{signature}",
        "another kid": f"{_part({**head, 'kid': 'x'})}.{payload_part}.{signature}",
        "another key": jwt.encode(payload, other, algorithm="RS256", headers={"kid": head["kid"]}),
        "own key in the head": jwt.encode(
            payload, other, algorithm="RS256",
            headers={"kid": head["kid"], "jwk": jwt.algorithms.RSAAlgorithm.to_jwk(other.public_key(), as_dict=True)},
        ),
        "no signature": f"{head_part}.{payload_part}.",
        "two parts": f"{head_part}.{payload_part}",
        "four parts": f"{made.token}.x",
        "nested head": f"{base64.urlsafe_b64encode(b'[' * 3000).decode()}.{payload_part}.{signature}",
        "list as head": f"{_part([])}.{payload_part}.{signature}",
        "critical extension": f"{_part({**head, 'crit': ['exp']})}.{payload_part}.{signature}",
        "truncated": made.token[:-10],
    }  # fmt: skip


async def select_pem(identity: Identity) -> str:
    ((pem,),) = await select(identity._store, "SELECT public FROM signing_key")
    return str(pem)


async def test_forged_tokens_open_nothing(identity: Identity, made: NewContract) -> None:
    accepted = []
    for what, token in (await forgeries(identity, made)).items():
        with contextlib.suppress(Unauthorized):
            accepted.append((what, await identity.authenticate(bearer(token), None, HERE)))
    assert not accepted
    assert (await identity.authenticate(bearer(made.token), None, HERE)).user_id == made.user_id


async def test_what_our_key_signed_for_another_purpose_is_no_token(
    identity: Identity, made: NewContract
) -> None:
    head, good = parts(made.token)
    bad: list[dict[str, Any]] = [
        {},
        {**good, "iss": "other"},
        {**good, "exp": str(good["exp"])},
        {name: value for name, value in good.items() if name != "exp"},
        {**good, "identity": []},
        {**good, "identity": {**good["identity"], "uuid": 1}},
        {**good, "identity": {**good["identity"], "contractNumber": "1"}},
        {"iss": good["iss"], "exp": good["exp"], "server": {"uuid": made.user_id, "name": "a console"}},
    ]
    for claims in bad:
        token = await identity.keys.sign(head["kid"], claims)
        with pytest.raises(Unauthorized):
            await identity.authenticate(bearer(token), None, HERE)
    again = await identity.keys.sign(head["kid"], {**good, "more": 1})
    assert (await identity.authenticate(bearer(again), None, HERE)).user_id == made.user_id


async def test_a_token_without_its_row_opens_nothing(identity: Identity, made: NewContract) -> None:
    _, payload = parts(made.token)
    token = await identity.keys.sign("00000000-0000-4000-8000-000000000000", payload)
    with pytest.raises(Unauthorized):
        await identity.authenticate(bearer(token), None, HERE)


async def test_a_token_cannot_use_the_row_of_another_user(identity: Identity, made: NewContract) -> None:
    other = await identity.create_contract(temporary=True)
    head, _ = parts(other.token)
    _, payload = parts(made.token)
    with pytest.raises(Unauthorized):
        await identity.authenticate(bearer(await identity.keys.sign(head["kid"], payload)), None, HERE)


@pytest.mark.parametrize("seen", [True, False])
async def test_an_expired_token_opens_nothing(
    identity: Identity, made: NewContract, clock: FrozenClock, seen: bool
) -> None:
    token = await identity.tokens.mint(holder(made), 60)
    clock.advance(59)
    if seen:
        await identity.authenticate(bearer(token), None, HERE)
    clock.advance(1)
    with pytest.raises(Unauthorized):
        await identity.authenticate(bearer(token), None, HERE)


PART = st.one_of(
    st.text(max_size=40), st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode())
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(PART, max_size=4), st.booleans())
async def test_no_rubbish_breaks_the_parser(identity: Identity, rubbish: list[str], headed: bool) -> None:
    head = [_part({"alg": "RS256", "typ": "JWT"})] if headed else []
    with pytest.raises(Unauthorized):
        await identity.tokens.open(".".join(head + rubbish))


async def test_processes_that_start_at_once_share_one_key(
    process: Callable[..., Identity], store: Store
) -> None:
    several = [process() for _ in range(4)]
    await asyncio.gather(*(one.start() for one in several))
    assert len(await select(store, "SELECT 1 FROM signing_key")) == 1
    made = await several[0].create_contract(temporary=True)
    for one in several:
        assert (await one.authenticate(bearer(made.token), None, HERE)).contract == made.number
        token = await one.tokens.mint(holder(made))
        assert (await several[-1].authenticate(bearer(token), None, HERE)).contract == made.number


async def test_a_key_that_another_process_added_is_found(
    process: Callable[..., Identity],
    store: Store,
    made: NewContract,
    identity: Identity,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = process()
    await other.start()
    await run(store, "DELETE FROM setting WHERE name = 'signing_key'")
    monkeypatch.undo()
    await other.keys._make()
    await other.keys._load()
    other.keys._private = None
    token = await other.tokens.mint(holder(made))
    assert (await identity.authenticate(bearer(token), None, HERE)).contract == made.number
    assert len(identity.keys.public()["keys"]) == 2
    assert (await identity.authenticate(bearer(made.token), None, HERE)).contract == made.number


async def test_the_private_key_is_stored_encrypted(identity: Identity, store: Store) -> None:
    ((private,),) = await select(store, "SELECT private FROM signing_key")
    assert bytes(private)[:1] == b"\x01"
    assert bytes(private)[17:19] != b"\x30\x82"


async def test_tokens_are_listed_by_user_and_contract(
    identity: Identity, made: NewContract, clock: FrozenClock
) -> None:
    first = await identity.tokens.list(made.user_id, made.number)
    clock.advance(1)
    await identity.tokens.mint(holder(made), 60)
    clock.advance(61)
    both = await identity.tokens.list(made.user_id, made.number)
    other = await identity.create_contract()
    assert both[0] == first[0]
    assert len(both) == 2
    assert await identity.tokens.get(made.user_id, made.number, both[1].id) == both[1]
    assert await identity.tokens.list(made.user_id, other.number) == []
    for user, contract, id in (
        (made.user_id, other.number, both[0].id),
        (other.user_id, made.number, both[0].id),
        (made.user_id, made.number, "none"),
        (made.user_id, made.number, "\x00"),
    ):
        with pytest.raises(NotFound):
            await identity.tokens.get(user, contract, id)
        with pytest.raises(NotFound):
            await identity.tokens.delete(user, contract, id)


async def test_a_deleted_token_opens_nothing_in_any_process(
    identity: Identity, process: Callable[..., Identity], made: NewContract, store: Store
) -> None:
    other = process()
    await other.start()
    for one in (identity, other):
        await one.authenticate(bearer(made.token), None, HERE)
    (token,) = await identity.tokens.list(made.user_id, made.number)
    await identity.tokens.delete(made.user_id, made.number, token.id)
    assert (await epochs(store, made.user_id, made.number))[0] == 1
    assert (await events(store))[-1] == ("delete", "auth.token", "system")
    for one in (identity, other):
        with pytest.raises(Unauthorized):
            await one.authenticate(bearer(made.token), None, HERE)


async def test_the_expired_or_all_are_deleted(
    identity: Identity, made: NewContract, clock: FrozenClock
) -> None:
    other = await identity.create_contract(temporary=True)
    for _ in range(3):
        await identity.tokens.mint(holder(made), 60)
    clock.advance(60)
    assert await identity.tokens.delete_all(made.user_id, made.number, expired=True) == 3
    assert await identity.tokens.delete_all(made.user_id, made.number, expired=True) == 0
    assert (await identity.authenticate(bearer(made.token), None, HERE)).contract == made.number
    assert await identity.tokens.delete_all(made.user_id, made.number) == 1
    with pytest.raises(Unauthorized):
        await identity.authenticate(bearer(made.token), None, HERE)
    assert (await identity.authenticate(bearer(other.token), None, HERE)).contract == other.number


async def test_the_current_is_deleted_alone(identity: Identity, made: NewContract) -> None:
    token = await identity.tokens.mint(holder(made))
    principal = await identity.authenticate(bearer(token), None, HERE)
    await identity.tokens.delete_current(principal.user_id, principal.token_id)
    with pytest.raises(Unauthorized):
        await identity.authenticate(bearer(token), None, HERE)
    assert (await identity.authenticate(bearer(made.token), None, HERE)).contract == made.number
    await identity.tokens.delete_current(principal.user_id, principal.token_id)
