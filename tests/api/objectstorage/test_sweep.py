"""Files that no row names go after a day; all others stay."""

from __future__ import annotations

import os

import pytest

from ionstack.engine.clock import SECOND
from ionstack.objectstorage.sweep import GRACE, sweep
from tests.api.objectstorage.conftest import People

pytestmark = pytest.mark.api


async def test_only_old_orphans_are_swept(people: People) -> None:
    owner, storage = people.owner, people.cloud.objects
    await owner.done("PUT", "/swept")
    await owner.done("PUT", "/swept/key", b"x" * 20_000)
    upload = await owner.begin("/swept/big")
    await owner.done("PUT", f"/swept/big?partNumber=1&uploadId={upload}", b"y" * 20_000)
    directory = people.cloud.settings.data_dir / "objects"
    (directory / "00").mkdir(exist_ok=True)
    for path in (directory / "00" / "00orphan", directory / "new" / "broken off"):
        path.write_bytes(b"z")
    files = [path for path in directory.rglob("*") if path.is_file()]
    assert len(files) == 4
    now = people.clock.wall()
    for path in files:
        os.utime(path, (now / SECOND, now / SECOND))
    assert await sweep(storage) == 0
    people.clock.advance(GRACE / SECOND + 1)
    assert await sweep(storage) == 2
    assert (await owner.done("GET", "/swept/key")).content == b"x" * 20_000
    assert sorted(path.name for path in directory.rglob("*") if path.is_file()) == sorted(
        path.name for path in files if path.name not in ("00orphan", "broken off")
    )
