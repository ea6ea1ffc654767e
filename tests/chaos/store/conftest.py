from __future__ import annotations

from tests.stores import postgres_server

__all__ = ["postgres_server"]
