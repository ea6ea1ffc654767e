"""Listening sockets, bound before anything else starts, so that a taken port is told in one line."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence

from ionstack.errors import UsageError

BACKLOG = 2048


def listen(host: str, port: int, flag: str) -> list[socket.socket]:
    """Sockets that listen on every address of a host; port 0 takes one free port for all of them.

    Raises UsageError, naming `flag` where another port is the way out.
    """
    addresses = _addresses(host, port)
    sockets: list[socket.socket] = []
    missing: OSError | None = None
    for family, address in addresses:
        try:
            sockets.append(_bound(family, (address[0], port or _port(sockets), *address[2:])))
        except OSError as error:
            if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                missing = error
                continue
            for opened in sockets:
                opened.close()
            raise UsageError(_told(error, host, port, flag)) from None
    if missing and not sockets:
        raise UsageError(f"{host} is no address of this machine: choose another with --host")
    return sockets


def url(sockets: Sequence[socket.socket], host: str, scheme: str) -> str:
    """How a client on this machine reaches the sockets."""
    return url_of(host, _port(sockets), scheme)


def url_of(host: str, port: int, scheme: str) -> str:
    """How a client on this machine reaches what listens on a host's port."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"{scheme}://{f'[{name}]' if ':' in name else name}:{port}"


def loopback(sockets: Sequence[socket.socket]) -> bool:
    """Whether only this machine can reach the sockets."""
    import ipaddress

    return all(ipaddress.ip_address(one.getsockname()[0]).is_loopback for one in sockets)


def _port(sockets: Sequence[socket.socket]) -> int:
    return int(sockets[0].getsockname()[1]) if sockets else 0


def _addresses(host: str, port: int) -> list[tuple[int, tuple[str, int]]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise UsageError(f"the host name {host} cannot be resolved: choose another with --host") from None
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))  # type: ignore[misc]


def _bound(family: int, address: tuple[str | int, ...]) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
        bound.listen(BACKLOG)
        bound.setblocking(False)
    except OSError:
        bound.close()
        raise
    return bound


def _told(error: OSError, host: str, port: int, flag: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken: stop what listens there, or choose another with {flag}"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"port {port} is for privileged users: choose one above 1023 with {flag}"
    return f"cannot listen on {host} port {port}: {error.strerror}"
