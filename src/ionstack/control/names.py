"""The names under which the control API answers.

The owner of a foreign page can have its name lead to this machine (DNS rebinding): for the browser the page is
then of the server's own origin. A server that listens on this machine alone knows all its names, so any other
is such a trick. One that others reach too may have names that it cannot know.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from ionstack.config import Settings

LOCAL = "localhost"


class Names:
    """What the operator's settings say of names."""

    def __init__(self, settings: Settings) -> None:
        self._any = not _loopback(settings.host)
        public = urlsplit(settings.public_url).hostname if settings.public_url else None
        self._whole = {name.lower() for name in (settings.host, public, settings.domain) if name}
        self._below = tuple(f".{name}" for name in (LOCAL, settings.domain) if name)

    def known(self, name: str) -> bool:
        """Whether a name (without port) is one that only the operator can have given the server."""
        name = name.lower().rstrip(".")
        if self._any or name == LOCAL or name in self._whole or name.endswith(self._below):
            return True
        return _address(name)


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == LOCAL


def _address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
