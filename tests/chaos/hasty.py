"""Ionstack whose background work does not wait: `python -m tests.chaos.hasty` in place of `python -m ionstack`."""

from __future__ import annotations

from ionstack.cli import main
from ionstack.objectstorage import accesslog
from ionstack.objectstorage.lifecycle.run import Lifecycle

if __name__ == "__main__":
    accesslog.EVERY = Lifecycle.EVERY = 0.1
    main()
