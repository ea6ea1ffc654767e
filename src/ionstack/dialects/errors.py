"""The error body of each family of APIs."""

from __future__ import annotations

from typing import Any

import orjson

from ionstack.catalogue.operation import Answer
from ionstack.errors import ApiError


def answer(error: ApiError, family: str = "cloudapi") -> Answer:
    """An error as its family's clients read it.

    `{"httpStatus", "messages": [{"errorCode", "message"}]}` for all but the family whose clients are OpenAI's:
    `{"error": {"message", "type", "param", "code"}}`. Billing's own shape is not known.
    """
    body = _openai(error) if family == "openai" else _usual(error)
    return Answer(error.status, orjson.dumps(body), error.headers)


def _usual(error: ApiError) -> dict[str, Any]:
    return {
        "httpStatus": error.status,
        "messages": [
            {"errorCode": error.code_of(problem), "message": str(problem)} for problem in error.problems
        ],
    }


def _openai(error: ApiError) -> dict[str, Any]:
    kind = "server_error" if error.status >= 500 else "invalid_request_error"
    code = error.code_of(error.problems[0])
    return {"error": {"message": str(error), "type": kind, "param": None, "code": code}}
