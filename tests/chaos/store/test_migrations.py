"""Migrations by real processes: several at once, one that is killed, and none when there is nothing to do."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import ionstack
from ionstack.engine.clock import Clock
from ionstack.store.opening import open_store
from tests.postgres import Server

OPEN = """
import asyncio, pathlib, sys
from ionstack.engine.clock import Clock
from ionstack.store.opening import open_store

async def main():
    store = await open_store(sys.argv[2] or None, pathlib.Path(sys.argv[1]), Clock())
    await store.close()

asyncio.run(main())
"""
DIES = """
import os
import sqlalchemy

@sqlalchemy.event.listens_for(sqlalchemy.Engine, "after_cursor_execute")
def die(connection, cursor, statement, *_):
    if "CREATE TABLE request" in statement:
        os._exit(9)
"""
WAITS = """
import sys
import alembic.command, sqlalchemy.ext.asyncio
import ionstack.store.opening, ionstack.store.postgres, ionstack.store.schema
print("ready", flush=True)
sys.stdin.readline()
"""
NOT_IMPORTED = "assert not {'sqlalchemy', 'alembic'} & set(sys.modules)"


def process(script: str, directory: Path, url: str | None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, str(directory), url or ""],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={"PYTHONPATH": str(Path(ionstack.__file__).parents[1])},
    )  # fmt: skip


def end(one: subprocess.Popen[str]) -> tuple[str, int]:
    """What a process said and how it ended."""
    said = one.communicate(timeout=50)[1]
    return said, one.returncode


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(request: pytest.FixtureRequest) -> str | None:
    """An empty place: None for a file, else a database's URL."""
    if request.param == "sqlite":
        return None
    server: Server = request.getfixturevalue("postgres_server")
    return await server.database()


async def test_processes_that_start_at_once_migrate_once(url: str | None, tmp_path: Path) -> None:
    started = [process(WAITS + OPEN, tmp_path, url) for _ in range(3)]
    for one in started:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in started:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    assert [end(one) for one in started] == [("", 0)] * 3
    assert end(process(OPEN + NOT_IMPORTED, tmp_path, url)) == ("", 0)


async def test_a_migration_that_is_killed_leaves_nothing_behind(url: str | None, tmp_path: Path) -> None:
    assert end(process(DIES + OPEN, tmp_path, url)) == ("", 9)
    if url is None:
        connection = sqlite3.connect(tmp_path / "ionstack.db")
        assert connection.execute("SELECT * FROM sqlite_master").fetchall() == []
        connection.close()
    await (await open_store(url, tmp_path, Clock())).close()
