"""Object Storage as an ASGI application.

A call goes: address -> signature -> route -> bucket -> permission -> handler -> answer. Whatever fails on the
way is an S3Error; anything else is an InternalError that names the request id and says nothing more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote_to_bytes

from ionstack.control.calls import Recorded
from ionstack.errors import ApiError, S3Error, StoreFull, StoreUnavailable, TooManyRequests
from ionstack.gateway.external import View
from ionstack.gateway.log import new_request_id
from ionstack.identity.principal import ContractTerms
from ionstack.objectstorage import accesslog, cors, names, render, website
from ionstack.objectstorage.access import decide
from ionstack.objectstorage.body import Body, Receive
from ionstack.objectstorage.call import NOBODY, Answer, Call, Query
from ionstack.objectstorage.call import query as read_query
from ionstack.objectstorage.documents.settings import LOGGING, REPLICATION
from ionstack.objectstorage.endpoints import Endpoints
from ionstack.objectstorage.endpoints import Storage as Place
from ionstack.objectstorage.people import STRANGER, Known
from ionstack.objectstorage.records import Bucket
from ionstack.objectstorage.rehearsal import rehearse, told
from ionstack.objectstorage.render import Send
from ionstack.objectstorage.routes import BUCKET, OBJECT, SERVICE, Route, find
from ionstack.objectstorage.sign import scheme, verify
from ionstack.objectstorage.sign.scheme import Signature

if TYPE_CHECKING:
    from ionstack.app import Cloud

log = logging.getLogger(__name__)
access = logging.getLogger("ionstack.access")


_READS = ("GET", "HEAD")
_NAME = "objectstorage"
"""What calls are counted and told under."""


class ObjectStorage:
    """Serves the buckets of a cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud, self._storage = cloud, cloud.objects
        self._endpoints = Endpoints(cloud.settings.domain, alone=True)

    async def __call__(
        self, scope: Mapping[str, Any], receive: Receive, send: Send, place: Place | None = None, id: str = ""
    ) -> None:
        """Answer one call. `place` is what its host says, where that is known; `id` its request id."""
        if scope["type"] != "http":
            return
        clock = self._cloud.clock
        now, started = clock.wall(), clock.monotonic()
        one = _One(scope, receive, id or new_request_id(), now, self._cloud.settings.request_timeout)
        try:
            answer = await self._answer(one, place)
        except S3Error as failed:
            answer, one.error = render.error(failed, one.path, one.id), failed.code
            if one.website is not None:
                answer = await website.failed(self._storage, one.website, failed, answer)
        except StoreUnavailable as away:
            log.error("the store is away: %s", away)
            one.error = "InsufficientStorage" if isinstance(away, StoreFull) else "ServiceUnavailable"
            answer = render.error(S3Error(one.error), one.path, one.id)
        except Exception:
            log.exception("%s %s failed", one.method, one.path)
            answer = render.error(S3Error("InternalError"), one.path, one.id)
        if "expect" in one.headers and not one.pulled:
            one.extra["connection"] = "close"  # the client may send the body or not: nobody can tell
        sent = await render.send(answer, one.method, one.id, one.extra, send, receive)
        seconds = clock.monotonic() - started
        self._record(one, answer.status, now, seconds)
        if one.call is not None and LOGGING in one.call.place.configs:
            await self._log(one, one.call, answer, sent, seconds)

    async def _answer(self, one: _One, place: Place | None) -> Answer:
        """Find out what is asked and by whom, and let it be done."""
        aim = self._aim(one, place)
        if aim.place.website:
            return await self._website(one, aim)
        query = read_query(one.query)
        if one.method == "OPTIONS" and aim.bucket:
            return cors.preflight(await self._storage.bucket(aim.bucket), one.headers)
        one.route = route = find(one.method, aim.level, query, one.headers)
        signature = scheme.find(one.headers, query, one.now)
        known, signing_key = await self._known(one, query, signature, aim.place.bucket)
        one.caller = known.caller
        await self._admit(one, aim, known.terms)
        one.call = call = self._call(one, aim, query, signature, signing_key)
        if route.place:
            call.place = await self._place(call, aim.place)
            if (origin := one.headers.get("origin")) is not None:
                asked = one.headers.get(cors.ASKED_METHOD, one.method)
                one.extra.update(cors.headers(call.place, origin, asked))
        if route.action:
            decide.require(call, route.action)
        return await route.handler(self._storage, call)

    def _aim(self, one: _One, place: Place | None) -> _Aim:
        """What host and path name. Raises S3Error."""
        try:
            view = self._cloud.external.view(one.scope, one.headers)
        except ApiError as bad:
            raise S3Error("InvalidRequest", str(bad)) from None
        if self._cloud.maintenance.on:
            raise S3Error("ServiceUnavailable")
        place = place or self._endpoints.find(view.name) or Place()
        return _Aim(view, place, *_address(one.raw_path, place.bucket))

    def _call(
        self, one: _One, aim: _Aim, query: Query, signature: Signature | None, signing_key: bytes
    ) -> Call:
        """The call as its handler gets it, but for its bucket."""
        promised = one.route is not None and one.route.id != "CompleteMultipartUpload"
        return Call(
            method=one.method, bucket=aim.bucket, key=aim.key, query=query, headers=one.headers, caller=one.caller,
            region=aim.place.region or (signature.region if signature else ""), address=aim.view.address,
            host=aim.view.host, secure=aim.view.root.startswith("https"), request_id=one.id, now=one.now,
            body=Body(one.pull, one.headers, signature, signing_key, promised=promised),
            presigned=signature is not None and signature.presigned,
        )  # fmt: skip

    async def _admit(self, one: _One, aim: _Aim, terms: ContractTerms) -> None:
        """Hold a contract to its rate limit, and to what was ordered to go wrong. Raises S3Error."""
        if not terms.number:
            return
        limits = self._cloud.limits
        try:
            limits.take(terms, _NAME) or await limits.fetch(terms, _NAME)
        except TooManyRequests as many:
            raise told(many) from None
        if terms.faults:
            await rehearse(self._cloud.store, terms.number, one.method, aim.path, one.id)

    async def _known(
        self, one: _One, query: Query, signature: Signature | None, bucket: str
    ) -> tuple[Known, bytes]:
        """Who signed the call, and the key that its body is signed with."""
        if signature is None:
            return STRANGER, b""
        known = await self._storage.keys.find(signature.access_key)
        if known is None:
            raise S3Error("InvalidAccessKeyId", AWSAccessKeyId=signature.access_key)
        verify.prove(signature, known.secret, one.method, one.raw_path, query, one.headers, bucket)
        return known, verify.key_of(signature, known.secret)

    async def _place(self, call: Call, place: Place) -> Bucket:
        found = await self._storage.bucket(call.bucket)
        if found is None:
            raise S3Error("NoSuchBucket", BucketName=call.bucket)
        if place.region and found.region != place.region:
            raise S3Error("PermanentRedirect", BucketName=found.name, Region=found.region)
        expected = call.headers.get("x-amz-expected-bucket-owner")
        if expected is not None and expected not in (found.owner, str(found.contract)):
            raise S3Error("AccessDenied")
        return found

    async def _website(self, one: _One, aim: _Aim) -> Answer:
        bucket = await self._storage.bucket(aim.bucket)
        if bucket is None:
            raise S3Error("NoSuchBucket", BucketName=aim.bucket)
        one.website = replace(self._call(one, aim, read_query(""), None, b""), place=bucket, region="")
        return await website.serve(self._storage, one.website)

    def _record(self, one: _One, status: int, at: int, seconds: float) -> None:
        """Remember the call, for `/_ionstack`, the metrics and the log."""
        name = one.route.id if one.route else ""
        self._cloud.calls.add(
            Recorded(one.id, at, one.method, one.path[:2000], _NAME, name, status, seconds,
                     one.caller.contract, one.caller.name, "")
        )  # fmt: skip
        self._cloud.metrics.observe(_NAME, name, status, seconds)
        if one.call is not None and REPLICATION in one.call.place.configs and one.method not in _READS:
            self._storage.wake.replication.set()
        if access.isEnabledFor(logging.INFO):
            access.info("%s %s %s %.1f ms", one.method, one.path, status, seconds * 1000)

    async def _log(self, one: _One, call: Call, answer: Answer, sent: int, seconds: float) -> None:
        """Let the line of a call wait for the access log of its bucket."""
        assert one.route is not None  # noqa: S101  a call has one
        uri = f"{one.path}?{one.query}" if one.query else one.path
        outcome = accesslog.Outcome(
            one.route.id, one.route.sub, uri, answer.status, one.error, sent, seconds, answer.headers
        )
        await accesslog.note(self._storage, call, outcome)


class _Aim(NamedTuple):
    """What a call is aimed at: how its client sees the server, what its host says, and what bucket and key it names."""

    view: View
    place: Place
    bucket: str
    key: str

    @property
    def level(self) -> str:
        """Whether it is aimed at the service, a bucket or an object."""
        return OBJECT if self.key else BUCKET if self.bucket else SERVICE

    @property
    def path(self) -> str:
        """Bucket and key, wherever they stand."""
        return f"/{self.bucket}/{self.key}" if self.key else f"/{self.bucket}"


class _One:
    """A call under way, and what is known of it so far."""

    __slots__ = ("call", "caller", "error", "extra", "headers", "id", "late", "method", "now", "patience", "pulled", "query", "raw_path", "receive", "route",
                 "scope", "website")  # fmt: skip

    def __init__(
        self, scope: Mapping[str, Any], receive: Receive, id: str, now: int, patience: float
    ) -> None:
        self.patience = patience
        self.scope, self.receive, self.id, self.now = scope, receive, id, now
        self.method: str = scope["method"]
        self.raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        self.query: str = scope.get("query_string", b"").decode("latin-1")
        self.headers = _headers(scope)
        self.caller, self.route = NOBODY, _NO_ROUTE
        self.extra: dict[str, str] = {}
        self.website: Call | None = None
        self.call: Call | None = None
        self.error = ""
        self.pulled = self.late = False

    async def pull(self) -> dict[str, Any]:
        """The next message of the body, for which a client may take its time, but not for ever."""
        self.pulled = True
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  a coroutine runs in one
        patience = asyncio.get_running_loop().call_later(self.patience, self._give_up, task)
        try:
            return await self.receive()
        except asyncio.CancelledError:  # as asyncio.timeout has it, which takes five times as long
            if self.late and not task.uncancel():
                raise S3Error("RequestTimeout") from None
            raise
        finally:
            patience.cancel()

    def _give_up(self, task: asyncio.Task[Any]) -> None:
        self.late = True
        task.cancel()

    @property
    def path(self) -> str:
        """The path as the client wrote it."""
        return self.raw_path.decode("latin-1")


_NO_ROUTE: Route | None = None


def _headers(scope: Mapping[str, Any]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name = raw.decode("latin-1")
        text = value.decode("latin-1")
        headers[name] = f"{headers[name]},{text}" if name in headers else text
    return headers


def _address(raw: bytes, bucket: str) -> tuple[str, str]:
    """Bucket and key of a path; `bucket` is what the host names."""
    raw = raw.removeprefix(b"/")
    if not bucket:
        first, _, raw = raw.partition(b"/")
        bucket = names.bare(_decoded(first))
    key = _decoded(raw)
    names.prove_key(key)
    return bucket, key


def _decoded(raw: bytes) -> str:
    try:
        return (unquote_to_bytes(raw) if b"%" in raw else raw).decode("utf-8")
    except UnicodeDecodeError:
        raise S3Error("InvalidURI") from None
