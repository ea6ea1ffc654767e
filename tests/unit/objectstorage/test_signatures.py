"""Signatures of version 4, with botocore as the oracle: what it signs we accept, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unittest import mock
from urllib.parse import quote, urlsplit

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from ionstack.engine.clock import SECOND
from ionstack.errors import S3Error
from ionstack.objectstorage.call import Query
from ionstack.objectstorage.routes import ROUTES
from ionstack.objectstorage.sign import scheme, verify

pytestmark = pytest.mark.unit
SECRET = "the secret"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WALL = round(NOW.timestamp()) * SECOND
CREDENTIALS = Credentials("thekey", SECRET)

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
paths = st.lists(text, max_size=4).map(lambda parts: "/" + "/".join(quote(part, safe="~") for part in parts))
queries = st.dictionaries(st.from_regex(r"[a-zA-Z-]{1,10}", fullmatch=True), text, max_size=4)
values = st.from_regex(r"[!-~]{1,10}( {0,3}[!-~]{1,10}){0,2}", fullmatch=True)
metadata = st.dictionaries(st.from_regex(r"x-amz-meta-[a-z]{1,8}", fullmatch=True), values, max_size=3)


def signed(signer: Any, method: str, url: str, headers: dict[str, str]) -> AWSRequest:
    """A request as botocore signs it."""
    request = AWSRequest(method, url, headers=headers)
    with mock.patch.object(auth, "get_current_datetime", return_value=NOW.replace(tzinfo=None)):
        signer.add_auth(request)
    return request


def proven(request: AWSRequest, method: str, secret: str = SECRET, now: int = WALL, path: str = "") -> None:
    """Prove a signed request as the server does."""
    parts = urlsplit(request.url)
    headers = {name.lower(): value for name, value in request.headers.items()} | {"host": parts.netloc}
    query = Query(parts.query)
    found = scheme.find(headers, query, now)
    assert found is not None
    verify.prove(found, secret, method, (path or parts.path).encode(), query, headers)


def refused(request: AWSRequest, method: str = "GET", **options: Any) -> str:
    """The code with which a request is refused."""
    with pytest.raises(S3Error) as failed:
        proven(request, method, **options)
    return failed.value.code


@settings(derandomize=True, deadline=None)
@given(method=st.sampled_from(["GET", "PUT", "DELETE", "POST"]), path=paths, query=queries, headers=metadata)
def test_a_signed_header_is_accepted_and_no_other(
    method: str, path: str, query: dict[str, str], headers: dict[str, str]
) -> None:
    url = f"http://localhost:4668{path}"
    if query:
        url += "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    request = signed(auth.S3SigV4Auth(CREDENTIALS, "s3", "de"), method, url, headers)
    proven(request, method)
    assert refused(request, method, secret="another") == "SignatureDoesNotMatch"
    assert refused(request, method, path=path + "x") == "SignatureDoesNotMatch"


@settings(derandomize=True, deadline=None)
@given(path=paths, query=queries)
def test_a_presigned_url_is_accepted_for_as_long_as_it_says(path: str, query: dict[str, str]) -> None:
    url = f"http://localhost:4668{path}"
    if query:
        url += "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    request = signed(auth.S3SigV4QueryAuth(CREDENTIALS, "s3", "de", expires=100), "GET", url, {})
    proven(request, "GET")
    proven(request, "GET", now=WALL + 100 * SECOND)
    assert refused(request, now=WALL + 101 * SECOND) == "AccessDenied"
    assert refused(request, method="PUT") == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"authorization": ""}, "AccessDenied"),
        ({"authorization": "AWS key:signature"}, "InvalidArgument"),
        ({"authorization": "AWS4-HMAC-SHA256 nonsense"}, "AuthorizationHeaderMalformed"),
        ({"authorization": "Bearer token"}, "InvalidArgument"),
    ],
)
def test_what_is_no_signature_is_refused(headers: dict[str, str], code: str) -> None:
    with pytest.raises(S3Error) as failed:
        scheme.find(headers, Query(""), WALL)
    assert failed.value.code == code


def test_a_signature_of_another_time_is_refused() -> None:
    request = signed(auth.S3SigV4Auth(CREDENTIALS, "s3", "de"), "GET", "http://localhost/a", {})
    proven(request, "GET", now=WALL + 15 * 60 * SECOND)
    assert refused(request, now=WALL + 15 * 60 * SECOND + 1) == "RequestTimeTooSkewed"


def test_a_header_of_amazons_that_was_not_signed_is_refused() -> None:
    request = signed(auth.S3SigV4Auth(CREDENTIALS, "s3", "de"), "GET", "http://localhost/a", {})
    request.headers["x-amz-acl"] = "public-read"
    assert refused(request) == "AccessDenied"


def test_nobody_signed_an_anonymous_request() -> None:
    assert scheme.find({}, Query("list-type=2"), WALL) is None


def link(path: str, ends: int = 60, **query: str) -> AWSRequest:
    """A link of version 2 as botocore makes it."""
    said = "&".join(f"{name.replace('_', '-')}={quote(value, safe='')}" for name, value in query.items())
    request = AWSRequest("GET", f"http://localhost:4668{path}" + (f"?{said}" if said else ""))
    with mock.patch("time.time", return_value=NOW.timestamp()):
        auth.HmacV1QueryAuth(CREDENTIALS, ends).add_auth(request)
    return request


@settings(derandomize=True, deadline=None)
@given(path=paths, kind=values)
def test_a_link_of_version_2_is_accepted_and_no_other(path: str, kind: str) -> None:
    request = link(path, response_content_type=kind)
    proven(request, "GET")
    assert refused(request, "DELETE") == "SignatureDoesNotMatch"
    assert refused(request, secret="another") == "SignatureDoesNotMatch"
    assert refused(request, path=f"{path}x") == "SignatureDoesNotMatch"
    request.url = request.url.replace("response-content-type=", "response-content-type=x")
    assert refused(request) == "SignatureDoesNotMatch"


def test_no_link_of_version_2_becomes_another_operation() -> None:
    subs = {sub for route in ROUTES for sub in route.sub.split("+")} - {"", "copy", "list-type"}
    for sub in subs:  # a list is a list, by either version
        request = link("/bucket/key")
        request.url += f"&{sub}"
        assert refused(request) == "SignatureDoesNotMatch", sub


def test_a_link_of_version_2_ends() -> None:
    proven(link("/bucket/key"), "GET", now=WALL + 60 * SECOND)
    assert refused(link("/bucket/key"), now=WALL + 61 * SECOND) == "AccessDenied"
    request = link("/bucket/key")
    request.url = request.url.replace("Expires=", "Expires=x")
    assert refused(request) == "AccessDenied"


def elder(method: str, path: str, headers: dict[str, str]) -> AWSRequest:
    """A request whose header is signed by version 2, as botocore does it."""
    request = AWSRequest(method, f"http://localhost:4668{path}", headers=headers)
    with mock.patch("time.time", return_value=NOW.timestamp()):
        auth.HmacV1Auth(CREDENTIALS).add_auth(request)
    return request


@settings(derandomize=True, deadline=None)
@given(path=paths, kind=values, meta=metadata)
def test_a_header_of_version_2_is_accepted_and_no_other(path: str, kind: str, meta: dict[str, str]) -> None:
    request = elder("PUT", f"{path}?uploadId=a&other=b", {"Content-Type": kind, **meta})
    proven(request, "PUT")
    assert refused(request, "GET") == "SignatureDoesNotMatch"
    assert refused(request, "PUT", secret="another") == "SignatureDoesNotMatch"
    assert refused(request, "PUT", path=f"{path}x") == "SignatureDoesNotMatch"
    request.headers["x-amz-acl"] = "public-read"
    assert refused(request, "PUT") == "SignatureDoesNotMatch"


def test_the_path_of_a_bucket_may_be_signed_with_a_slash() -> None:
    request = elder("PUT", "/bucket/", {})
    proven(request, "PUT")
    proven(request, "PUT", path="/bucket")
    assert refused(request, "PUT", path="/other") == "SignatureDoesNotMatch"


def test_a_header_of_version_2_needs_a_date_of_now() -> None:
    request = elder("GET", "/a", {})
    assert refused(request, now=WALL + 15 * 60 * SECOND + SECOND) == "RequestTimeTooSkewed"
    del request.headers["Date"]
    assert refused(request) == "AccessDenied"
    request.headers["Authorization"] = "AWS thekey:short"
    assert refused(request) == "InvalidArgument"
