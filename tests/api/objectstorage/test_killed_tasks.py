"""Background work that is killed before or after any of its steps is done whole by the next run, and once."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from ionstack.engine.clock import SECOND
from ionstack.errors import StoreUnavailable
from ionstack.objectstorage import accesslog
from ionstack.objectstorage.blobs.bodies import Blobs
from ionstack.objectstorage.lifecycle import run as lifecycle
from ionstack.objectstorage.replication import run as replication
from ionstack.objectstorage.storage import Storage
from ionstack.objectstorage.sweep import GRACE, sweep
from tests.api.objectstorage.conftest import People, completion, texts
from tests.api.objectstorage.test_accesslog import follow, logged
from tests.api.objectstorage.test_lifecycle import DAYS, keys, rules, versions
from tests.api.objectstorage.test_replication import STATUS, VERSIONED, replicate

pytestmark = pytest.mark.api
Task = Callable[[Storage], Awaitable[int]]
STEPS = {"read", "write", "take", "open", "link", "drop"}


class Killed(BaseException):
    """No handler of errors sees a process die."""


class Mortal:
    """Store and blobs of a process that dies at its n-th step: before it is done, or once it is done."""

    def __init__(self, storage: Storage, last: int, *, before: bool) -> None:
        self._last, self._before, self.steps = last, before, 0
        blobs = cast(Blobs, _Around(storage.blobs, self))
        self.storage = replace(storage, store=_Around(storage.store, self), blobs=blobs)

    async def step(self, method: Any, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Do a step, or die of it."""
        self.steps += 1
        if self.steps == self._last and self._before:
            raise Killed
        done = await method(*given, **named)
        if self.steps == self._last:
            raise Killed
        return done


class _Around:
    def __init__(self, inner: Any, mortal: Mortal) -> None:
        self._inner, self._mortal = inner, mortal

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name not in STEPS:
            return method

        async def step(*given: Any, **named: Any) -> Any:
            return await self._mortal.step(method, given, named)

        return step


async def killed_at_each_step(storage: Storage, task: Callable[[], Task], *, before: bool) -> int:
    """Run anew, each time dying a step later, until a run comes to its end; how often it died."""
    for last in range(1, 200):
        try:
            await task()(Mortal(storage, last, before=before).storage)
        except Killed:
            continue
        return last - 1
    raise AssertionError("it never came to its end")


def files(people: People) -> list[Any]:
    return [path for path in (people.cloud.settings.data_dir / "objects").rglob("*") if path.is_file()]


async def swept(people: People) -> int:
    """How many files are left when the orphans are gone."""
    now = people.clock.wall() / SECOND
    for path in files(people):
        os.utime(path, (now, now))
    people.clock.advance(GRACE / SECOND + 1)
    await sweep(people.cloud.objects)
    return len(files(people))


@pytest.mark.parametrize("before", [True, False])
async def test_replication(people: People, before: bool) -> None:
    owner = people.owner
    await replicate(people)
    await owner.done("PUT", "/source/large", b"1" * 20_000)
    await owner.done("PUT", "/source/large", b"2" * 20_000)
    await owner.done("PUT", "/source/sealed", b"3" * 20_000, x_amz_server_side_encryption="AES256")
    await owner.done("PUT", "/source/small", b"4")
    await owner.done("DELETE", "/source/small")
    died = await killed_at_each_step(people.cloud.objects, lambda: replication.run, before=before)
    assert died >= 4
    assert await replication.run(people.cloud.objects) == 0
    assert await versions(people, "target") == await versions(people, "source")
    for key, body in (("large", b"2" * 20_000), ("sealed", b"3" * 20_000)):
        assert (await owner.done("HEAD", f"/source/{key}")).headers[STATUS] == "COMPLETED"
        assert (await owner.done("GET", f"/target/{key}")).content == body
    assert await swept(people) == 6


async def test_a_replica_keeps_its_body_when_nobody_can_tell_if_it_was_committed(people: People) -> None:
    owner = people.owner
    await replicate(people)
    await owner.done("PUT", "/source/key", b"1" * 20_000)
    storage, store = people.cloud.objects, people.cloud.store

    class Lost:
        dialect, commits, read, one = store.dialect, None, store.read, store.one

        async def write(self, work: Any, **how: bool) -> Any:
            await store.write(work, **how)
            raise StoreUnavailable("the connection was lost during the commit")

    lost: Any = Lost()
    with pytest.raises(StoreUnavailable):
        await replication.run(replace(storage, store=lost))
    assert await replication.run(storage) == 0
    assert (await owner.done("GET", "/target/key")).content == b"1" * 20_000


async def test_bodies_stay_when_nobody_can_tell_if_they_were_committed(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, write = people.owner, type(people.cloud.store).write
    await owner.done("PUT", "/kept")
    upload = await owner.begin("/kept/parts")
    part = f"/kept/parts?partNumber=1&uploadId={upload}"

    async def lost(self: Any, work: Any, **how: bool) -> Any:
        await write(self, work, **how)
        raise StoreUnavailable("the connection was lost during the commit")

    with monkeypatch.context() as patched:
        patched.setattr(type(people.cloud.store), "write", lost)
        for path in ("/kept/key", part):
            assert await owner.refused("PUT", path, b"1" * 20_000) == "ServiceUnavailable"
    assert (await owner.done("GET", "/kept/key")).content == b"1" * 20_000
    (etag,) = texts(await owner.done("GET", f"/kept/parts?uploadId={upload}"), "ETag")
    await owner.done("POST", f"/kept/parts?uploadId={upload}", completion(etag))
    assert (await owner.done("GET", "/kept/parts")).content == b"1" * 20_000


@pytest.mark.parametrize("before", [True, False])
async def test_lifecycle(people: People, monkeypatch: pytest.MonkeyPatch, before: bool) -> None:
    monkeypatch.setattr(lifecycle, "_PAGE", 2)
    owner = people.owner
    for bucket in ("plain", "versioned"):
        await owner.done("PUT", f"/{bucket}")
    await owner.done("PUT", "/versioned?versioning", VERSIONED)
    for bucket in ("plain", "versioned"):
        await rules(
            people, "<Filter/><Expiration><Days>1</Days></Expiration><AbortIncompleteMultipartUpload>"
            "<DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>", bucket=bucket,
        )  # fmt: skip
        for number in range(5):
            await owner.done("PUT", f"/{bucket}/{number}", b"x" * 20_000)
        upload = await owner.begin(f"/{bucket}/big")
        await owner.done("PUT", f"/{bucket}/big?partNumber=1&uploadId={upload}", b"x" * 20_000)
    people.clock.advance(3 * DAYS)
    died = await killed_at_each_step(people.cloud.objects, lambda: lifecycle.Lifecycle().run, before=before)
    assert died >= 8
    assert await lifecycle.Lifecycle().run(people.cloud.objects) == 0
    assert await keys(people, "plain") == []
    listed = await owner.done("GET", "/versioned?versions")
    assert (listed.text.count("<DeleteMarker>"), listed.text.count("<Version>")) == (5, 5)
    for bucket in ("plain", "versioned"):
        assert texts(await owner.done("GET", f"/{bucket}?uploads"), "UploadId") == []
    assert await swept(people) == 5


@pytest.mark.parametrize("before", [True, False])
async def test_logs(people: People, monkeypatch: pytest.MonkeyPatch, before: bool) -> None:
    monkeypatch.setattr(accesslog, "_MOST", 3)
    for bucket in ("source", "target"):
        await people.owner.done("PUT", f"/{bucket}")
    await follow(people)
    for number in range(8):
        await people.owner.done("PUT", f"/source/{number}", b"x")
    died = await killed_at_each_step(people.cloud.objects, lambda: accesslog.write, before=before)
    assert died >= 2
    assert await accesslog.write(people.cloud.objects) == 0
    found = Counter(line.split()[8] for line in await logged(people) if "PUT.OBJECT" in line)
    assert found == Counter(str(number) for number in range(8))


async def test_rules_are_carried_out_once_by_however_many(people: People) -> None:
    owner = people.owner
    await owner.done("PUT", "/kept")
    await owner.done("PUT", "/kept?versioning", VERSIONED)
    await rules(people, "<Filter/><Expiration><Days>1</Days></Expiration>")
    for number in range(20):
        await owner.done("PUT", f"/kept/{number:02}", b"x")
    people.clock.advance(3 * DAYS)
    done = await asyncio.gather(*(lifecycle.Lifecycle().run(people.cloud.objects) for _ in range(3)))
    assert sum(done) == 20
    assert (await owner.done("GET", "/kept?versions")).text.count("<DeleteMarker>") == 20


async def test_buckets_without_documents_ask_the_store_for_nothing_more(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked(*_: Any) -> None:
        raise AssertionError("a bucket without documents has nothing to ask for")

    monkeypatch.setattr(Storage, "past", asked)
    monkeypatch.setattr(accesslog, "note", asked)
    await people.owner.done("PUT", "/plain")
    for method in ("PUT", "GET", "HEAD", "DELETE"):
        await people.owner.done(method, "/plain/key")
    assert not people.cloud.objects.wake.replication.is_set()
