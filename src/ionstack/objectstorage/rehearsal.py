"""Errors of the APIs that calls of Object Storage meet, too, in the words of S3: ordered ones, and rate limits."""

from __future__ import annotations

from collections.abc import Mapping

from ionstack.control.faults import take_fault
from ionstack.errors import ApiError, S3Error
from ionstack.store.port import Store

_CODES: Mapping[int, str] = {
    401: "AccessDenied", 403: "AccessDenied", 404: "NoSuchKey", 405: "MethodNotAllowed", 409: "OperationAborted",
    429: "SlowDown", 500: "InternalError", 503: "ServiceUnavailable",
}  # fmt: skip
"""The code of each status that can be ordered; S3 has no 429, and says all else with InvalidRequest."""


async def rehearse(store: Store, contract: int, method: str, path: str, call_id: str) -> None:
    """Raises the S3Error that was ordered for a call. `path` is `/<bucket>/<key>`, however the client wrote it."""
    effect = await take_fault(store, contract, method, path, call_id, provisions=False)
    if effect is not None and effect.error is not None:
        raise told(effect.error)


def told(error: ApiError) -> S3Error:
    """An error of the APIs in the words of S3."""
    message = "; ".join(problem.message for problem in error.problems)
    return S3Error(_CODES.get(error.status, "InvalidRequest"), message, headers=error.headers)
