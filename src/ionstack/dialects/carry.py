"""How a call becomes a unit of work: at once for plain records, as a request for everything else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from ionstack.catalogue.operation import Answer, Call
from ionstack.catalogue.resource import Resource
from ionstack.engine.documents import masked
from ionstack.engine.order import Order
from ionstack.engine.requests import Request
from ionstack.engine.row import Row
from ionstack.engine.unit import Unit

if TYPE_CHECKING:
    from ionstack.app import Cloud

HEADERS_KEPT = ("accept", "content-type", "host", "user-agent", "x-contract-number")
"""The request headers that `/requests` shows: none that may carry a credential."""


class Made:
    """What a unit of work left: the rows to show and the request, if there is one."""

    __slots__ = ("request", "rows")

    def __init__(self, made: Sequence[Row], request: Request | None) -> None:
        self.rows, self.request = made, request

    def answer(self, call: Call, body: bytes, *, status: int = 0) -> Answer:
        """The body under a status, by default 202 for a request and else 200; a request's address with it."""
        if self.request is None:
            return Answer(status or 200, body)
        return Answer(status or 202, body, {"Location": f"{call.base}/requests/{self.request.id}/status"})


def order_of(cloud: Cloud, call: Call, secrets: frozenset[str] = frozenset()) -> Order:
    """A call as a unit of work takes it: credential headers dropped, secrets masked: all that are declared, and `secrets`."""
    return Order(
        principal=call.principal,
        wall=cloud.clock.wall(),
        method=call.operation.method,
        url=call.url,
        headers={name: call.headers[name] for name in HEADERS_KEPT if name in call.headers},
        body=masked(call.raw, cloud.engine.catalogue.secrets | secrets),
        address=call.address,
        call_id=call.request_id,
        fault=call.fault,
        flags=frozenset(name for name, value in call.query.items() if value.lower() == "true"),
    )


async def carry_out(
    cloud: Cloud,
    call: Call,
    resource: Resource,
    work: Callable[[Unit], Awaitable[Sequence[Row]]],
) -> Made:
    """Run the work: with a request where a driver makes the resource real, else at once."""
    order = order_of(cloud, call)
    if not resource.capability:
        return Made(await cloud.engine.change(order, work), None)
    return Made(*await cloud.engine.submit(order, work))
