"""Instants as S3 writes and reads them. All are wall µs inside."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

from ionstack.engine.clock import SECOND


@lru_cache(maxsize=4096)
def _http(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True)


def http(micros: int) -> str:
    """As headers carry it: whole seconds."""
    return _http(micros // SECOND)


def iso(micros: int) -> str:
    """As XML carries it: milliseconds, UTC."""
    return f"{datetime.fromtimestamp(micros // SECOND, UTC):%Y-%m-%dT%H:%M:%S}.{micros % SECOND // 1000:03d}Z"


def of_http(text: str) -> int | None:
    """An instant out of a header, or None if it cannot be read."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return round(_stamp(found)) * SECOND


def of_iso(text: str) -> int | None:
    """An instant out of XML, or None if it cannot be read."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return of(found)


def of(moment: datetime) -> int:
    """An instant of Python's kind; one without a zone is UTC."""
    return round(_stamp(moment) * SECOND)


def _stamp(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
