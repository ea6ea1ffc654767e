"""Measure, and hold what was measured against the bars. Usage: python -m bench [--quick] [measure ...]"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.compute import compute
from bench.deep import deep
from bench.figure import Figure, table
from bench.growth import growth
from bench.lab import Lab
from bench.load import Failed
from bench.objects import large_objects, object_lists, parts_and_memory, small_objects
from bench.postgresql import postgresql
from bench.reading import get, listing
from bench.server import ROOT
from bench.starting import start
from bench.writing import post

MEASURES: Mapping[str, Callable[[Lab], Iterator[Figure]]] = {
    "start": start,
    "get": get,
    "list": listing,
    "post": post,
    "deep": deep,
    "compute": compute,
    "growth": growth,
    "postgresql": postgresql,
    "s3-small": small_objects,
    "s3-large": large_objects,
    "s3-list": object_lists,
    "s3-parts": parts_and_memory,
}
KEPT = ROOT / "build" / "bench"


def main() -> int:
    asked = _arguments()
    directory = KEPT / "run"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    lab = Lab(directory, 3, 2, 100_000) if asked.quick else Lab(directory, 5, 4, 1_000_000)
    figures: list[Figure] = []
    failures: list[str] = []
    for name in asked.measures or MEASURES:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        try:
            figures += MEASURES[name](lab)
        except Failed as failed:
            failures.append(f"{name} could not be measured: {failed}")
            print(failures[-1], file=sys.stderr, flush=True)
    print(table(figures))
    path = _keep(figures, quick=asked.quick)
    print(f"\nkept in {path.relative_to(ROOT)}", file=sys.stderr)
    if failures:
        print("", *failures, sep="\n", file=sys.stderr)
        return 1
    shutil.rmtree(directory)
    return int(asked.strict and any(figure.verdict == "MISSED" for figure in figures))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Measure Ionstack next to its peers.")
    parser.add_argument(
        "measures", nargs="*", choices=[*MEASURES, []], metavar="measure", help=", ".join(MEASURES)
    )
    parser.add_argument("--quick", action="store_true", help="shorter turns, fewer rounds, fewer resources")
    parser.add_argument("--strict", action="store_true", help="fail if a bar is missed")
    return parser.parse_args()


def _keep(figures: Sequence[Figure], *, quick: bool) -> Path:
    at = datetime.now(UTC)
    path = KEPT / f"{at:%Y-%m-%dT%H%M%SZ}.json"
    told = {"at": at.isoformat(), "quick": quick, "figures": [figure.as_json() for figure in figures]}
    path.write_text(json.dumps(told, indent=2) + "\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
