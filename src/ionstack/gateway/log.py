"""Log lines that lead from a client's error to what happened: each carries the request id of its call."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from random import getrandbits

from ionstack.engine.clock import SECOND, iso

request_id: ContextVar[str] = ContextVar("request_id", default="-")
"""The id of the HTTP call that is being answered."""

FIELDS = ("method", "path", "status", "milliseconds", "contract", "operation", "address")
"""What an access line says, in a log record's own fields."""


def new_request_id() -> str:
    """A random id in the form of a UUID."""
    digits = f"{getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


class TextFormatter(logging.Formatter):
    """`time level request-id message`, for people."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{_when(record)} {record.levelname:<7} {request_id.get()} {record.getMessage()}"
        return line + (f"\n{self.formatException(record.exc_info)}" if record.exc_info else "")


class JsonFormatter(logging.Formatter):
    """One JSON object a line, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": _when(record), "level": record.levelname.lower(), "logger": record.name,
            "requestId": request_id.get(), "message": record.getMessage(),
        }  # fmt: skip
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure(style: str, level: str) -> None:
    """Send log lines to standard error, as `text` or `json`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)


def _when(record: logging.LogRecord) -> str:
    return iso(round(record.created * SECOND))
