"""One unit of work on one connection of SQLite, and its errors in the store's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import apsw

from ionstack.errors import Duplicate, StoreFull, StoreUnavailable
from ionstack.store.port import Record, Value
from ionstack.store.statement import Statement

_AWAY = (
    apsw.FullError, apsw.IOError, apsw.ReadOnlyError, apsw.CantOpenError, apsw.BusyError, apsw.LockedError,
    apsw.CorruptError, apsw.NotADBError, apsw.PermissionsError, apsw.NoMemError, apsw.ConnectionClosedError,
)  # fmt: skip

_TAKEN = {apsw.SQLITE_CONSTRAINT_UNIQUE, apsw.SQLITE_CONSTRAINT_PRIMARYKEY, apsw.SQLITE_CONSTRAINT_ROWID}


def ours(error: Exception) -> Exception:
    """SQLite's error as the store's; itself if it is neither the data's fault nor the disk's."""
    if isinstance(error, apsw.ConstraintError) and error.extendedresult in _TAKEN:  # type: ignore[attr-defined]
        return Duplicate(str(error).rpartition(": ")[2])
    if isinstance(error, apsw.FullError):
        return StoreFull(f"the disk of the database is full: {error}")
    if isinstance(error, _AWAY):
        return StoreUnavailable(f"the database cannot be used: {error}")
    return error


class SqliteTx:
    """The statements of one unit of work on one connection. `failed` is the first error of any of them."""

    dialect = "sqlite"
    __slots__ = ("_connection", "failed")

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self.failed: Exception | None = None

    async def one(self, statement: Statement, **values: Value) -> Record | None:
        return self.first(statement, values)

    def first(self, statement: Statement, values: Mapping[str, Value]) -> Record | None:
        """The first row, or None."""
        found = self._execute(statement, values)
        return found[0] if found else None

    async def all(self, statement: Statement, **values: Value) -> Sequence[Record]:
        return self._execute(statement, values)

    async def run(self, statement: Statement, **values: Value) -> int:
        before = self._connection.total_changes()
        self._execute(statement, values)
        return self._connection.total_changes() - before

    async def many(self, statement: Statement, rows: Sequence[Mapping[str, Value]]) -> None:
        text, names = statement.compiled("sqlite")
        try:
            self._connection.executemany(text, [[row[name] for name in names] for row in rows])
        except Exception as error:
            raise self._fail(error) from error

    def _execute(self, statement: Statement, values: Mapping[str, Value]) -> list[Any]:
        text, names = statement.compiled("sqlite")
        try:
            return self._connection.execute(text, [values[name] for name in names]).fetchall()
        except Exception as error:
            raise self._fail(error) from error

    def _fail(self, error: Exception) -> Exception:
        told = ours(error)
        self.failed = self.failed or told
        return told


class Single(SqliteTx):
    """A reading work that may turn out to be a single statement, which is a snapshot by itself."""

    __slots__ = ("_used",)

    def __init__(self, connection: apsw.Connection) -> None:
        super().__init__(connection)
        self._used = False

    def _execute(self, statement: Statement, values: Mapping[str, Value]) -> list[Any]:
        if self._used:
            raise Several
        self._used = True
        return super()._execute(statement, values)


class Several(BaseException):  # no Exception, so that no work takes it for a failure
    """The work has more statements and is to be run again, inside a transaction."""
