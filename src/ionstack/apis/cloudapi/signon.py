"""Addresses that sign somebody on: they carry a token which names a resource and is good for nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ionstack.catalogue.operation import Call
from ionstack.engine.clock import SECOND
from ionstack.engine.row import Row

if TYPE_CHECKING:
    from ionstack.app import Cloud


async def signed(cloud: Cloud, row: Row, noun: str, **about: str) -> str:
    """A token that tells of a resource, under its noun, its id and what else is given."""
    claims = {"iss": "ionstack", "iat": cloud.clock.wall() // SECOND, noun: {"uuid": row.id, **about}}
    return await cloud.identity.keys.sign(row.id, claims)


def site(call: Call) -> str:
    """The URL below which the server's pages would be, as the client sees it."""
    return call.base.removesuffix("/cloudapi/v6")
