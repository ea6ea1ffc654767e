"""What the process asks of its surroundings: memory that is kept, quick turns of threads, enough open files."""

from __future__ import annotations

import contextlib
import ctypes
import resource
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_MIB = 1024 * 1024

_TURN = 0.0005
"""Seconds after which the event loop lets the store's writer have its turn, which it needs after each statement."""


def prepare() -> None:
    """Tune the process; what the platform does not offer is left as it is."""
    _keep_memory()
    sys.setswitchinterval(_TURN)
    _open_files()


def _keep_memory() -> None:
    """Let malloc keep the space of large answers, which it would return and fetch again with each of them."""
    with contextlib.suppress(OSError, AttributeError):  # not glibc
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, 4 * _MIB)
        mallopt(_M_TRIM_THRESHOLD, 32 * _MIB)


def _open_files() -> None:
    """Raise the soft limit of open files, which is also that of connections, to the hard one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
