"""Consoles: a token that names a server, and the address of its screen that carries it.

The simulated cloud has no screens, so nothing is to be seen at the address.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import orjson

from ionstack.apis.cloudapi.server import servers
from ionstack.apis.cloudapi.signon import signed, site
from ionstack.catalogue.access import CHANGER
from ionstack.catalogue.operation import Answer, Call, Operation, Reply, Schema
from ionstack.dialects.cloudapi import query
from ionstack.dialects.cloudapi.parameters import COMMON, SEARCHING, path_parameters
from ionstack.dialects.target import Target
from ionstack.dialects.text import body
from ionstack.engine import documents

if TYPE_CHECKING:
    from ionstack.app import Cloud

_TARGET = Target(servers)


async def token(cloud: Cloud, call: Call) -> Answer:
    """A signed token that names the server and is good for nothing else."""
    return _answer(call, "token", await _signed(cloud, call))


async def url(cloud: Cloud, call: Call) -> Answer:
    """Where the server's screen would be."""
    return _answer(call, "url", f"{site(call)}/noVNC?token={await _signed(cloud, call)}")


def operations() -> Sequence[Operation]:
    """`GET <server>/token` and `GET <server>/remoteconsole`."""
    return [
        _operation("token", "Token", "token", token),
        _operation("remoteconsole", "RemoteConsole", "url", url),
    ]


async def _signed(cloud: Cloud, call: Call) -> str:
    query.depth(call.query)
    row = await cloud.engine.read(lambda tx: _TARGET.changeable(tx, call))
    return await signed(cloud, row, "server", name=documents.load(row.desired).get("name", ""))


def _answer(call: Call, name: str, value: str) -> Answer:
    return Answer(200, body(orjson.dumps({name: value}).decode(), pretty=query.pretty(call.query)))


def _operation(word: str, id: str, name: str, handler: object) -> Operation:
    path = f"{servers.item}/{word}"
    schema = "Token" if name == "token" else "RemoteConsoleUrl"
    shown: Schema = {"type": "object", "properties": {name: {"type": "string", "readOnly": True}}}
    return Operation(
        id=f"datacentersServers{id}Get",
        method="GET",
        path=path,
        handler=handler,  # type: ignore[arg-type]
        replies={200: Reply({"$ref": f"#/components/schemas/{schema}"})},
        tag=servers.tag,
        summary=f"Retrieve the {word} of a server",
        parameters=(*path_parameters(path), *COMMON, *SEARCHING),
        errors=(404,),
        access=CHANGER,
        components={schema: shown},
    )
