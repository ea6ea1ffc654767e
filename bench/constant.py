"""The limit of the HTTP server: the bytes of a file as the answer to everything. Usage: bench.constant FILE"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from bench.hosting import answer, host


def main() -> None:
    body = Path(sys.argv[1]).read_bytes()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await answer(send, body)

    host(application)


if __name__ == "__main__":
    main()
