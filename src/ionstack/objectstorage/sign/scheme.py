"""Where a signature of version 4 stands in a request: the Authorization header or the query."""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from ionstack.engine.clock import SECOND
from ionstack.errors import S3Error
from ionstack.objectstorage import instants
from ionstack.objectstorage.call import Query

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
LONGEST = 604_800
"""Seconds for which a presigned URL may be valid."""

SKEW = 15 * 60 * SECOND

_HEADER = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<credential>[^,\s]+)\s*,\s*SignedHeaders=(?P<headers>[^,\s]+)\s*,"
    r"\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_ELDER = re.compile(r"AWS\s+(?P<key>[^:\s]+):(?P<signature>[A-Za-z0-9+/]{27}=)")
_STAMP = re.compile(r"\d{8}T\d{6}Z")


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as given. `payload` is what was signed in place of the body; `stamp` is its instant's text.

    An `elder` one is of version 2, as the AWS CLI of version 1 makes it for links; the stamp of a link says when it
    ends.
    """

    access_key: str
    date: str
    region: str
    service: str
    headers: tuple[str, ...]
    value: str
    stamp: str
    payload: str
    presigned: bool
    elder: bool = False

    @property
    def scope(self) -> str:
        """What the signing key is good for."""
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def is_there(headers: Mapping[str, str], query: bytes) -> bool:
    """Whether a call carries a signature of S3, right or wrong: then it is for Object Storage, whatever its host."""
    linked = b"X-Amz-Signature=" in query or b"AWSAccessKeyId=" in query
    return linked or headers.get("authorization", "").startswith((ALGORITHM, "AWS "))


def find(headers: Mapping[str, str], query: Query, now: int) -> Signature | None:
    """The signature of a request, or None of an anonymous one. Raises S3Error for one that cannot count."""
    given = headers.get("authorization")
    presigned = "X-Amz-Algorithm" in query or "X-Amz-Signature" in query
    if given is not None:
        if presigned:
            raise S3Error("InvalidArgument", "Only one way of signing is allowed")
        return _of_header(given, headers, now)
    if presigned:
        return _of_query(headers, query, now)
    return _of_link(query, now) if "AWSAccessKeyId" in query else None


def _of_header(given: str, headers: Mapping[str, str], now: int) -> Signature:
    if not given.strip():
        raise S3Error("AccessDenied")
    if given.startswith("AWS "):
        return _of_elder_header(given, headers, now)
    found = _HEADER.fullmatch(given.strip())
    if found is None:
        code = "AuthorizationHeaderMalformed" if given.startswith(ALGORITHM) else "InvalidArgument"
        raise S3Error(code)
    key, date, region, service = _credential(found["credential"], "AuthorizationHeaderMalformed")
    stamp = headers.get("x-amz-date") or _http_stamp(headers.get("date", ""))
    if not _STAMP.fullmatch(stamp) or not stamp.startswith(date):
        raise S3Error("AccessDenied", "The signature needs a valid x-amz-date or Date header of its day")
    if abs(instant(stamp) - now) > SKEW:
        raise S3Error("RequestTimeTooSkewed", RequestTime=stamp)
    payload = headers.get("x-amz-content-sha256")
    if payload is None:
        raise S3Error("InvalidRequest", "The header x-amz-content-sha256 is missing")
    signed = tuple(found["headers"].split(";"))
    _prove_covered(signed, headers)
    return Signature(key, date, region, service, signed, found["signature"], stamp, payload, False)


def _of_elder_header(given: str, headers: Mapping[str, str], now: int) -> Signature:
    found = _ELDER.fullmatch(given.strip())
    if found is None:
        raise S3Error("InvalidArgument", "The header Authorization must be AWS <access key>:<signature>")
    date = headers.get("date", "")
    when = instants.of_http(headers.get("x-amz-date", date))
    if when is None:
        raise S3Error("AccessDenied", "The signature needs a valid x-amz-date or Date header")
    if abs(when - now) > SKEW:
        raise S3Error("RequestTimeTooSkewed", RequestTime=headers.get("x-amz-date", date))
    stamp = "" if "x-amz-date" in headers else date
    payload = headers.get("x-amz-content-sha256", UNSIGNED)
    return Signature(found["key"], "", "", "s3", (), found["signature"], stamp, payload, False, elder=True)


def _of_query(headers: Mapping[str, str], query: Query, now: int) -> Signature:
    signature, end = _presigned(query)
    if now > end or instant(signature.stamp) > now + SKEW:
        raise S3Error("AccessDenied", "Request has expired")
    _prove_covered(signature.headers, headers)
    payload = headers.get("x-amz-content-sha256")
    return (
        replace(signature, payload=payload) if payload and "X-Amz-Content-Sha256" not in query else signature
    )


@lru_cache(maxsize=2048)
def _presigned(query: Query) -> tuple[Signature, int]:
    """The signature of a link, and when (wall µs) it ends. Raises S3Error for what can be none at any time."""
    code = "AuthorizationQueryParametersError"

    def of(name: str) -> str:
        value = query.get(name)
        if not value:
            raise S3Error(code, f"The parameter {name} is missing")
        return value

    if of("X-Amz-Algorithm") != ALGORITHM:
        raise S3Error(code, f"X-Amz-Algorithm only supports {ALGORITHM}")
    key, date, region, service = _credential(of("X-Amz-Credential"), code)
    stamp, lasts = of("X-Amz-Date"), of("X-Amz-Expires")
    if not _STAMP.fullmatch(stamp) or not stamp.startswith(date):
        raise S3Error(code, "X-Amz-Date must be of the day of the credential")
    if not re.fullmatch(r"-?\d{1,10}", lasts):
        raise S3Error(code, "X-Amz-Expires should be a number")
    if not 0 <= int(lasts) <= LONGEST:
        raise S3Error("AccessDenied", f"X-Amz-Expires must be 0 to {LONGEST} seconds")
    signed = tuple(of("X-Amz-SignedHeaders").split(";"))
    payload = query.get("X-Amz-Content-Sha256") or UNSIGNED
    signature = Signature(key, date, region, service, signed, of("X-Amz-Signature"), stamp, payload, True)
    return signature, instant(stamp) + int(lasts) * SECOND


def _of_link(query: Query, now: int) -> Signature:
    key, value, ends = (query.get(name) or "" for name in ("AWSAccessKeyId", "Signature", "Expires"))
    if not (key and value and re.fullmatch(r"\d{1,12}", ends)):
        raise S3Error(
            "AccessDenied", "A link needs AWSAccessKeyId, Signature and Expires, in seconds since 1970"
        )
    if int(ends) * SECOND < now:
        raise S3Error("AccessDenied", "Request has expired")
    return Signature(key, "", "", "s3", (), value, ends, UNSIGNED, True, elder=True)


def _credential(text: str, code: str) -> tuple[str, str, str, str]:
    parts = text.rsplit("/", 4)
    if len(parts) != 5 or parts[4] != "aws4_request" or not re.fullmatch(r"\d{8}", parts[1]):
        raise S3Error(code, "The credential must be <access key>/<date>/<region>/s3/aws4_request")
    if parts[3] not in ("s3", "s3express"):
        raise S3Error(code, "The service of the credential must be s3")
    return parts[0], parts[1], parts[2], parts[3]


def _prove_covered(signed: tuple[str, ...], headers: Mapping[str, str]) -> None:
    """The host and every x-amz- header must be signed."""
    if "host" not in signed:
        raise S3Error("AccessDenied", "The host must be signed")
    for name in headers:
        if name.startswith("x-amz-") and name not in signed and name != "x-amz-content-sha256":
            raise S3Error("AccessDenied", "There were headers present in the request which were not signed",
                          HeadersNotSigned=name)  # fmt: skip


@lru_cache(maxsize=1024)
def instant(stamp: str) -> int:
    """Wall µs of `20260102T030405Z`. Raises S3Error for a day that does not exist."""
    try:
        return timegm(datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").timetuple()) * SECOND  # noqa: DTZ007
    except ValueError:
        raise S3Error("AccessDenied", "The date of the signature cannot be read") from None


def _http_stamp(date: str) -> str:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(date).strftime("%Y%m%dT%H%M%SZ")
    except (ValueError, TypeError):
        return ""
