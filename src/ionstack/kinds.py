"""Kinds of settings: how a text or TOML value becomes what the program uses.

Each reader takes what a flag, a variable or a TOML key holds and raises ValueError if it cannot be that.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ionstack.errors import UsageError

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class Secret(str):
    """A text that must not be seen: its repr hides it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'********'"


@dataclass(frozen=True, slots=True)
class Kind:
    """`wanted` completes *must be ...*; `word` stands for a value in help texts."""

    wanted: str
    reader: Callable[[object], Any]
    word: str = "TEXT"
    secret: bool = False
    choices: tuple[str, ...] = ()

    def read(self, value: object, source: str) -> Any:
        """The value as the program uses it; UsageError names the source, and shows the value if it may."""
        try:
            return self.reader(value)
        except (ValueError, TypeError):
            shown = "" if self.secret else f", not '{value}'"
            raise UsageError(f"{source} must be {self.wanted}{shown}") from None


def _text(value: object) -> str:
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ValueError
    return value


def _switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = _text(value).lower()
    if word not in _YES + _NO:
        raise ValueError
    return word in _YES


def _number(value: object) -> float:
    if isinstance(value, bool):
        raise ValueError
    number = float(value if isinstance(value, int | float) else _text(value))
    if not math.isfinite(number):
        raise ValueError
    return number


def whole(least: int, most: int = 2**31 - 1, word: str = "N") -> Kind:
    """A whole number within bounds."""

    def read(value: object) -> int:
        if isinstance(value, bool | float):
            raise ValueError
        number = value if isinstance(value, int) else int(_text(value))
        if not least <= number <= most:
            raise ValueError
        return number

    bounds = f"from {least} to {most}" if most < 2**31 - 1 else f"of at least {least}"
    return Kind(f"a whole number {bounds}", read, word)


def choice(*words: str) -> Kind:
    """One of some words."""

    def read(value: object) -> str:
        word = _text(value).lower()
        if word not in words:
            raise ValueError
        return word

    return Kind(f"{', '.join(words[:-1])} or {words[-1]}", read, "|".join(words), choices=words)


def _seconds(value: object) -> float:
    number = _number(value)
    if not 0 < number <= 86_400:
        raise ValueError
    return number


def _path(value: object) -> Path:
    return Path(_text(value)).expanduser()


def _networks(value: object) -> tuple[IPv4Network | IPv6Network, ...]:
    import ipaddress

    parts = value if isinstance(value, list) else _text(value).replace(",", " ").split()
    return tuple(ipaddress.ip_network(_text(part)) for part in parts)


def _url(value: object) -> str:
    parts = urlsplit(_text(value))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError
    if parts.username or parts.password or (parts.port is not None and parts.port < 1):
        raise ValueError
    return parts.geturl().rstrip("/")


def _domain(value: object) -> str:
    name = _text(value).lower().strip(".")
    if not re.fullmatch(r"(?!-)[a-z0-9-]{1,63}(?:\.(?!-)[a-z0-9-]{1,63})*", name):
        raise ValueError
    return name


def _database(value: object) -> Secret:
    parts = urlsplit(_text(value))
    if parts.scheme not in ("postgresql", "postgres") or not (parts.hostname or parts.query):
        raise ValueError
    if parts.port is not None and parts.port < 1:
        raise ValueError
    return Secret(value)


def _object_store(value: object) -> str:
    parts = urlsplit(_text(value))
    if parts.scheme not in ("s3", "gs", "az") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError
    if "@" in parts.netloc or ":" in parts.netloc:
        raise ValueError
    return parts.geturl()


def _email(value: object) -> str:
    address = _text(value)
    name, at, host = address.rpartition("@")
    if not (at and name and host) or " " in address:
        raise ValueError
    return address


def _secret(value: object) -> Secret:
    return Secret(_text(value))


TEXT = Kind("a text", _text)
SWITCH = Kind("true or false", _switch, "true|false")
PORT = whole(0, 65_535, "PORT")
SECONDS = Kind("a number of seconds above 0 and up to a day", _seconds, "SECONDS")
PATH = Kind("a path", _path, "PATH")
NETWORKS = Kind("networks such as 10.0.0.0/8, separated by commas", _networks, "CIDR,...")
URL = Kind("a URL such as https://cloud.example.com", _url, "URL")
DOMAIN = Kind("a domain such as cloud.example.com", _domain, "DOMAIN")
DATABASE = Kind("a URL such as postgresql://user:password@host:5432/name", _database, "URL", secret=True)
EMAIL = Kind("a user name such as owner@example.com", _email, "USER")
SECRET = Kind("a text", _secret, "SECRET", secret=True)
OBJECT_STORE = Kind(
    "a URL such as s3://bucket/prefix, gs://bucket or az://account/container", _object_store, "URL"
)
