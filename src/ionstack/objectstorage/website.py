"""Buckets as web sites: index pages, error pages and redirects, for browsers without a signature."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

from ionstack.errors import S3Error
from ionstack.objectstorage import xml
from ionstack.objectstorage.call import Answer, Call
from ionstack.objectstorage.codes import CODES
from ionstack.objectstorage.documents.settings import WEBSITE
from ionstack.objectstorage.headers import REDIRECT
from ionstack.objectstorage.operations import get
from ionstack.objectstorage.storage import Storage
from ionstack.objectstorage.xml import Node


@lru_cache(maxsize=256)
def _parsed(text: str) -> Node:
    return xml.read(text.encode(), "WebsiteConfiguration")


def _site(call: Call) -> Node:
    text = call.place.configs.get(WEBSITE)
    if text is None:
        raise S3Error("NoSuchWebsiteConfiguration", BucketName=call.bucket)
    return _parsed(text)


async def serve(storage: Storage, call: Call) -> Answer:
    """A page of the site, or a redirect. Raises S3Error for what is not there."""
    if call.method not in ("GET", "HEAD"):
        raise S3Error("MethodNotAllowed")
    site = _site(call)
    everything = site.maybe("RedirectAllRequestsTo")
    if everything is not None:
        protocol = everything.get("Protocol") or ("https" if call.secure else "http")
        return _to(f"{protocol}://{everything.one('HostName').text}/{quote(call.key)}")
    asked, suffix = call.key, site.one("IndexDocument").one("Suffix").text
    redirect = _redirect(site, call, asked, 0)
    if redirect is not None:
        return redirect
    if not asked or asked.endswith("/"):
        call.key = asked + suffix
    try:
        answer = await get.get_object(storage, call)
    except S3Error as missing:
        if missing.code not in ("NoSuchKey", "AccessDenied") or call.key != asked or not asked:
            raise
        call.key = f"{asked}/{suffix}"
        try:
            await get.readable(storage, call)
        except S3Error:
            call.key = asked
            raise missing from None
        return _to(f"/{quote(asked)}/", 302)
    elsewhere = answer.headers.get(REDIRECT)
    return _to(elsewhere) if elsewhere else answer


async def failed(storage: Storage, call: Call, error: S3Error, plain: Answer) -> Answer:
    """The site's own page for an error, or a redirect away from it; else a plain page."""
    status = CODES[error.code].status
    if status < 400:
        return plain
    text = call.place.configs.get(WEBSITE)
    site = _parsed(text) if text else None
    if site is not None:
        redirect = _redirect(site, call, call.key, status)
        if redirect is not None:
            return redirect
        page = site.maybe("ErrorDocument")
        if page is not None:
            call.key = page.one("Key").text
            try:
                answer = await get.get_object(storage, call)
            except S3Error:
                answer = plain
            else:
                return Answer(status, answer.body, answer.headers, answer.media_type)
    message = xml.escape(error.message or CODES[error.code].message)
    body = f"<html><head><title>{status} {error.code}</title></head><body><h1>{status} {error.code}</h1><p>{message}</p></body></html>\n"
    return Answer(status, body.encode(), error.headers, "text/html; charset=utf-8")


def _redirect(site: Node, call: Call, key: str, status: int) -> Answer | None:
    """The redirect of the first routing rule that fits a key, and an error's status."""
    rules = site.maybe("RoutingRules")
    for rule in rules.all("RoutingRule") if rules else ():
        condition = rule.maybe("Condition")
        prefix = (condition.get("KeyPrefixEquals") if condition else None) or ""
        code = condition.get("HttpErrorCodeReturnedEquals") if condition else None
        if not key.startswith(prefix) or (code or "0") != str(status if code else 0) or (status and not code):
            continue
        target = rule.one("Redirect")
        protocol = target.get("Protocol") or ("https" if call.secure else "http")
        replaced = target.get("ReplaceKeyPrefixWith")
        whole = target.get("ReplaceKeyWith")
        new = whole if whole is not None else replaced + key[len(prefix) :] if replaced is not None else key
        host = target.get("HostName") or call.host
        return _to(f"{protocol}://{host}/{quote(new)}", int(target.get("HttpRedirectCode") or 301))
    return None


def _to(location: str, status: int = 301) -> Answer:
    return Answer(status, b"", {"Location": location})
