"""Rows as they were last read, so that of a long list only what has changed since is read whole.

Every write to a row moves its version, so an ordinal and a version name one state of a row for good. This is
for work that only reads: what a unit of work has written may yet be undone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from ionstack.catalogue.resource import Resource
from ionstack.engine import rows
from ionstack.engine.find import Search, compose
from ionstack.engine.row import Row
from ionstack.identity.recent import Recent
from ionstack.store.port import Record, Store, Tx
from ionstack.store.statement import statements

SQL = statements("resource")

MARKS = "ordinal, version"
"""The columns that name a state of a row."""

MOST = 4096
"""How many rows are remembered; longer lists are read anew each time."""


class Recall:
    """The rows of one store that were read last."""

    def __init__(self, store: Store, most: int = MOST) -> None:
        self._store, self._most = store, most
        self._rows: Recent[int, Row] = Recent(most)
        self._read: Recent[tuple[int, str], tuple[int, Row]] = Recent(most)

    async def get(self, resource: Resource, contract: int, id: str) -> Row:
        """The row of a resource, read anew if anything was committed since; NotFound as `rows.get`."""
        commits = self._store.commits
        if commits is None:
            return await self._store.read(lambda tx: rows.get(tx, resource, contract, id))
        read = self._read.get((contract, id))
        if read is not None and read[0] == commits and read[1].kind == resource.kind:
            return read[1]
        row = await self._store.read(lambda tx: rows.get(tx, resource, contract, id))
        self._read.put((contract, id), (commits, row))
        return row

    async def search(self, tx: Tx, search: Search) -> Sequence[Row]:
        """The rows a search asks for, in its order."""
        statement, values = compose(search, MARKS)
        return await self._rows_of(await tx.all(statement, **values), lambda: rows.search(tx, search))

    async def under_root(self, tx: Tx, contract: int, root: str) -> Sequence[Row]:
        """A top-level resource and everything in it, oldest first."""
        marks = await tx.all(SQL.marks_under_root, contract=contract, root=root)
        return await self._rows_of(marks, lambda: rows.under_root(tx, contract, root))

    async def _rows_of(
        self, marks: Sequence[Record], read: Callable[[], Awaitable[Sequence[Row]]]
    ) -> Sequence[Row]:
        known = self._known(marks)
        if known is not None:
            return known
        found = await read()
        if len(found) <= self._most:
            for row in found:
                self._rows.put(row.ordinal, row)
        return found

    def _known(self, marks: Sequence[Record]) -> Sequence[Row] | None:
        """The rows in these states, or None if not every one of them is remembered."""
        known: list[Row] = []
        for ordinal, version in marks:
            row = self._rows.get(ordinal)
            if row is None or row.version != version:
                return None
            known.append(row)
        return known
