"""The program of a test's server: `ionstack`, ended when its standard input is.

The system closes a pipe whose holder is gone, however that went; so no server is left over.
"""

from __future__ import annotations

import os
import signal
import sys
from threading import Thread


def main() -> None:
    """Run a command line of Ionstack."""
    Thread(target=_end_with_input, daemon=True).start()
    from ionstack.cli import main

    main()


def _end_with_input() -> None:
    descriptor = sys.stdin.fileno()
    while os.read(descriptor, 1024):
        continue
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
