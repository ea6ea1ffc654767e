"""Answers tell by x-amz-expiration when and by which rule an object will expire, in the world of its contract."""

from __future__ import annotations

import pytest

from ionstack.engine.clock import SECOND
from ionstack.objectstorage import instants
from ionstack.objectstorage.lifecycle.rules import DAY
from tests.api.objectstorage.conftest import People, completion
from tests.api.objectstorage.test_guards import move
from tests.api.objectstorage.test_lifecycle import rules
from tests.api.objectstorage.test_replication import VERSIONED

pytestmark = pytest.mark.api
HEADER = "x-amz-expiration"
RULE = "<ID>a rule</ID><Filter><Prefix>log/</Prefix></Filter><Expiration><Days>2</Days></Expiration>"


@pytest.fixture
async def kept(people: People) -> People:
    await people.owner.done("PUT", "/kept")
    return people


def told(people: People, days: int, rule: str = "a%20rule") -> str:
    midnight = people.clock.wall() // DAY * DAY
    return f'expiry-date="{instants.http(midnight + (days + 1) * DAY)}", rule-id="{rule}"'


async def test_every_way_to_write_and_read_an_object_tells(kept: People) -> None:
    owner = kept.owner
    await rules(kept, RULE)
    wanted = told(kept, 2)
    assert wanted.startswith('expiry-date="Sun, 04 Jan 2026 00:00:00 GMT"')
    answers = [
        await owner.done("PUT", "/kept/log/a", b"x"),
        await owner.done("GET", "/kept/log/a"),
        await owner.done("HEAD", "/kept/log/a"),
        await owner.done("PUT", "/kept/log/copy", x_amz_copy_source="/kept/log/a"),
    ]
    upload = await owner.begin("/kept/log/parts")
    part = await owner.done("PUT", f"/kept/log/parts?partNumber=1&uploadId={upload}", b"p")
    done = completion(part.headers["etag"])
    answers.append(await owner.done("POST", f"/kept/log/parts?uploadId={upload}", done))
    assert [answer.headers[HEADER] for answer in answers] == [wanted] * 5
    assert HEADER not in (await owner.done("PUT", "/kept/other", b"x")).headers
    assert HEADER not in (await owner.done("GET", "/kept/other")).headers


async def test_the_earliest_of_several_rules_is_told(kept: People) -> None:
    date = instants.iso(kept.clock.wall() // DAY * DAY + 2 * DAY)
    await rules(
        kept, RULE, "<ID>far</ID><Filter/><Expiration><Days>100000000</Days></Expiration>",
        f"<ID>date</ID><Filter/><Expiration><Date>{date}</Date></Expiration>",
    )  # fmt: skip
    assert (await kept.owner.done("PUT", "/kept/log/a", b"x")).headers[HEADER] == told(kept, 1, "date")


async def test_what_expires_beyond_all_dates_is_not_told(kept: People) -> None:
    await rules(kept, "<Filter/><Expiration><Days>1000000000000</Days></Expiration>")
    assert HEADER not in (await kept.owner.done("PUT", "/kept/key", b"x")).headers
    assert HEADER not in (await kept.owner.done("GET", "/kept/key")).headers


async def test_versions_that_are_not_current_do_not_expire_by_this(kept: People) -> None:
    await kept.owner.done("PUT", "/kept?versioning", VERSIONED)
    await rules(kept, RULE)
    first = (await kept.owner.done("PUT", "/kept/log/a", b"1")).headers["x-amz-version-id"]
    await kept.owner.done("PUT", "/kept/log/a", b"2")
    assert HEADER not in (await kept.owner.done("GET", f"/kept/log/a?versionId={first}")).headers
    assert HEADER in (await kept.owner.done("GET", "/kept/log/a")).headers


async def test_the_date_is_one_of_the_contracts_world(kept: People) -> None:
    await rules(kept, RULE)
    await kept.owner.done("PUT", "/kept/log/before", b"x")
    kept.clock.advance(60)
    await move(kept, 10)
    assert (await kept.owner.done("PUT", "/kept/log/after", b"x")).headers[HEADER] == told(kept, 12)
    assert (await kept.owner.done("GET", "/kept/log/before")).headers[HEADER] == told(kept, 2)
    assert kept.clock.wall() % DAY == 60 * SECOND
