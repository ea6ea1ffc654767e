"""The server as the client sees it: scheme, host and port of every absolute URL, and the client's address.

`Forwarded` and `X-Forwarded-*` count only when a trusted proxy sends them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from ionstack.errors import BadRequest

_HOST = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")


@dataclass(frozen=True, slots=True)
class View:
    """`root` is the URL that the client's paths start from; `host` is what it calls the server."""

    root: str
    host: str
    address: str

    @property
    def name(self) -> str:
        """The host without its port, in lower case."""
        host = self.host.lower()
        return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0].rstrip(".")


class External:
    """Works out the view of each call."""

    def __init__(
        self, trusted: Sequence[IPv4Network | IPv6Network] = (), public_url: str | None = None
    ) -> None:
        self._trusted = tuple(trusted)
        self._public = public_url.rstrip("/") if public_url else ""

    def view(self, scope: Mapping[str, Any], headers: Mapping[str, str]) -> View:
        """How this client sees the server; BadRequest for a Host that is none."""
        client = scope.get("client")
        peer: str = client[0] if client else ""
        if self._trusted and self._trusts(peer):
            return self._forwarded(scope, headers, peer)
        host = _host(headers.get("host"), scope)
        return View(self._public or f"{scope['scheme']}://{host}", host, peer)

    def _trusts(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._trusted)

    def _forwarded(self, scope: Mapping[str, Any], headers: Mapping[str, str], peer: str) -> View:
        standard = _pairs(headers.get("forwarded", ""))
        scheme = standard.get("proto") or _first(headers, "x-forwarded-proto") or scope["scheme"]
        given = standard.get("host") or _first(headers, "x-forwarded-host") or headers.get("host")
        host = _host(given, scope)
        port = _first(headers, "x-forwarded-port")
        if port.isdigit() and ":" not in host.rpartition("]")[2]:
            usual = {"http": "80", "https": "443"}.get(scheme)
            host = host if port == usual else f"{host}:{port}"
        prefix = _first(headers, "x-forwarded-prefix").rstrip("/")
        if scheme not in ("http", "https") or not _PREFIX.fullmatch(prefix):
            raise BadRequest("The proxy forwards a scheme or prefix that cannot be")
        return View(self._public or f"{scheme}://{host}{prefix}", host, self._origin(headers, standard, peer))

    def _origin(self, headers: Mapping[str, str], standard: Mapping[str, str], peer: str) -> str:
        """The nearest address in the chain that is no trusted proxy of ours."""
        chain = [one.strip() for one in headers.get("x-forwarded-for", "").split(",") if one.strip()]
        if "for" in standard:
            chain = [standard["for"].strip('"').removeprefix("[").partition("]")[0]]
        for hop in reversed(chain):
            if not self._trusts(hop):
                return hop[:64]
        return peer


@lru_cache(maxsize=256)
def _proven(host: str) -> bool:
    return _HOST.fullmatch(host) is not None


def _host(given: str | None, scope: Mapping[str, Any]) -> str:
    if given is None:
        name, port = scope.get("server") or ("localhost", None)
        return f"{name}:{port}" if port else str(name)
    if not _proven(given):
        raise BadRequest("The Host header names no host")
    return given


def _first(headers: Mapping[str, str], name: str) -> str:
    return headers.get(name, "").split(",")[0].strip()


def _pairs(header: str) -> dict[str, str]:
    """The first element of a Forwarded header."""
    parts = (part.partition("=") for part in header.split(",")[0].split(";"))
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in parts if value}
