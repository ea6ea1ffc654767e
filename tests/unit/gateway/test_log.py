"""Log lines, for people and for machines, carry the request id of their call."""

from __future__ import annotations

import json
import logging
import sys
import uuid
from collections.abc import Iterator

import pytest

from ionstack.gateway.log import JsonFormatter, TextFormatter, new_request_id, request_id


@pytest.fixture(autouse=True)
def call() -> Iterator[str]:
    token = request_id.set("the-call")
    yield "the-call"
    request_id.reset(token)


def _record(**fields: object) -> logging.LogRecord:
    record = logging.LogRecord("ionstack.access", logging.INFO, "", 0, "%s %s", ("GET", "/x"), None)
    record.created = 1_767_225_600.9
    vars(record).update(fields)
    return record


def _failed() -> logging.LogRecord:
    record = _record()
    try:
        raise ValueError("why")
    except ValueError:
        record.exc_info = sys.exc_info()
    return record


def test_a_line_for_people() -> None:
    assert TextFormatter().format(_record()) == "2026-01-01T00:00:00Z INFO    the-call GET /x"
    assert TextFormatter().format(_failed()).endswith("ValueError: why")


def test_a_line_for_machines() -> None:
    line = JsonFormatter().format(_record(status=404, path="/a\nb", authorization="Basic secret"))
    assert "\n" not in line
    assert json.loads(line) == {
        "time": "2026-01-01T00:00:00Z",
        "level": "info",
        "logger": "ionstack.access",
        "requestId": "the-call",
        "message": "GET /x",
        "status": 404,
        "path": "/a\nb",
    }
    assert "ValueError: why" in json.loads(JsonFormatter().format(_failed()))["exception"]


def test_request_ids_are_uuids_and_differ() -> None:
    ids = {new_request_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(str(uuid.UUID(one)) == one for one in ids)
