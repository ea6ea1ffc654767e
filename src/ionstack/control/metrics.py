"""What is counted, and the text in which Prometheus reads it.

The text format is small and the counting is on every call's path, so both are written out here: the usual
client library costs more to import than the rest of the control API together.
"""

from __future__ import annotations

import contextlib
import os
import resource
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds, in seconds, of the latency histogram."""
BOUNDS = (*map(str, BUCKETS), "+Inf")

Labels = Mapping[str, str | int | float]


@dataclass(slots=True)
class _Timed:
    """The calls of one operation with one status: how many in each bucket, and how long they took together."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    seconds: float = 0.0


class Metrics:
    """Counts the calls that this process has answered."""

    def __init__(self) -> None:
        self._calls: dict[tuple[str, str, int], _Timed] = {}

    def observe(self, api: str, operation: str, status: int, seconds: float) -> None:
        """Count one answered call; `operation` is empty when no route matched."""
        timed = self._calls.get((api, operation, status))
        if timed is None:
            timed = self._calls[api, operation, status] = _Timed()
        timed.buckets[bisect_left(BUCKETS, seconds)] += 1
        timed.seconds += seconds

    def families(self) -> Iterable[str]:
        """The calls as a counter by status, and as a histogram of their durations."""
        counts: list[tuple[Labels, int]] = [
            ({"api": api, "operation": operation, "status": status}, sum(timed.buckets))
            for (api, operation, status), timed in self._calls.items()
        ]
        yield from family("ionstack_http_requests_total", "counter", "HTTP calls answered.", counts)
        yield from self._histogram()

    def _histogram(self) -> Iterable[str]:
        name = "ionstack_http_request_duration_seconds"
        yield f"# HELP {name} Time from the first byte of a call to the end of its answer."
        yield f"# TYPE {name} histogram"
        for (api, operation), timed in self._by_operation().items():
            labels = {"api": api, "operation": operation}
            running = 0
            for bound, count in zip(BOUNDS, timed.buckets, strict=True):
                running += count
                yield _sample(f"{name}_bucket", {**labels, "le": bound}, running)
            yield _sample(f"{name}_sum", labels, timed.seconds)
            yield _sample(f"{name}_count", labels, running)

    def _by_operation(self) -> dict[tuple[str, str], _Timed]:
        together: dict[tuple[str, str], _Timed] = {}
        for (api, operation, _), timed in self._calls.items():
            whole = together.setdefault((api, operation), _Timed())
            whole.buckets = [a + b for a, b in zip(whole.buckets, timed.buckets, strict=True)]
            whole.seconds += timed.seconds
        return together


def family(name: str, kind: str, help: str, samples: Iterable[tuple[Labels, float]]) -> Iterable[str]:
    """The lines of one metric."""
    yield f"# HELP {name} {help}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        yield _sample(name, labels, value)


def process_families() -> Iterable[str]:
    """Processor time, memory and open files of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = used.ru_utime + used.ru_stime
    yield from family("process_cpu_seconds_total", "counter", "Processor time used.", [({}, seconds)])
    yield from family("process_max_fds", "gauge", "Open files allowed.",
                      [({}, resource.getrlimit(resource.RLIMIT_NOFILE)[0])])  # fmt: skip
    with contextlib.suppress(OSError):  # only Linux has these files
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        resident = pages * os.sysconf("SC_PAGE_SIZE")
        yield from family("process_resident_memory_bytes", "gauge", "Resident memory.", [({}, resident)])
        files = len(list(Path("/proc/self/fd").iterdir()))
        yield from family("process_open_fds", "gauge", "Open files.", [({}, files)])


def exposition(lines: Iterable[str]) -> bytes:
    """The whole text."""
    return "".join(f"{line}\n" for line in lines).encode()


def _sample(name: str, labels: Labels, value: float) -> str:
    inside = ",".join(f'{key}="{_escaped(str(text))}"' for key, text in labels.items())
    return f"{name}{{{inside}}} {value}" if inside else f"{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
