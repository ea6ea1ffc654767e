"""Faults to order: the next calls of a contract that match are answered with an error, or fail later.

A fault is a row, so all processes of a server share it; a call that matches takes it in one unit of work.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from ionstack import errors
from ionstack.engine.order import Fault
from ionstack.errors import ApiError, NotFound
from ionstack.identity import events
from ionstack.identity.events import Actor
from ionstack.store.port import Store, Tx
from ionstack.store.statement import statements

SQL, IDENTITY = statements("fault"), statements("identity")
READING = ("GET", "HEAD", "OPTIONS")


class Waiting(NamedTuple):
    """A fault as stored. It lets `skip` matching calls pass and then hits `remaining`. `effect` is JSON text."""

    seq: int
    contract: int
    method: str
    path: str
    skip: int
    remaining: int
    effect: str

    @property
    def answers(self) -> bool:
        """Whether it answers a call at once, and is not meant for the request that it makes."""
        return "status" in orjson.loads(self.effect)

    def matches(self, method: str, path: str) -> bool:
        """Whether the fault is meant for a call. A failed provisioning is never meant for a reading one."""
        if self.method and self.method != method:
            return False
        if method in READING and not self.answers:
            return False
        return not self.path or _pattern(self.path).fullmatch(path) is not None

    def shown(self) -> dict[str, Any]:
        """The fault as `/_ionstack/faults` lists it."""
        return {
            "id": self.seq,
            "contract": self.contract,
            "method": self.method or None,
            "path": self.path or None,
            "skip": self.skip,
            "times": self.remaining,
            "effect": orjson.loads(self.effect),
        }


@dataclass(frozen=True, slots=True)
class Effect:
    """What a fault does to a call: an `error` to answer with, or a `fault` for the request that it makes."""

    error: ApiError | None = None
    fault: Fault | None = None


async def take_fault(
    store: Store, contract: int, method: str, path: str, call_id: str, *, provisions: bool = True
) -> Effect | None:
    """The effect of the first waiting fault that is meant for this call, which uses it up by one.

    `path` is the API path, as `/cloudapi/v6/datacenters`; `call_id` is the id that a 500 names. What makes no
    request (`provisions`) uses up no fault that is meant for one. Call it only for a contract whose terms say that
    faults wait: it is a write.
    """

    async def work(tx: Tx) -> Effect | None:
        await hold(tx, contract)
        found = [Waiting._make(row) for row in await tx.all(SQL.of_contract, contract=contract)]
        matching = [fault for fault in found if fault.matches(method, path) and (provisions or fault.answers)]
        for fault in matching:
            if fault.skip:
                await tx.run(SQL.passed, seq=fault.seq)
        hitting = next((fault for fault in matching if not fault.skip), None)
        if hitting is None:
            return None
        if hitting.remaining > 1:
            await tx.run(SQL.used, seq=hitting.seq)
        else:
            await tx.run(SQL.remove, seq=hitting.seq)
            await tx.run(SQL.count, contract=contract)
        return _effect(orjson.loads(hitting.effect), call_id)

    return await store.write(work)


async def add(store: Store, fault: Waiting, wall: int, actor: Actor) -> Waiting:
    """Store a fault; NotFound if there is no such contract."""

    async def work(tx: Tx) -> Waiting:
        await hold(tx, fault.contract)
        record = await tx.one(
            SQL.add, contract=fault.contract, method=fault.method, path=fault.path, skip=fault.skip,
            remaining=fault.remaining, effect=fault.effect,
        )  # fmt: skip
        await tx.run(SQL.count, contract=fault.contract)
        assert record is not None  # noqa: S101  RETURNING always returns
        await events.record(tx, actor, wall, "create", events.FAULT, (fault.contract, str(record[0])))
        return fault._replace(seq=int(record[0]))

    return await store.write(work)


async def waiting(store: Store, contract: int | None) -> Sequence[Waiting]:
    """The faults that wait, of one contract or of all."""

    async def work(tx: Tx) -> Sequence[Waiting]:
        found = await (tx.all(SQL.all) if contract is None else tx.all(SQL.of_contract, contract=contract))
        return [Waiting._make(row) for row in found]

    return await store.read(work)


async def remove(store: Store, seq: int, wall: int, actor: Actor) -> None:
    """Drop one fault; NotFound if it is not there (any more)."""

    async def work(tx: Tx) -> None:
        record = await tx.one(SQL.contract_of, seq=seq)
        if record is None:
            raise NotFound(f"There is no fault {seq}")
        await hold(tx, record[0])
        if not await tx.run(SQL.remove, seq=seq):
            raise NotFound(f"There is no fault {seq}")
        await tx.run(SQL.count, contract=record[0])
        await events.record(tx, actor, wall, "delete", events.FAULT, (record[0], str(seq)))

    await store.write(work)


async def clear(store: Store, contract: int | None, wall: int, actor: Actor) -> None:
    """Drop all faults, of one contract or of all."""
    contracts = {fault.contract for fault in await waiting(store, contract)}

    async def work(tx: Tx) -> None:
        for number in sorted(contracts):
            await hold(tx, number)
            await tx.run(SQL.clear, contract=number)
            await tx.run(SQL.count, contract=number)
        await events.record(
            tx,
            actor,
            wall,
            "delete",
            events.FAULT,
            *((number, "") for number in contracts or {contract or 0}),
        )

    await store.write(work)


async def hold(tx: Tx, contract: int) -> None:
    """Let no other process count or take this contract's faults meanwhile; NotFound without the contract."""
    await tx.one(IDENTITY.contract_lock, number=contract)
    if await tx.one(IDENTITY.contract_owner, number=contract) is None:
        raise NotFound(f"There is no contract {contract}")


def _effect(stored: Mapping[str, Any], call_id: str) -> Effect:
    if "status" in stored:
        return Effect(error=_error(stored, call_id))
    failed = stored.get("provisioning") == "FAILED"
    message = stored.get("message") or ("[VDC-5-0] Provisioning failed by order" if failed else "")
    return Effect(fault=Fault(message if failed else "", float(stored.get("delaySeconds", 0))))


def statuses() -> dict[int, type[ApiError]]:
    """The errors that can be ordered, by status."""
    return {kind.status: kind for kind in ApiError.__subclasses__()}


def _error(stored: Mapping[str, Any], call_id: str) -> ApiError:
    status, message, wait = stored["status"], stored.get("message"), stored.get("retryAfter")
    problems = (message,) if message else ()
    if status == errors.Internal.status:
        return errors.Internal(f"{message or errors.Internal.default}; the request id is {call_id}")
    if wait is not None and status == errors.TooManyRequests.status:
        return errors.TooManyRequests(*problems, retry_after=wait)
    if wait is not None and status == errors.Unavailable.status:
        return errors.Unavailable(*problems, retry_after=wait)
    return statuses()[status](*problems)


@lru_cache(maxsize=256)
def _pattern(glob: str) -> re.Pattern[str]:
    """`*` stands for anything within one segment of a path, `**` for anything at all."""
    parts = re.split(r"(\*\*|\*)", glob)
    words = {"**": ".*", "*": "[^/]*"}
    return re.compile("".join(words.get(part, re.escape(part)) for part in parts))
