"""`/_ionstack/health`, `ready`, `version`, `metrics` and `requests`: how the server is, and what it did."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ionstack import __version__
from ionstack.catalogue.access import ANYBODY, OPERATOR
from ionstack.catalogue.operation import Answer, Call, Operation, Parameter, Reply
from ionstack.control import metrics
from ionstack.control.admin import guarded
from ionstack.control.calls import KEPT
from ionstack.control.shape import ANY, CONTRACT, answer, listed
from ionstack.objectstorage import usage
from ionstack.store.port import Record, Tx
from ionstack.store.statement import statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ionstack.app import Cloud

REQUEST = statements("request")


async def health(cloud: Cloud, call: Call) -> Answer:
    """The process lives and its event loop turns."""
    return answer({"status": "ok"})


async def ready(cloud: Cloud, call: Call) -> Answer:
    """The server can serve: its store answers."""
    await cloud.store.read(_queue)
    return answer({"status": "ready", "maintenance": cloud.maintenance.on})


async def version(cloud: Cloud, call: Call) -> Answer:
    """What this server is."""
    return answer(
        {
            "name": "ionstack",
            "version": __version__,
            "python": platform.python_version(),
            "store": cloud.store.dialect,
            "profile": cloud.settings.profile,
        }
    )


async def show_metrics(cloud: Cloud, call: Call) -> Answer:
    """Everything that is counted, as Prometheus reads it."""
    waiting = await cloud.store.read(_queue)
    held = await cloud.store.read(usage.of_all)
    lines = [
        *cloud.metrics.families(), *_cloud_families(cloud, waiting), *bucket_families(held),
        *metrics.process_families(),
    ]  # fmt: skip
    return Answer(200, metrics.exposition(lines), media_type=metrics.MEDIA_TYPE)


async def requests(cloud: Cloud, call: Call) -> Answer:
    """The latest HTTP calls of this process, newest first."""
    query = call.query
    found = cloud.calls.latest(
        query.integer("limit", 100, 1, KEPT),
        contract=query.integer("contract", 0, 1, 2**31 - 1),
        status=query.integer("status", 0, 100, 599),
    )
    return listed([one.shown() for one in found])


def _cloud_families(cloud: Cloud, waiting: Sequence[Record]) -> Iterable[str]:
    info = {"version": __version__, "store": cloud.store.dialect}
    yield from metrics.family("ionstack_info", "gauge", "What this server is.", [(info, 1)])
    counts = {"QUEUED": 0, "RUNNING": 0} | {str(status): int(count) for status, count in waiting}
    yield from metrics.family(
        "ionstack_queue_requests", "gauge", "Accepted requests that are not finished.",
        [({"status": status}, count) for status, count in counts.items()],
    )  # fmt: skip


def bucket_families(held: Sequence[Record]) -> Iterable[str]:
    """What each bucket holds."""
    labels = [{"bucket": name, "contract": contract} for name, contract, *_ in held]
    for what, help, column in (
        ("versions", "Versions of objects in a bucket.", 2),
        ("bytes", "Bytes in a bucket, with those of uploads under way.", 3),
    ):
        samples = [(label, row[column]) for label, row in zip(labels, held, strict=True)]
        yield from metrics.family(f"ionstack_objectstorage_{what}", "gauge", help, samples)


async def _queue(tx: Tx) -> Sequence[Record]:
    return await tx.all(REQUEST.open_count)


_TEXT = Reply({"type": "string"}, media_type=metrics.MEDIA_TYPE)
_FILTERS = (
    Parameter("limit", "query", {"type": "integer", "minimum": 1, "maximum": KEPT, "default": 100}),
    Parameter("contract", "query", CONTRACT),
    Parameter("status", "query", {"type": "integer", "minimum": 100, "maximum": 599}),
)

OPERATIONS = (
    Operation("health", "GET", "/health", health, {200: ANY}, "Server", "Whether the process lives", access=ANYBODY),
    Operation("ready", "GET", "/ready", ready, {200: ANY}, "Server", "Whether the server can serve", access=ANYBODY),
    Operation("version", "GET", "/version", version, {200: ANY}, "Server", "What this server is", access=ANYBODY),
    Operation(
        "metrics", "GET", "/metrics", guarded(show_metrics), {200: _TEXT}, "Server", "Metrics for Prometheus",
        access=OPERATOR, errors=(401, 403),
    ),
    Operation(
        "requestsGet", "GET", "/requests", guarded(requests), {200: ANY}, "Server", "The latest HTTP calls",
        _FILTERS, access=OPERATOR, errors=(401, 403),
    ),
)  # fmt: skip
