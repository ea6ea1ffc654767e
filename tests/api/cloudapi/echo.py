"""Bodies made from declarations: a value for every property that can be written.

What a schema cannot tell (an id of something, an address that is free, which of two properties excludes the
other) a case says.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ionstack.apis.cloudapi import VIEWS
from ionstack.catalogue.properties import Field, Properties, fields
from ionstack.catalogue.view import View
from tests.api.cloudapi.calls import done, made
from tests.api.conftest import Running

CREATED = [view for view in VIEWS if "create" in view.operations]
"""The views that a client creates resources by."""


@dataclass(frozen=True)
class Case:
    """One way to create a resource with as much as goes together.

    `given` finds the values that a schema cannot tell. `left` are the properties that this case cannot have,
    each with the reason. `later` are set by a PATCH, as they name what is inside the resource. `entities` go
    along in the creation. `put` is False where the API refuses a PUT of what is read, as the case says.
    """

    given: Callable[[World, str], Awaitable[dict[str, Any]]] | None = None
    left: Mapping[str, str] = field(default_factory=dict)
    later: Callable[[World, str], Awaitable[dict[str, Any]]] | None = None
    entities: Mapping[str, Any] = field(default_factory=dict)
    put: bool = True


@dataclass
class World:
    """What the cases of one test stand on: each thing is made once, when it is first asked for."""

    running: Running
    cases: Mapping[str, list[Case]]
    known: dict[str, str] = field(default_factory=dict)
    count: int = 0

    async def path(self, item: str) -> str:
        """The path of a resource by the template of its view, made by the view's first case."""
        if item not in self.known:
            view = next(view for view in CREATED if view.item == item)
            self.known[item], _ = await self.create(view, self.cases[view.collection][0])
        return self.known[item]

    async def create(self, view: View, case: Case) -> tuple[str, dict[str, Any]]:
        """A new resource by a case: its path, and the properties that were sent."""
        above, _, last = view.collection.rpartition("/")
        collection = f"{await self.path(above)}/{last}" if above.count("{") else view.collection
        sent = sample(view.resource.properties, (await case.given(self, collection)) if case.given else {})
        sent = {name: value for name, value in sent.items() if name not in case.left}
        body = {"properties": sent, **({"entities": case.entities} if case.entities else {})}
        answer = await self.call("POST", collection, body, view.status("create"))
        return f"{collection}/{answer['id']}", sent

    async def call(self, method: str, path: str, body: dict[str, Any], status: int) -> dict[str, Any]:
        """The answer to a change; its request, if there is one, is done by now."""
        answer = await self.running.api.request(method, path, json=body)
        assert answer.status_code == status, answer.text
        if status == 202:
            await done(self.running, answer)
        return dict(answer.json())

    async def new(self, collection: str, **properties: Any) -> dict[str, Any]:
        """Something that a case needs."""
        return dict(await made(self.running, collection, {"properties": properties}))

    async def ips(self, size: int) -> list[str]:
        """Reserved addresses."""
        return list((await self.new("/ipblocks", location="de/txl", size=size))["properties"]["ips"])

    async def change(self, view: View, path: str, properties: dict[str, Any]) -> None:
        """A PATCH, or a PUT where there is none."""
        method = "PATCH" if "update" in view.operations else "PUT"
        body = properties if method == "PATCH" else {"properties": properties}
        await self.call(method, path, body, view.status("update"))


def sample(declaration: type[Properties], given: Mapping[str, Any]) -> dict[str, Any]:
    """A value for every property that can be written: those given, and for the rest what the schema allows."""
    return {
        name: given[name] if name in given else _value(found)
        for name, found in fields(declaration).items()
        if found.writable
    }


def names(declaration: type[Properties], above: str = "") -> Iterator[str]:
    """Every property that can be written, at any depth: `targets.ip`."""
    for name, found in fields(declaration).items():
        if not found.writable:
            continue
        yield f"{above}{name}"
        if found.items:
            yield from names(found.items, f"{above}{name}.")


def named(sent: Any, above: str = "") -> Iterator[str]:
    """Every property that a body has, at any depth."""
    for one in sent if isinstance(sent, list) else [sent]:
        if isinstance(one, dict):
            for name, value in one.items():
                yield f"{above}{name}"
                yield from named(value, f"{above}{name}.")


def _value(found: Field) -> Any:
    schema = found.schema
    kind = schema["type"] if isinstance(schema["type"], str) else schema["type"][0]
    if found.items:
        inner = sample(found.items, {})
        return [inner] if kind == "array" else inner
    if "enum" in schema:
        others = [one for one in schema["enum"] if one is not None and one != found.default]
        return others[-1] if others else found.default
    if kind == "boolean":
        return not found.default
    if kind in ("integer", "number"):
        least = int(schema.get("minimum", 1))
        return least + 1 if least == found.default else least
    if kind == "object":
        return {"echo": found.name}
    word = f"echo{found.name.lower()}"[: schema.get("maxLength")]
    if kind == "string" and "format" not in schema and re.search(schema.get("pattern", ""), word):
        return word
    return f"<{found.name}: the case has to give it>"
