"""The server as the client sees it: scheme, host and port of every absolute URL, and the client's address.

`Forwarded` and `X-Forwarded-*` count only when a trusted proxy sends them, and of a list only what the trusted
proxies themselves added: a client can write anything in front of that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any, NamedTuple

from ionstack.errors import BadRequest

_HOST = re.compile(r"([A-Za-z0-9._~-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(\d{1,5}))?")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_VENDOR = (".ionos.com", ".ionoscloud.com", ".profitbricks.com")
_PORTS = {"http": "80", "https": "443"}


class View(NamedTuple):
    """`root` is the URL that the client's paths start from; `host` is what it calls the server.

    `fixed` tells that the root was settled by the operator, so that a product's host is no part of it.
    """

    root: str
    host: str
    address: str
    fixed: bool = False

    @property
    def name(self) -> str:
        """The host without its port, in lower case."""
        return _name(self.host)


class External:
    """Works out the view of each call."""

    def __init__(
        self, trusted: Sequence[IPv4Network | IPv6Network] = (), public_url: str | None = None
    ) -> None:
        self._trusted = tuple(trusted)
        self._public = public_url.rstrip("/") if public_url else ""
        self._direct = lru_cache(1024)(self._seen)

    def view(self, scope: Mapping[str, Any], headers: Mapping[str, str]) -> View:
        """How this client sees the server; BadRequest for a Host that is none."""
        client = scope.get("client")
        peer: str = client[0] if client else ""
        if self._trusted and self._trusts(peer):
            return self._forwarded(scope, headers, peer)
        host = _host(headers.get("host"), scope)
        return self._direct(host, scope["scheme"], peer)

    def _seen(self, host: str, scheme: str, peer: str) -> View:
        if self._public:
            return View(self._public, host, peer, fixed=True)
        return View(f"{_scheme(host, scheme)}://{host}", host, peer)

    def _trusts(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._trusted)

    def _forwarded(self, scope: Mapping[str, Any], headers: Mapping[str, str], peer: str) -> View:
        standard = [_pairs(element) for element in _listed(scope, "forwarded")]
        chain = [pairs.get("for", "") for pairs in standard] or _listed(scope, "x-forwarded-for")
        address, hops = self._client(chain, peer)
        said = standard[-hops] if standard else {}
        scheme = said.get("proto", "") or _said(scope, "x-forwarded-proto", hops) or str(scope["scheme"])
        scheme = scheme.lower()
        given = said.get("host") or _said(scope, "x-forwarded-host", hops) or headers.get("host")
        host = _with_port(_host(given, scope), _said(scope, "x-forwarded-port", hops), scheme)
        prefix = _said(scope, "x-forwarded-prefix", hops).rstrip("/")
        if scheme not in _PORTS or not _PREFIX.fullmatch(prefix):
            raise BadRequest("The proxy forwards a scheme or a prefix that cannot be")
        if self._public:
            return View(self._public, host, address, fixed=True)
        return View(f"{scheme}://{host}{prefix}", host, address)

    def _client(self, chain: Sequence[str], peer: str) -> tuple[str, int]:
        """The nearest address that is no trusted proxy, and how many of ours the call came through."""
        address, hops = peer, 0
        while hops < len(chain) and self._trusts(address):
            hop = _address(chain[-1 - hops])
            if not hop:
                break
            address, hops = hop, hops + 1
        return address, max(hops, 1)


def _scheme(host: str, used: str) -> str:
    """The vendor's own names without a port are only ever reached by https, whatever ends it before us."""
    return "https" if _name(host).endswith(_VENDOR) and _name(host) == host.lower().rstrip(".") else used


@lru_cache(maxsize=1024)
def _name(host: str) -> str:
    found = _HOST.fullmatch(host)
    return found[1].lower().rstrip(".") if found else ""


def _host(given: str | None, scope: Mapping[str, Any]) -> str:
    if given is None:
        if scope.get("http_version") == "1.1":
            raise BadRequest("The Host header is missing, which HTTP/1.1 requires")
        name, port = scope.get("server") or ("localhost", None)
        name = f"[{name}]" if ":" in name else name
        return f"{name}:{port}" if port else str(name)
    if not _proven(given):
        raise BadRequest("The Host header names no host")
    return given


@lru_cache(maxsize=1024)
def _proven(host: str) -> bool:
    found = _HOST.fullmatch(host)
    return found is not None and (found[2] is None or 0 < int(found[2]) < 65_536)


def _with_port(host: str, port: str, scheme: str) -> str:
    """The host with the port that the client used, if it has none yet and the port is not the usual one."""
    if not _proven(f"x:{port}") or host.rpartition("]")[2].count(":") or port == _PORTS.get(scheme):
        return host
    return f"{host}:{port}"


def _listed(scope: Mapping[str, Any], name: str) -> list[str]:
    """The elements of a header, which may come in several lines."""
    wanted = name.encode("ascii")
    lines = [value.decode("latin-1") for key, value in scope["headers"] if key == wanted]
    return [element.strip() for element in ",".join(lines).split(",") if element.strip()]


def _said(scope: Mapping[str, Any], name: str, hops: int) -> str:
    """What the outermost trusted proxy said; proxies that replace a header leave fewer elements than hops."""
    elements = _listed(scope, name)
    return elements[-min(hops, len(elements))] if elements else ""


def _pairs(element: str) -> dict[str, str]:
    """One element of a Forwarded header."""
    parts = (part.partition("=") for part in element.split(";"))
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in parts if value}


def _address(text: str) -> str:
    """An address without brackets and port; empty for what is none, as `unknown` or `_hidden`."""
    text = text.strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return ""
