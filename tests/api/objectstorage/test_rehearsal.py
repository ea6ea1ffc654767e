"""Errors that were ordered for a contract, and its rate limit, reach its calls of Object Storage, in the words of S3."""

from __future__ import annotations

import orjson
import pytest

from ionstack.control import contracts, faults
from ionstack.control.faults import Waiting
from ionstack.identity.events import SYSTEM
from tests.api.objectstorage.conftest import People, code

pytestmark = pytest.mark.api


@pytest.fixture
async def kept(people: People) -> People:
    await people.owner.done("PUT", "/kept")
    return people


async def order(people: People, *, method: str = "", path: str = "", **effect: object) -> None:
    bucket = await people.cloud.objects.bucket("kept")
    assert bucket is not None
    fault = Waiting(0, bucket.contract, method, path, 0, 1, orjson.dumps(effect).decode())
    await faults.add(people.cloud.store, fault, people.clock.wall(), SYSTEM)


async def test_a_contract_is_held_to_its_rate_limit(kept: People) -> None:
    bucket = await kept.cloud.objects.bucket("kept")
    assert bucket is not None
    await contracts.change(
        kept.cloud.store,
        bucket.contract,
        contracts.Terms(settings={"rateLimit": 60}),
        kept.clock.wall(),
        SYSTEM,
    )
    answers = [await kept.owner("PUT", "/kept/key", b"x") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [503]  # a sixth of the limit at once
    assert (code(answers[-1]), answers[-1].headers["retry-after"]) == ("SlowDown", "1")
    await kept.stranger.done("GET", "/")
    kept.clock.advance(1)
    await kept.colleague.done("GET", "/")
    assert await kept.owner.refused("GET", "/kept/key") == "SlowDown"


@pytest.mark.parametrize("status", faults.statuses())
async def test_every_status_is_an_error_of_s3(kept: People, status: int) -> None:
    await order(kept, status=status)
    answer = await kept.owner("GET", "/kept")
    assert answer.status_code == {429: 503, 401: 403}.get(
        status, status if code(answer) != "InvalidRequest" else 400
    )
    assert (await kept.owner("GET", "/kept")).status_code == 200


async def test_it_says_when_to_come_back_and_why(kept: People) -> None:
    await order(kept, status=429, retryAfter=7, message="by order")
    answer = await kept.owner("PUT", "/kept/key", b"x")
    assert (code(answer), answer.headers["retry-after"]) == ("SlowDown", "7")
    assert "<Message>by order</Message>" in answer.text
    assert await kept.owner.refused("GET", "/kept/key") == "NoSuchKey"


async def test_method_and_path_choose_the_calls_that_are_hit(kept: People) -> None:
    await order(kept, method="PUT", path="/kept/logs/**", status=500)
    await kept.owner.done("PUT", "/kept/other", b"x")
    await kept.stranger.refused("PUT", "/kept/logs/key", b"x")
    assert await kept.owner.refused("PUT", "/kept/logs/a%20key", b"x") == "InternalError"
    await kept.owner.done("PUT", "/kept/logs/key", b"x")


async def test_a_fault_of_provisioning_waits_for_a_call_that_provisions(kept: People) -> None:
    await order(kept, provisioning="FAILED")
    await kept.owner.done("PUT", "/kept/key", b"x")
    assert len(await faults.waiting(kept.cloud.store, None)) == 1


async def test_one_who_did_not_sign_uses_nothing_up(kept: People) -> None:
    await order(kept, status=503)
    assert await kept.nobody.refused("GET", "/kept") == "AccessDenied"
    assert await kept.owner.refused("GET", "/kept") == "ServiceUnavailable"
