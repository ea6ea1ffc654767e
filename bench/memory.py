"""Memory of a server: what its processes would give back together if they ended (PSS)."""

from __future__ import annotations

from pathlib import Path

MEGABYTE = 1_000_000


def pss(pid: int, field: str = "Pss") -> float:
    """Megabytes of a process and all its descendants. `Pss_Anon` leaves out what is mapped from files."""
    return sum(_rollup(process, field) for process in _tree(pid)) / MEGABYTE


def _tree(pid: int) -> list[int]:
    found = [pid]
    for process in found:
        for task in Path(f"/proc/{process}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _rollup(pid: int, field: str) -> int:
    """Bytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == field:
            return int(rest.split()[0]) * 1024
    raise RuntimeError(f"this kernel does not tell {field}")
