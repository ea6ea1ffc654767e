"""Clients that change data centers at random, and remember what they were promised.

Each client keeps to data centers of its own, so what must be there follows from its own calls. A call whose
answer never came may have been done or not; which of the two is read after the restart, and must be one of
them as a whole.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

import httpx

Shown = tuple[str, int] | None
"""A data center as far as a client cares: its description and how many LANs it has. None: it is not there."""


@dataclass(slots=True)
class Expected:
    """What may be found of one data center: one state, or two while an answer is missing."""

    possible: list[Shown]
    id: str = ""


@dataclass(slots=True)
class Client:
    """One client. `known` are its data centers by name."""

    number: int
    dice: random.Random
    known: dict[str, Expected] = field(default_factory=dict)
    made: int = 0
    answered: int = 0

    async def work(self, http: httpx.AsyncClient) -> None:
        """Call until the server is gone."""
        while await self._step(http):
            pass

    async def _step(self, http: httpx.AsyncClient) -> bool:
        certain = [name for name, one in self.known.items() if len(one.possible) == 1 and one.possible[0]]
        if not certain or self.dice.random() < 0.4:
            return await self._create(http)
        name = self.dice.choice(certain)
        action = self.dice.choice((self._patch, self._patch, self._add_lan, self._delete))
        return await action(http, name)

    async def _create(self, http: httpx.AsyncClient) -> bool:
        self.made += 1
        name, lans = f"dc-{self.number}-{self.made}", self.dice.randrange(3)
        items = [{"properties": {"name": f"lan {n}"}} for n in range(lans)]
        body = {
            "properties": {"name": name, "description": "0", "location": "de/txl"},
            "entities": {"lans": {"items": items}},
        }
        after = ("0", lans)
        self.known[name] = expected = Expected([None, after])
        answer = await self._call(http, "POST", "/datacenters", body)
        if answer is None:
            return False
        expected.possible, expected.id = [after], answer.json()["id"]
        return True

    async def _patch(self, http: httpx.AsyncClient, name: str) -> bool:
        expected = self.known[name]
        (before,) = expected.possible
        assert before is not None
        after = (str(int(before[0]) + 1), before[1])
        return await self._change(http, expected, after, "PATCH", "", {"description": after[0]})

    async def _add_lan(self, http: httpx.AsyncClient, name: str) -> bool:
        expected = self.known[name]
        (before,) = expected.possible
        assert before is not None
        return await self._change(
            http, expected, (before[0], before[1] + 1), "POST", "/lans", {"properties": {"name": "more"}}
        )

    async def _delete(self, http: httpx.AsyncClient, name: str) -> bool:
        return await self._change(http, self.known[name], None, "DELETE", "", None)

    async def _change(
        self, http: httpx.AsyncClient, expected: Expected, after: Shown, method: str, below: str, body: Any
    ) -> bool:
        expected.possible = [*expected.possible, after]
        answer = await self._call(http, method, f"/datacenters/{expected.id}{below}", body)
        if answer is None:
            return False
        expected.possible = [after]
        return True

    async def _call(
        self, http: httpx.AsyncClient, method: str, path: str, body: Any
    ) -> httpx.Response | None:
        """The answer, or None if none came. Anything but 202 is a fault."""
        try:
            answer = await http.request(method, f"/cloudapi/v6{path}", json=body)
        except httpx.TransportError:
            return None
        assert answer.status_code == 202, f"{method} {path}: {answer.status_code} {answer.text}"
        self.answered += 1
        return answer

    def settle(self, found: dict[str, tuple[str, Shown]]) -> None:
        """Hold what was promised against what is found, and go on from there."""
        for name, expected in list(self.known.items()):
            id, shown = found.get(name, ("", None))
            assert shown in expected.possible, f"{name}: {shown} is none of {expected.possible}"
            assert not (id and expected.id) or id == expected.id
            if shown is None:
                del self.known[name]
            else:
                expected.possible, expected.id = [shown], id


async def run_until_dead(api: str, bearer: str, clients: list[Client]) -> None:
    """Let every client work until its connection breaks."""
    headers = {"Authorization": f"Bearer {bearer}"}
    async with httpx.AsyncClient(base_url=api, headers=headers, timeout=30) as http:
        await asyncio.gather(*(client.work(http) for client in clients))
