"""What the tests of CloudAPI resources do over and over: make, read, be refused."""

from __future__ import annotations

from typing import Any

import pyotp

from ionstack.engine.clock import SECOND
from tests.api.conftest import USERNAME, Running


async def made(running: Running, path: str, body: Any, status: int = 202) -> Any:
    """The answer to a creation, whose request is done by now."""
    answer = await running.api.post(path, json=body)
    assert answer.status_code == status, answer.text
    await done(running, answer)
    return answer.json()


async def changed(running: Running, method: str, path: str, body: Any = None, status: int = 202) -> Any:
    """The answer to a change whose request is done by now; None where it is empty."""
    answer = await running.api.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    await done(running, answer)
    return answer.json() if answer.content else None


async def done(running: Running, answer: Any) -> None:
    """See that the request of an accepted call is done."""
    request = (await running.api.get(answer.headers["location"])).json()
    assert request["metadata"]["status"] == "DONE", request


async def read(running: Running, path: str) -> Any:
    """A resource or collection."""
    answer = await running.api.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def gone(running: Running, path: str) -> None:
    """See that there is nothing at a path."""
    answer = await running.api.get(path)
    assert (answer.status_code, answer.json()["messages"][0]["errorCode"]) == (404, "309")


async def refused(running: Running, method: str, path: str, body: Any = None, code: str = "100") -> str:
    """The message of a change that breaks a rule."""
    answer = await running.api.request(method, path, json=body)
    assert answer.status_code == 422, answer.text
    line = answer.json()["messages"][0]
    assert line["errorCode"] == code, line
    return str(line["message"])


async def datacenter(running: Running, location: str = "de/txl", name: str = "dc") -> str:
    """The path of a new data center."""
    body = {"properties": {"name": name, "location": location}}
    return f"/datacenters/{(await made(running, '/datacenters', body))['id']}"


async def unchanged_by_itself(running: Running, path: str) -> None:
    """See that a PUT of what is read changes nothing."""
    before = (await read(running, path))["properties"]
    await changed(running, "PUT", path, {"properties": before})
    assert (await read(running, path))["properties"] == before


async def second_factor(running: Running, email: str = USERNAME) -> None:
    """Give a user, else the owner, a second factor."""
    identity = running.cloud.identity
    user = await identity.users.find(email)
    assert user is not None
    secret = (await identity.second_factor.enrol(user.id)).secret
    await identity.second_factor.confirm(user.id, pyotp.TOTP(secret).at(running.clock.wall() // SECOND))
