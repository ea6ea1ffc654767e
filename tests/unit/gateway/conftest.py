from __future__ import annotations

from tests.stores import database, migrated_database, migrated_file, postgres_server, store

__all__ = ["database", "migrated_database", "migrated_file", "postgres_server", "store"]
