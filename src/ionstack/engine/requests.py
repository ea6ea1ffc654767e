"""Requests: the durable record of an accepted call, and at the same time the queue of what is to be done.

A request has a lane for each root it touches. A worker takes only a request that is the oldest unfinished
one in all its lanes, so the changes of one data center happen in the order they were accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson

from ionstack.catalogue.ids import new_uuid
from ionstack.engine import row, step
from ionstack.engine.find import Filter, composed, conditions
from ionstack.engine.order import Order
from ionstack.engine.step import Plan
from ionstack.errors import NotFound
from ionstack.store.port import Tx, Value
from ionstack.store.statement import statements

SQL = statements("request")
RESOURCE = statements("resource")

QUEUED, RUNNING, DONE, FAILED = "QUEUED", "RUNNING", "DONE", "FAILED"
SUCCESS = "Request has been successfully executed"


class Request(NamedTuple):
    """A row of the request table. `step` counts the steps that are done; `plan` is JSON text."""

    seq: int
    id: str
    contract: int
    created: int
    created_by: str
    created_by_id: str
    method: str
    url: str
    headers: str
    body: str
    status: str
    message: str
    plan: str
    step: int
    version: int
    due: int
    attempt: int

    @property
    def work(self) -> Plan:
        return step.load(self.plan)

    @property
    def ended(self) -> bool:
        return self.status in (DONE, FAILED)

    @property
    def etag(self) -> str:
        """32 hexadecimal digits that change with the request's progress."""
        return row.etag(self.seq, self.version)


COLUMNS = ", ".join(Request._fields)


def draft(order: Order, plan: Plan) -> Request:
    """A request as accepted, before it is stored."""
    principal = order.principal
    return Request(
        seq=0, id=new_uuid(order.wall), contract=principal.contract, created=order.world,
        created_by=principal.email, created_by_id=principal.user_id, method=order.method, url=order.url,
        headers=orjson.dumps(dict(order.headers)).decode(), body=order.body, status=QUEUED, message="",
        plan=plan.dump(), step=0, version=1, due=order.world, attempt=0,
    )  # fmt: skip


async def insert(tx: Tx, request: Request, finished: int | None = None) -> Request:
    """Store a request; its sequence number decides its place in its lanes."""
    record = await tx.one(
        SQL.insert, id=request.id, contract=request.contract, created=request.created,
        actor=request.created_by, actor_id=request.created_by_id, method=request.method, url=request.url,
        headers=request.headers, body=request.body, status=request.status, message=request.message,
        plan=request.plan, step=request.step, due=request.due, finished=finished,
    )  # fmt: skip
    assert record is not None  # noqa: S101  RETURNING always returns
    return request._replace(seq=record[0])


async def enqueue(tx: Tx, request: Request, roots: Iterable[str]) -> Request:
    """Store a request in the lanes of its roots; roots it does not change themselves are busy meanwhile."""
    stored, plan = await insert(tx, request), request.work
    for root in roots:
        await tx.run(SQL.lane_add, contract=request.contract, name=root, seq=stored.seq)
        if not plan.touches(root):
            await tx.run(RESOURCE.touch, contract=request.contract, id=root, pending=1)
    return stored


async def lanes_free(tx: Tx, contract: int, roots: Iterable[str]) -> bool:
    """Whether no unfinished request stands in any of the lanes."""
    for root in roots:
        if await tx.one(SQL.lane_taken, contract=contract, name=root):
            return False
    return True


async def finish(tx: Tx, request: Request, status: str, message: str, wall: int, *, step: int) -> None:
    """End a request: out of its lanes, and the roots it kept busy are so no longer."""
    plan = request.work
    for (root,) in await tx.all(SQL.lanes, seq=request.seq):
        if not plan.touches(root):
            await tx.run(RESOURCE.touch, contract=request.contract, id=root, pending=-1)
    await tx.run(SQL.lane_drop, seq=request.seq)
    await tx.run(SQL.finish, seq=request.seq, status=status, message=message, step=step, finished=wall)


async def get(tx: Tx, contract: int, id: str) -> Request:
    """A contract's request; NotFound if it has none of that id."""
    record = await tx.one(SQL.get, contract=contract, id=id)
    if record is None:
        raise NotFound
    return Request._make(record)


async def listed(
    tx: Tx, contract: int, filters: Sequence[Filter], *, order: str, offset: int, limit: int, most: int | None
) -> Sequence[Request]:
    """A contract's requests by `order` (a column); `most` caps before the filters apply."""
    values: dict[str, Value] = {"contract": contract, "limit": limit, "offset": offset}
    source, where = "request", ["contract = :contract"]
    if most is not None:
        values["most"] = most
        source = "(SELECT * FROM request WHERE contract = :contract ORDER BY seq LIMIT :most) AS capped"
        where = []
    terms = " AND ".join([*where, *conditions(filters, values)]) or "1 = 1"
    text = f"SELECT {COLUMNS} FROM {source} WHERE {terms} ORDER BY {order}, seq LIMIT :limit OFFSET :offset"  # noqa: S608
    return [Request._make(record) for record in await tx.all(composed(text), **values)]
