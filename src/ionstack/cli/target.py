"""Whom a command talks to: the server that runs, else the store itself while no server holds it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from ionstack.cli.options import settings_of
from ionstack.cli.remote import Remote, token_of
from ionstack.errors import UsageError
from ionstack.server import presence
from ionstack.server.presence import Running

if TYPE_CHECKING:
    from ionstack.config import Settings


class Control(Protocol):
    """The control API, wherever it is. `url` is where clients reach the server."""

    url: str

    def call(self, method: str, path: str, body: object = None, **query: object) -> Any:
        """What the API answers, parsed; UsageError with its words if it refuses."""


def remote(found: Running) -> Remote:
    """A server that was found in its data directory; UsageError if it is not ready."""
    if not found.ready:
        raise UsageError(f"the server in {found.data_dir} is not ready: `ionstack wait` waits for it")
    return Remote(found.api, token_of(found.admin_token_file), found.certificate_authority, found.certificate)


def anonymous(found: Running) -> Remote:
    """A server that was found in its data directory, for what it tells everybody."""
    return Remote(found.api, "", found.certificate_authority, found.certificate)


def as_user(flags: Mapping[str, Any], user: str, password: str) -> Remote:
    """The server, called by a user. It has to run; UsageError if it does not."""
    basic = f"{user}:{password}"
    if flags.get("server"):
        return Remote(flags["server"], basic=basic)
    found = presence.find(settings_of(flags).data_dir)
    if found is None or not found.ready:
        raise UsageError("no server runs here: name one with --server")
    return Remote(found.api, "", found.certificate_authority, found.certificate, basic)


def elsewhere(url: str) -> Remote:
    """A server that is named by its URL; the admin token must come from the environment."""
    token = os.environ.get("IONSTACK_ADMIN_TOKEN")
    if not token:
        raise UsageError("a server elsewhere needs its admin token: set IONSTACK_ADMIN_TOKEN")
    return Remote(url, token)


@contextmanager
def control(flags: Mapping[str, Any]) -> Iterator[Control]:
    """The running server's control API, else that of the store itself, which is held meanwhile."""
    if flags.get("server"):
        yield elsewhere(flags["server"])
        return
    settings = settings_of(flags)
    found = presence.find(settings.data_dir)
    if found is not None:
        yield remote(found)
        return
    _prove_data(settings)
    from ionstack.cli.local import Local

    with Local(settings) as local:
        yield local


def _prove_data(settings: Settings) -> None:
    if not settings.database and not settings.data_dir.is_dir():
        raise UsageError(
            f"no server runs and there is no data in {settings.data_dir}: "
            "start one with `ionstack serve`, or name its directory with --data-dir"
        )
