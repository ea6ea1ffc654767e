"""What the disk is to keep."""

from __future__ import annotations

import os
from pathlib import Path


def settle(directory: Path) -> None:
    """Bring to the disk which files a directory has: a new or renamed file outlasts a crash from then on."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
