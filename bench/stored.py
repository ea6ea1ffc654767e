"""The limit of the store: everything below a root read from the file and sent as it lies there.

Usage: bench.stored DATABASE CONTRACT ROOT
"""

from __future__ import annotations

import sys
from itertools import chain
from typing import Any, cast

import apsw

from bench.hosting import answer, host

TEXTS = """
SELECT id, lineage, state, created_by, created_by_id, modified_by, modified_by_id, desired, observed
FROM resource WHERE contract = ? AND root = ? ORDER BY ordinal
"""


def main() -> None:
    database, contract, root = sys.argv[1:]
    connection = apsw.Connection(database, flags=apsw.SQLITE_OPEN_READONLY)
    key = (int(contract), root)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        rows = cast("list[tuple[str, ...]]", connection.execute(TEXTS, key).fetchall())
        await answer(send, "".join(chain.from_iterable(rows)).encode())

    host(application)


if __name__ == "__main__":
    main()
