"""Who may use the control API: whoever has the admin token, and never a page of another origin."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ionstack.errors import Forbidden, Unauthorized, UnsupportedMediaType
from ionstack.identity import private_file

if TYPE_CHECKING:
    from ionstack.app import Cloud
    from ionstack.catalogue.operation import Answer, Call, Handler
    from ionstack.config import Settings
    from ionstack.control.names import Names

FILE = "admin.token"
HEADER = "x-ionstack-admin-token"
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="ionstack control"'}


def token_file(data_dir: Path) -> Path:
    """Where the admin token lies that no operator chose."""
    return data_dir / FILE


def token(settings: Settings) -> str:
    """The admin token: the operator's, else the one in the data directory, made when it is missing."""
    if settings.admin_token:
        return settings.admin_token
    return private_file.make_once(token_file(settings.data_dir), lambda: secrets.token_urlsafe(32)).strip()


class Admin:
    """Knows the admin token by its digest."""

    def __init__(self, token: str, names: Names) -> None:
        self._digest, self._names = _digest(token), names

    def prove_own_page(self, headers: Mapping[str, str], own: str) -> None:
        """Forbidden if a page of another origin than `own`, a URL, asks, or one whose name leads here by a trick."""
        if _foreign(headers, own):
            raise Forbidden("The control API does not answer web pages of another origin")
        name = urlsplit(f"//{headers.get('host', '')}").hostname
        if name and not self._names.known(name):
            raise Forbidden(
                f"The control API does not answer under the name {name[:253]}: use the address that the server "
                "listens on, or tell the server its name with --public-url"
            )

    def prove(self, headers: Mapping[str, str], own: str) -> None:
        """Unauthorized without the token; Forbidden to pages as `prove_own_page` says."""
        self.prove_own_page(headers, own)
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        offered = headers.get(HEADER) or (bearer.strip() if scheme.lower() == "bearer" else "")
        if not hmac.compare_digest(_digest(offered), self._digest):
            raise Unauthorized(
                "The control API needs the admin token: IONSTACK_ADMIN_TOKEN, else the file admin.token "
                "in the data directory",
                headers=_CHALLENGE,
            )


def guarded(handler: Handler) -> Handler:
    """A handler that only the holder of the admin token reaches."""

    async def proven(cloud: Cloud, call: Call) -> Answer:
        cloud.admin.prove(call.headers, call.url)
        prove_json(call)
        return await handler(cloud, call)

    return proven


def prove_json(call: Call) -> None:
    """A page may send any origin a body without a type, or with a form's; never one of JSON, unasked."""
    media = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if call.operation.body is not None and media != "application/json":
        raise UnsupportedMediaType("The control API takes application/json")


def _foreign(headers: Mapping[str, str], own: str) -> bool:
    """Whether a browser says that the call comes from elsewhere. Programs send neither header."""
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return True
    origin, here = headers.get("origin"), urlsplit(own)
    return origin is not None and origin.lower() != f"{here.scheme}://{here.netloc}".lower()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
