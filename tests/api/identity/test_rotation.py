"""The master key is replaced without losing anything, wherever it is broken off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pyotp
import pytest
from sqlalchemy import LargeBinary

from ionstack.engine.clock import SECOND, FrozenClock
from ionstack.errors import Conflict, UsageError
from ionstack.identity import master_keys, rotation
from ionstack.identity.events import Actor
from ionstack.identity.identity import Identity
from ionstack.identity.rotation import SEALED, Rotation
from ionstack.identity.s3_keys import S3Key, S3Keys
from ionstack.identity.tokens import Holder
from ionstack.identity.vault import Vault, purpose_of
from ionstack.store import schema
from ionstack.store.port import Store, Tx, Work
from ionstack.store.statement import statements

SQL = statements("identity")
T = TypeVar("T")
OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32


@dataclass
class Planted:
    """What was stored under the first key, and how to get in with it."""

    contract: int
    user: str
    password: str
    token: str
    totp: str
    s3_secret: str

    async def prove(self, store: Store, clock: FrozenClock, *masters: bytes) -> None:
        """All of it opens under these keys, in a process that starts with them."""
        vault = Vault(*masters)
        identity = Identity(store, clock, vault)
        await identity.start()
        user = await identity.users.get(self.user)
        assert await identity.passwords.verify(user.password, self.password)
        assert (await identity.tokens.open(self.token)).user_id == self.user
        holder = Holder(self.user, self.contract, "owner")
        minted = await identity.tokens.open(await identity.tokens.mint(holder))
        assert minted.user_id == self.user
        clock.advance(30)
        code = pyotp.TOTP(self.totp).at(clock.wall() // SECOND)
        assert await identity.second_factor.verify(self.user, code)
        assert [key.secret for key in await _s3_keys(store, vault, self)] == [self.s3_secret]
        for number in range(3):
            assert await _secret(store, vault, self.contract, str(number)) == b"plain"
        identity.close()


@pytest.fixture
async def planted(store: Store, clock: FrozenClock) -> Planted:
    """A store with a secret of every sort, under OLD."""
    vault = Vault(OLD)
    identity = Identity(store, clock, vault)
    await identity.start()
    made = await identity.create_contract(temporary=True)
    totp = await identity.second_factor.enrol(made.user_id)
    kept = Planted(made.number, made.user_id, made.password, made.token, totp.secret, "")

    async def work(tx: Tx) -> None:
        for number in range(3):
            value = vault.encrypt(purpose_of(made.number, str(number), "field"), b"plain")
            await tx.run(
                SQL.secret_put, contract=made.number, resource=str(number), field="field", value=value
            )

    await store.write(work)
    kept.s3_secret = (await store.write(lambda tx: S3Keys(tx, vault, made.number, made.user_id).add())).secret
    identity.close()
    return kept


async def _s3_keys(store: Store, vault: Vault, planted: Planted) -> Sequence[S3Key]:
    return await store.read(lambda tx: S3Keys(tx, vault, planted.contract, planted.user).all())


async def _secret(store: Store, vault: Vault, contract: int, id: str) -> bytes:
    async def work(tx: Tx) -> bytes:
        row = await tx.one(SQL.secret_get, contract=contract, resource=id, field="field")
        assert row is not None
        return vault.decrypt(purpose_of(contract, id, "field"), bytes(row[0]))

    return await store.read(work)


async def _process(store: Store, clock: FrozenClock, own: Path | None, *masters: bytes) -> Rotation:
    vault = Vault(*(masters or master_keys.load_master_keys(own=own)))
    await vault.prove(store)
    return Rotation(store, clock, vault, own)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own" / "master.key"
    path.parent.mkdir()
    master_keys.save(path, [OLD])
    return path


def test_every_column_of_ciphertexts_is_known() -> None:
    columns = {
        (table.name, column.name)
        for table in schema.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    plain = {("s3_version", "key"), ("s3_version", "inline"), ("s3_upload", "key"), ("s3_replica", "key")}
    assert columns - plain == {(sealed.table, sealed.column) for sealed in SEALED}


async def test_a_key_of_our_own_is_replaced(
    store: Store, clock: FrozenClock, planted: Planted, own: Path
) -> None:
    rotating = await _process(store, clock, own)
    progress = await rotating.advance(Actor("", "operator", "192.0.2.1", "a call"))
    assert progress.finished
    assert progress.resealed == 6
    (new,) = master_keys.load_master_keys(own=own)
    assert new != OLD
    assert await rotating.secrets() == {Vault(new).keys[0]: 6}
    await planted.prove(store, clock, new)
    with pytest.raises(UsageError, match="not the one this data was written with"):
        await Vault(OLD).prove(store)


async def test_a_key_is_replaced_again(store: Store, clock: FrozenClock, planted: Planted, own: Path) -> None:
    for _ in range(3):
        assert (await (await _process(store, clock, own)).advance()).finished
    await planted.prove(store, clock, *master_keys.load_master_keys(own=own))


async def test_a_given_key_is_replaced_in_the_operators_steps(
    store: Store, clock: FrozenClock, planted: Planted
) -> None:
    with pytest.raises(Conflict, match="put a new one before it"):
        await (await _process(store, clock, None, OLD)).advance()
    await planted.prove(store, clock, OLD, NEW)
    await planted.prove(store, clock, NEW, OLD)
    assert (await (await _process(store, clock, None, NEW, OLD)).advance()).finished
    await planted.prove(store, clock, NEW, OLD)
    await planted.prove(store, clock, OLD, NEW)
    assert (await (await _process(store, clock, None, NEW, OLD)).advance()).finished
    await planted.prove(store, clock, NEW)


async def test_a_new_key_alone_opens_nothing_before_the_end(
    store: Store, clock: FrozenClock, planted: Planted
) -> None:
    with pytest.raises(UsageError, match="not the one this data was written with"):
        await Vault(NEW).prove(store)


class Killed(BaseException):
    """What a process does not survive."""


class Mortal:
    """A store whose process is killed before, or right after, its n-th commit."""

    def __init__(self, store: Store, writes: int, *, after: bool) -> None:
        self._store, self._left, self._after = store, writes, after

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def write(self, work: Work[T], **how: bool) -> T:
        self._left -= 1
        if self._left < 0 and not self._after:
            raise Killed
        done = await self._store.write(work, **how)
        if self._left < 0:
            raise Killed
        return done


@pytest.mark.parametrize("after", [False, True])
async def test_broken_off_anywhere_it_goes_on(
    store: Store,
    clock: FrozenClock,
    planted: Planted,
    own: Path,
    monkeypatch: pytest.MonkeyPatch,
    after: bool,
) -> None:
    monkeypatch.setattr(rotation, "STEP", 1)
    deaths = 0
    for writes in range(100):
        vault = Vault(*master_keys.load_master_keys(own=own))
        await vault.prove(store)
        rotating = Rotation(Mortal(store, writes % 3, after=after), clock, vault, own)  # type: ignore[arg-type]
        try:
            progress = await rotating.advance()
        except Killed:
            deaths += 1
            await planted.prove(store, clock, *master_keys.load_master_keys(own=own))
            continue
        assert progress.finished
        break
    assert deaths > 3
    await planted.prove(store, clock, *master_keys.load_master_keys(own=own))


@pytest.mark.parametrize("writing", [1, 2])
async def test_a_kill_around_the_writing_of_the_file_loses_nothing(
    store: Store,
    clock: FrozenClock,
    planted: Planted,
    own: Path,
    monkeypatch: pytest.MonkeyPatch,
    writing: int,
) -> None:
    save, written = master_keys.save, []

    def killing(path: Path, keys: Sequence[bytes]) -> None:
        written.append(path)
        if len(written) == writing:
            raise Killed
        save(path, keys)

    monkeypatch.setattr(master_keys, "save", killing)
    with pytest.raises(Killed):
        await (await _process(store, clock, own)).advance()
    assert OLD in master_keys.load_master_keys(own=own)
    await planted.prove(store, clock, *master_keys.load_master_keys(own=own))
    assert (await (await _process(store, clock, own)).advance()).finished
    await planted.prove(store, clock, *master_keys.load_master_keys(own=own))


async def test_what_does_not_open_stops_it_and_no_key_is_let_go_of(
    store: Store, clock: FrozenClock, planted: Planted, own: Path
) -> None:
    foreign = Vault(OTHER).encrypt(purpose_of(planted.contract, "9", "field"), b"plain")
    await store.write(
        lambda tx: tx.run(
            SQL.secret_put, contract=planted.contract, resource="9", field="field", value=foreign
        )
    )
    rotating = await _process(store, clock, own)
    with pytest.raises(Conflict, match="no key was let go of"):
        await rotating.advance()
    kept = master_keys.load_master_keys(own=own)
    assert len(kept) == 2
    assert OLD in kept
    assert (await rotating.secrets())[Vault(OTHER).keys[0]] == 1
    await planted.prove(store, clock, *kept)


async def test_a_file_that_somebody_changed_is_left_alone(
    store: Store, clock: FrozenClock, planted: Planted, own: Path
) -> None:
    rotating = await _process(store, clock, own)
    master_keys.save(own, [OTHER])
    with pytest.raises(Conflict, match="changed by somebody else"):
        await rotating.advance()
    assert master_keys.load_master_keys(own=own) == [OTHER]


async def test_what_is_encrypted_meanwhile_is_found(
    store: Store, clock: FrozenClock, planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotating = await _process(store, clock, None, NEW, OLD)
    steps = rotating._step
    late = Vault(OLD).encrypt(purpose_of(planted.contract, "late", "field"), b"plain")

    async def step() -> int:
        done = await steps()
        if not done and late is not None:
            await store.write(_late)
            monkeypatch.setattr(rotating, "_step", steps)
        return done

    async def _late(tx: Tx) -> None:
        await tx.run(SQL.secret_put, contract=planted.contract, resource="late", field="field", value=late)

    monkeypatch.setattr(rotating, "_step", step)
    assert (await rotating.advance()).finished
    assert await _secret(store, Vault(NEW), planted.contract, "late") == b"plain"


async def test_it_answers_after_a_while_and_goes_on(
    store: Store, clock: FrozenClock, planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "STEP", 1)
    rotating = await _process(store, clock, None, NEW, OLD)
    steps = rotating._step

    async def slow() -> int:
        clock.advance(rotation.LIMIT)
        return await steps()

    monkeypatch.setattr(rotating, "_step", slow)
    first = await rotating.advance()
    assert (first.resealed, first.finished) == (1, False)
    monkeypatch.setattr(rotating, "_step", steps)
    rest = await rotating.advance()
    assert (rest.resealed, rest.finished) == (5, True)


async def test_a_process_that_has_not_signed_yet_signs_afterwards(
    store: Store, clock: FrozenClock, planted: Planted, own: Path
) -> None:
    """What it loaded at its start was encrypted with the key that is gone."""
    vault = Vault(OLD)
    identity = Identity(store, clock, vault)
    await identity.start()
    assert (await Rotation(store, clock, vault, own).advance()).finished
    holder = Holder(planted.user, planted.contract, "owner")
    assert (await identity.tokens.open(await identity.tokens.mint(holder))).user_id == planted.user
    identity.close()
