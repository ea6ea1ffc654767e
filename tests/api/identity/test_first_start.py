from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from ionstack.errors import UsageError
from ionstack.identity.identity import Identity
from ionstack.store.port import Store
from tests.api.identity.callers import HERE, basic, run, select


def written(directory: Path) -> dict[str, str]:
    lines = (directory / "credentials").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


async def test_the_first_start_writes_a_generated_password(
    identity: Identity, tmp_path: Path, store: Store
) -> None:
    owner = await identity.ensure_owner(directory=tmp_path)
    assert owner.credentials == tmp_path / "credentials"
    assert owner.credentials.stat().st_mode & 0o777 == 0o600
    shown = written(tmp_path)
    assert shown["IONSTACK_USERNAME"] == owner.email == "owner@ionstack.local"
    assert shown["IONSTACK_CONTRACT_NUMBER"] == str(owner.contract)
    principal = await identity.authenticate(basic(owner.email, shown["IONSTACK_PASSWORD"]), None, HERE)
    assert (principal.contract, principal.role) == (owner.contract, "owner")
    ((kept,),) = await select(store, "SELECT value FROM secret")
    assert shown["IONSTACK_PASSWORD"].encode() not in bytes(kept)


async def test_later_starts_find_the_same_owner_and_mend_the_file(identity: Identity, tmp_path: Path) -> None:
    first = await identity.ensure_owner(directory=tmp_path)
    text = (tmp_path / "credentials").read_text()
    for damage in (lambda path: path.unlink(), lambda path: path.write_text("rubbish"), lambda path: None):
        damage(tmp_path / "credentials")
        assert await identity.ensure_owner(directory=tmp_path) == first
        assert (tmp_path / "credentials").read_text() == text
        assert (tmp_path / "credentials").stat().st_mode & 0o777 == 0o600


async def test_a_given_password_is_used_and_written_nowhere(identity: Identity, tmp_path: Path) -> None:
    owner = await identity.ensure_owner("Me@Home", "my password", tmp_path)
    assert (owner.email, owner.credentials, owner.notice) == ("me@home", None, "")
    assert not (tmp_path / "credentials").exists()
    assert (
        await identity.authenticate(basic("me@home", "my password"), None, HERE)
    ).contract == owner.contract
    assert (await identity.ensure_owner("me@home", "my password", tmp_path)).notice == ""


async def test_another_password_later_changes_nothing_and_says_so(identity: Identity, tmp_path: Path) -> None:
    await identity.ensure_owner("me@home", "my password", tmp_path)
    later = await identity.ensure_owner("me@home", "another", tmp_path)
    assert "is not changed" in later.notice
    assert "IONSTACK_USERNAME" in (await identity.ensure_owner("you@home", "another", tmp_path)).notice
    await identity.authenticate(basic("me@home", "my password"), None, HERE)


async def test_a_changed_password_is_shown_no_longer(
    identity: Identity, tmp_path: Path, store: Store
) -> None:
    owner = await identity.ensure_owner(directory=tmp_path)
    user = await identity.users.find(owner.email)
    assert user is not None
    await identity.users.set_password(user.id, "my own")
    assert await select(store, "SELECT 1 FROM secret") == []
    assert (await identity.ensure_owner(directory=tmp_path)).credentials is None


@pytest.mark.parametrize(("username", "password"), [("nobody", ""), ("a:b@c", "x"), ("a@b", "x" * 2000)])
async def test_what_cannot_be_used_is_told_in_one_line(
    identity: Identity, tmp_path: Path, store: Store, username: str, password: str
) -> None:
    with pytest.raises(UsageError, match="IONSTACK_USERNAME or IONSTACK_PASSWORD cannot be used") as told:
        await identity.ensure_owner(username, password, tmp_path)
    assert "\n" not in str(told.value)
    assert await select(store, "SELECT 1 FROM contract") == []


async def test_of_processes_that_start_at_once_one_wins(
    process: Callable[..., Identity], tmp_path: Path, store: Store
) -> None:
    async def start(n: int) -> tuple[str, str]:
        one, directory = process(), tmp_path / str(n)
        directory.mkdir()
        await one.start()
        owner = await one.ensure_owner(directory=directory)
        return owner.email, written(directory)["IONSTACK_PASSWORD"]

    shown = await asyncio.gather(*(start(n) for n in range(6)))
    assert len(set(shown)) == 1, "all of them show the password that was kept"
    assert len(await select(store, "SELECT 1 FROM contract")) == 1
    assert len(await select(store, "SELECT 1 FROM user_account")) == 1
    one = process()
    await one.start()
    await one.authenticate(basic(*shown[0]), None, HERE)


async def test_an_owner_who_is_gone_is_told(identity: Identity, tmp_path: Path, store: Store) -> None:
    await identity.ensure_owner(directory=tmp_path)
    await run(store, "DELETE FROM user_account")
    with pytest.raises(UsageError, match="backup"):
        await identity.ensure_owner(directory=tmp_path)
