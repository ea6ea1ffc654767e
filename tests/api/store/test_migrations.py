"""The migrations make exactly the tables that the schema declares, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine

from ionstack.engine.clock import Clock
from ionstack.errors import SchemaTooNew, UsageError
from ionstack.store import migrate
from ionstack.store.opening import open_store
from ionstack.store.schema import metadata
from ionstack.store.statement import Statement
from tests import postgres


def differences(connection: sqlalchemy.Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


def test_the_newest_migration_is_the_one_the_code_names() -> None:
    folder = Path(migrate.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == migrate.HEAD


def test_sqlite_has_what_the_schema_declares(tmp_path: Path) -> None:
    migrate.migrate_sqlite(tmp_path / "m.db")
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'm.db'}")
    with engine.connect() as connection:
        assert differences(connection) == []
    engine.dispose()


async def test_postgresql_has_what_the_schema_declares(postgres_server: postgres.Server) -> None:
    url = await postgres_server.database()
    await migrate.migrate_postgres(url)
    engine = create_async_engine(url.replace("postgresql", "postgresql+asyncpg"))
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()
    await postgres_server.drop(url)


@contextmanager
def taken_back(tmp_path: Path, revision: str) -> Iterator[sqlalchemy.Connection]:
    """A database whose migrations were taken back to a revision."""
    from alembic import command

    migrate.migrate_sqlite(tmp_path / "m.db")
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'm.db'}")
    with engine.begin() as connection:
        command.downgrade(migrate.config(connection), revision)
        yield connection
    engine.dispose()


def test_migrations_can_be_taken_back(tmp_path: Path) -> None:
    with taken_back(tmp_path, "base") as connection:
        assert sqlalchemy.inspect(connection).get_table_names() == ["alembic_version"]
        migrate.upgrade(connection)
        assert "resource" in sqlalchemy.inspect(connection).get_table_names()


async def test_a_newer_schema_is_refused_in_one_line(database: str | None, tmp_path: Path) -> None:
    store = await open_store(database, tmp_path, Clock())
    await store.write(
        lambda tx: tx.run(Statement("up", {"": "UPDATE alembic_version SET version_num = '9999'"}))
    )
    await store.close()
    with pytest.raises(UsageError, match="9999") as caught:
        await open_store(database, tmp_path, Clock())
    assert "\n" not in str(caught.value)
    with pytest.raises(SchemaTooNew):
        migrate.prove_known("9999")


async def test_tables_that_cannot_be_made_are_told_in_one_line(
    postgres_server: postgres.Server, tmp_path: Path
) -> None:
    url = await postgres_server.database()
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE resource (foreign_to_us INTEGER)")
    with pytest.raises(UsageError, match='relation "resource" already exists') as caught:
        await open_store(url, tmp_path, Clock())
    assert "\n" not in str(caught.value)
    assert await connection.fetchval("SELECT to_regclass('contract')") is None
    await connection.close()
    (tmp_path / "ionstack.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(UsageError, match=r"ionstack\.db cannot be used") as caught:
        await open_store(None, tmp_path, Clock())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://nobody:hush@x",
        "postgresql://nobody:hush@127.0.0.1:1/none",
        "postgresql://nobody:hush/hush@127.0.0.1:1/none",
        "postgresql://nobody:1/hush@127.0.0.1:1/none",
        "postgresql://nobody:hush@127.0.0.1:hush/none",
        "postgresql://nobody:hush@[::1/none",
        "postgresql://nobody:hush@127.0.0.1:1/none?sslmode=hush",
    ],
)
async def test_a_database_that_cannot_be_reached_is_one_line_without_secrets(
    url: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as caught:
        await open_store(url, tmp_path, Clock())
    assert "hush" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_clocks_that_were_set_and_lines_that_wait_come_along(tmp_path: Path) -> None:
    with taken_back(tmp_path, "0010") as connection:
        for statement in (
            (
                "INSERT INTO contract (number, status, owner, registration_domain, limits, settings, clock_wall,"
                " clock_world, clock_scale, created) VALUES (7, 'BILLABLE', 'x', 'y', '{}', '{}', 5, 9, 2.0, 1)"
            ),
            (
                "INSERT INTO s3_bucket (ordinal, name, region, kind, contract, owner, owner_name, created, revision,"
                " versioning, locked, acl, configs) VALUES (3, 'b', 'de', 'user', 7, 'me', 'me', 1, 1, '', 0, '', '{}')"
            ),
            "INSERT INTO s3_log (bucket, target, prefix, line) VALUES (3, 't', '', 'one'), (4, 't', '', 'two')",
        ):
            connection.execute(sqlalchemy.text(statement))
        migrate.upgrade(connection)
        worlds = connection.execute(
            sqlalchemy.text("SELECT contract, wall, world, scale FROM contract_world")
        )
        assert [tuple(row) for row in worlds] == [(7, 5, 9, 2.0)]
        lines = connection.execute(sqlalchemy.text("SELECT line, owner, day FROM s3_log ORDER BY line"))
        assert [tuple(row) for row in lines] == [("one", "me", ""), ("two", "", "")]


def test_what_buckets_hold_is_counted_when_the_counters_come(tmp_path: Path) -> None:
    version = (
        "INSERT INTO s3_version (bucket, key, place, version, latest, marker, size, etag, modified, owner, owner_name,"
        " head, acl, tags, lock_mode, lock_until, hold, parts) VALUES"
        " (3, x'61', {place}, '{place}', 0, {marker}, {size}, '', 1, '', '', '[]', '', '', '', 0, 0, '')"
    )
    with taken_back(tmp_path, "0011") as connection:
        for statement in (
            version.format(place=1, marker=0, size=5), version.format(place=2, marker=1, size=0),
            "INSERT INTO s3_upload VALUES ('u', 4, x'61', 1, '', '', '[]', '')",
            "INSERT INTO s3_part VALUES ('u', 1, '', 7, 1, '', '')",
        ):  # fmt: skip
            connection.execute(sqlalchemy.text(statement))
        migrate.upgrade(connection)
        held = connection.execute(
            sqlalchemy.text("SELECT bucket, versions, size FROM s3_usage ORDER BY bucket")
        )
        assert [tuple(row) for row in held] == [(3, 1, 5), (4, 0, 7)]
