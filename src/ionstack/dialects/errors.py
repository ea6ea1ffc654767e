"""The error body of each family of APIs."""

from __future__ import annotations

import orjson

from ionstack.catalogue.operation import Answer
from ionstack.errors import ApiError


def answer(error: ApiError, family: str = "cloudapi") -> Answer:
    """An error as its family's clients read it.

    Every family but S3 has one shape: `{"httpStatus", "messages": [{"errorCode", "message"}]}`.
    """
    body = {
        "httpStatus": error.status,
        "messages": [
            {"errorCode": error.code_of(problem), "message": str(problem)} for problem in error.problems
        ],
    }
    return Answer(error.status, orjson.dumps(body), error.headers)
