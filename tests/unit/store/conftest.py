from __future__ import annotations

from tests.stores import database, postgres_server, store

__all__ = ["database", "postgres_server", "store"]
