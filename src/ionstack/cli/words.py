"""How commands print: the program's own name, shell lines, tables."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import click


def program() -> str:
    """How the person at this terminal can call Ionstack again."""
    if shutil.which("ionstack"):
        return "ionstack"
    beside = Path(sys.executable).with_name("ionstack")
    if not beside.exists():
        return f"{shlex.quote(sys.executable)} -m ionstack"
    near = os.path.relpath(beside)
    return shlex.quote(near if len(near) < len(str(beside)) else str(beside))


def shell(sets: Mapping[str, str], unsets: Iterable[str]) -> str:
    """Lines for a POSIX shell that set and unset variables."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in sets.items()]
    gone = [name for name in unsets if name not in sets]
    return "\n".join([*([f"unset {' '.join(gone)}"] if gone else []), *lines])


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows in columns; nothing but the heads if there are none."""
    lines = [list(heads), *([("" if cell is None else str(cell)) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
