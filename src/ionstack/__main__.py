"""`python -m ionstack`."""

from __future__ import annotations

from ionstack.cli import main

if __name__ == "__main__":
    main()
