"""Where a call is addressed to: which API, in which region, and the path below it.

Three ways lead to a product (design, section 6): its official host, `<product>.<region>.localhost` (or below
a domain of the operator's), and a path prefix `/<product>/<region>/...`. What is on `api.ionos.com` is at the
root. Each becomes one canonical path: `/~<product>/...` for a product, the plain path at the root.

A `%2F` is part of its segment: it is carried as `MARK` and becomes a slash again in the path parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from ionstack.catalogue.api import Api
from ionstack.errors import BadRequest

MARK = "\ufdd1"
ROOT_HOST = "api.ionos.com"
MOST_PATH = 8192

_ORDINARY = re.compile(rb"(?:/[A-Za-z0-9._~!$&'()*+,;=:@-]+)+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Address:
    """`path` is canonical; `prefix` is what the client's path has before the API's base; `product` and
    `region` are empty at the root."""

    path: str
    prefix: str = ""
    product: str = ""
    region: str = ""


def mount(api: Api) -> str:
    """The canonical path under which an API's operations are."""
    return f"/~{api.product}{api.base}" if api.product else api.base


def unmark(value: str) -> str:
    """A path parameter as the client meant it."""
    return value.replace(MARK, "/") if MARK in value else value


class Addresses:
    """Resolves hosts and paths for a set of APIs."""

    def __init__(self, apis: Iterable[Api], domain: str | None = None) -> None:
        self._regions: dict[str, frozenset[str]] = {}
        self._hosts: dict[str, tuple[str, str]] = {}
        for api in apis:
            if api.product:
                self._add(api, domain)

    def resolve(self, host: str, raw_path: bytes) -> Address:
        """The address of a call; BadRequest if the path cannot be read."""
        path = canonical(raw_path)
        known = self._hosts.get(host.partition(":")[0].lower().rstrip("."))
        if known is not None:
            product, region = known
            return Address(f"/~{product}{path}", "", product, region)
        return self._by_prefix(path)

    def _by_prefix(self, path: str) -> Address:
        """A product named by the path's first segment, and its region by the second where it has several."""
        product, _, rest = path[1:].partition("/")
        regions = self._regions.get(product)
        if regions is None:
            return Address(path)
        region, _, below = rest.partition("/")
        if region in regions:
            return Address(f"/~{product}/{below}".rstrip("/"), f"/{product}/{region}", product, region)
        if len(regions) > 1:
            return Address(path)
        only = next(iter(regions), "")
        return Address(f"/~{product}/{rest}".rstrip("/"), f"/{product}", product, only)

    def _add(self, api: Api, domain: str | None) -> None:
        regions = api.regions or _region_in(api.host)
        self._regions[api.product] = self._regions.get(api.product, frozenset()) | frozenset(regions)
        if "{region}" not in api.host:
            self._hosts[api.host] = (api.product, next(iter(regions), ""))
        for region in regions:
            self._hosts[api.host.replace("{region}", region)] = (api.product, region)
            for below in ("localhost", domain):
                if below:
                    self._hosts[f"{api.product}.{region}.{below}"] = (api.product, region)
        for below in ("localhost", domain):
            if below and len(self._regions[api.product]) <= 1:
                self._hosts[f"{api.product}.{below}"] = (api.product, next(iter(regions), ""))


def _region_in(host: str) -> tuple[str, ...]:
    """The region that a fixed host names: `dns.de-fra.ionos.com` is in `de-fra`."""
    found = re.search(r"\.([a-z]{2}-[a-z]{3})\.ionos\.com$", host)
    return (found[1],) if found else ()


def canonical(raw: bytes) -> str:
    """A raw path with single slashes, no last slash and decoded segments; BadRequest if it cannot be read."""
    if _ORDINARY.fullmatch(raw):
        return raw.decode("ascii")
    if len(raw) > MOST_PATH:
        raise BadRequest(f"The path is longer than {MOST_PATH} bytes")
    segments = [_segment(segment) for segment in raw.split(b"/") if segment]
    return "/" + "/".join(segments)


def _segment(raw: bytes) -> str:
    if re.search(rb"%(?![0-9A-Fa-f]{2})", raw):
        raise BadRequest("The path has a percent sign that no two hexadecimal digits follow")
    try:
        text = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("The path is not UTF-8") from None
    if _CONTROL.search(text) or MARK in text:
        raise BadRequest("The path has a character that is not allowed in it")
    return text.replace("/", MARK)
