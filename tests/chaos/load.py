"""Clients that change things at random, and remember what they were promised.

Each client keeps to things of its own, so what must be there follows from its own calls. A call whose answer
never came may have been done or not; which of the two is read after the restart, and it must be one of them
as a whole.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx

MOST = 6
"""How many things a client keeps, so that a long run does not grow."""


class Datacenter(NamedTuple):
    """A data center as far as a client cares: its description, the names of its LANs, its labels, each sorted."""

    description: str
    lans: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()


class Block(NamedTuple):
    """An IP block as far as a client cares."""

    size: int
    changes: int = 0


State = Datacenter | Block | None
"""None: it is not there."""


@dataclass(slots=True)
class Expected:
    """What may be found of one thing: one state, or two while an answer is missing. `lans` has ids by name."""

    possible: list[State]
    path: str = ""
    lans: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """One thing as it was found."""

    path: str
    state: State
    lans: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Intent:
    """A call, and what it makes of the thing it is about."""

    method: str
    path: str
    body: Any
    after: State


@dataclass(slots=True)
class Client:
    """One client. `known` are its things by name; `promised` the requests it was given the address of."""

    number: int
    dice: random.Random
    known: dict[str, Expected] = field(default_factory=dict)
    made: int = 0
    promised: list[str] = field(default_factory=list)

    async def work(self, http: httpx.AsyncClient, enough: asyncio.Event) -> None:
        """Call until the server is gone or it is enough."""
        while not enough.is_set() and await self._step(http):
            pass

    def settle(self, found: dict[str, Found]) -> None:
        """Hold what was promised against what is found, and go on from there."""
        for name, expected in list(self.known.items()):
            seen = found.get(name) or Found("", None)
            assert seen.state in expected.possible, f"{name}: {seen.state} is none of {expected.possible}"
            assert not (seen.path and expected.path) or seen.path == expected.path
            if seen.state is None:
                del self.known[name]
            else:
                expected.possible, expected.path, expected.lans = [seen.state], seen.path, dict(seen.lans)

    async def _step(self, http: httpx.AsyncClient) -> bool:
        there = [name for name, one in self.known.items() if one.possible != [None]]
        if len(there) < MOST and (not there or self.dice.random() < 0.4):
            return await self._create(http)
        expected = self.known[self.dice.choice(there)]
        (state,) = expected.possible
        intents = self._of_block if isinstance(state, Block) else self._of_datacenter
        return await self._change(http, expected, self.dice.choice(intents(expected)))

    async def _create(self, http: httpx.AsyncClient) -> bool:
        self.made += 1
        name = f"{self.number}-{self.made}"
        intent = self.dice.choice((self._new_datacenter, self._new_block))(name)
        self.known[name] = expected = Expected([None])
        return await self._change(http, expected, intent)

    def _new_datacenter(self, name: str) -> Intent:
        lans = tuple(f"lan {number}" for number in range(self.dice.randrange(3)))
        body = {
            "properties": {"name": name, "description": "0", "location": "de/txl"},
            "entities": {"lans": {"items": [{"properties": {"name": lan}} for lan in lans]}},
        }
        return Intent("POST", "/datacenters", body, Datacenter("0", lans))

    def _new_block(self, name: str) -> Intent:
        size = self.dice.randint(1, 3)
        body = {"properties": {"name": f"{name} 0", "location": "de/txl", "size": size}}
        return Intent("POST", "/ipblocks", body, Block(size))

    def _of_block(self, expected: Expected) -> list[Intent]:
        (state,) = expected.possible
        assert isinstance(state, Block)
        after = state._replace(changes=state.changes + 1)
        name = next(name for name, one in self.known.items() if one is expected)
        return [
            Intent("PATCH", expected.path, {"name": f"{name} {after.changes}"}, after),
            Intent("DELETE", expected.path, None, None),
        ]

    def _of_datacenter(self, expected: Expected) -> list[Intent]:
        (state,) = expected.possible
        assert isinstance(state, Datacenter)
        path, (description, lans, labels) = expected.path, state
        self.made += 1
        new, more = f"lan {self.made}", str(int(description) + 1)
        intents = [
            Intent("PATCH", path, {"description": more}, state._replace(description=more)),
            Intent("POST", f"{path}/lans", _body(name=new), state._replace(lans=_sorted(*lans, new))),
            Intent("DELETE", path, None, None),
        ]
        for lan, id in expected.lans.items():
            rest = tuple(one for one in lans if one != lan)
            at = f"{path}/lans/{id}"
            intents.append(Intent("PATCH", at, {"name": new}, state._replace(lans=_sorted(*rest, new))))
            intents.append(Intent("DELETE", at, None, state._replace(lans=rest)))
        if labels:
            label, at = _body(key="k", value=more), f"{path}/labels/k"
            intents.append(Intent("PUT", at, label, state._replace(labels=(("k", more),))))
            intents.append(Intent("DELETE", at, None, state._replace(labels=())))
        else:
            label = _body(key="k", value="0")
            intents.append(Intent("POST", f"{path}/labels", label, state._replace(labels=(("k", "0"),))))
        return intents

    async def _change(self, http: httpx.AsyncClient, expected: Expected, intent: Intent) -> bool:
        """Whether the call was answered."""
        expected.possible = [*expected.possible, intent.after]
        try:
            answer = await http.request(intent.method, f"/cloudapi/v6{intent.path}", json=intent.body)
        except httpx.TransportError:
            return False
        assert answer.status_code in (200, 201, 202), f"{intent}: {answer.status_code} {answer.text}"
        expected.possible = [intent.after]
        if answer.status_code == 202:
            self.promised.append(answer.headers["location"].split("/")[-2])
        told = answer.json() if answer.content else {}
        if not expected.path:
            expected.path = f"{intent.path}/{told['id']}"
        elif told.get("type") == "lan":
            expected.lans[told["properties"]["name"]] = told["id"]
        _forget_gone(expected, told)
        return True


def _forget_gone(expected: Expected, told: Any) -> None:
    """Keep the ids of the LANs that are there; those of a composite creation are its numbers."""
    (state,) = expected.possible
    if isinstance(state, Datacenter):
        for lan in told.get("entities", {}).get("lans", {}).get("items", ()):
            expected.lans[lan["properties"]["name"]] = lan["id"]
        expected.lans = {name: id for name, id in expected.lans.items() if name in state.lans}


def _body(**properties: str) -> dict[str, Any]:
    return {"properties": properties}


def _sorted(*names: str) -> tuple[str, ...]:
    return tuple(sorted(names))


async def run(api: str, bearer: str, clients: list[Client], enough: asyncio.Event) -> None:
    """Let every client work until its connection breaks or it is enough."""
    headers = {"Authorization": f"Bearer {bearer}"}
    async with httpx.AsyncClient(base_url=api, headers=headers, timeout=30) as http:
        await asyncio.gather(*(client.work(http, enough) for client in clients))
