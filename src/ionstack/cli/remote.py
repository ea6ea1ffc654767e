"""A running server, spoken to through its control API."""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from ionstack.errors import UsageError

BASE = "/_ionstack"
TIMEOUT = 30.0
"""Seconds to wait for an answer."""


class Remote:
    """The control API at a URL.

    `authority` is the server's own CA file, for clients to trust. `certificate` is a file with the one
    certificate that is accepted, whatever name it is for: that of a server on this machine. `basic` are the
    name and password of a user who calls in place of an operator.
    """

    def __init__(
        self, url: str, token: str = "", authority: str = "", certificate: str = "", basic: str = ""
    ) -> None:
        self.url, self.authority = url.rstrip("/"), authority
        self._authorization = _basic(basic) if basic else f"Bearer {token}" if token else ""
        self._certificate, self._parts = certificate, _parts(self.url)

    def call(self, method: str, path: str, body: object = None, **query: object) -> Any:
        """What the server answers, parsed; UsageError with its words if it refuses, or does not answer."""
        status, text, _ = self._exchange(method, path, body, query)
        try:
            answer = json.loads(text) if text else None
        except ValueError:
            raise UsageError(f"what answers at {self.url} is not Ionstack") from None
        if status >= 400:
            raise UsageError(_refusal(status, answer))
        return answer

    def answers(self, path: str) -> bool:
        """Whether a GET of an open path succeeds now."""
        try:
            self.call("GET", path)
        except UsageError:
            return False
        return True

    def fingerprint(self) -> str:
        """The SHA-256 of the server's certificate, as clients pin it."""
        import hashlib

        connection = self._connection()
        try:
            connection.connect()
            certificate = connection.sock.getpeercert(binary_form=True)
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None
        finally:
            connection.close()
        return hashlib.sha256(certificate).hexdigest()

    def drift(self) -> float:
        """How many seconds the server's clock is ahead of this machine's, to a second or two."""
        from email.utils import parsedate_to_datetime

        from ionstack.engine.clock import SECOND, Clock

        date = self._exchange("GET", "/health", None, {})[2]
        return parsedate_to_datetime(date).timestamp() - Clock().wall() / SECOND if date else 0.0

    def _exchange(
        self, method: str, path: str, body: object, query: Mapping[str, object]
    ) -> tuple[int, bytes, str]:
        """Status, body and date of an answer."""
        headers = {"Accept": "application/json"}
        if self._authorization:
            headers["Authorization"] = self._authorization
        if body is not None:
            headers["Content-Type"] = "application/json"
        given = {name: value for name, value in query.items() if value is not None}
        target = f"{self._parts.path}{BASE}{path}" + (f"?{urlencode(given)}" if given else "")
        connection = self._connection()
        try:
            connection.request(method, target, None if body is None else json.dumps(body).encode(), headers)
            response = connection.getresponse()
            return response.status, response.read(), response.getheader("Date", "")
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None
        finally:
            connection.close()

    def _connection(self) -> Any:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=TIMEOUT)
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=self.trust())

    def trust(self) -> ssl.SSLContext:
        """Whom a connection to the server trusts: its one certificate, or the system's authorities."""
        if not self._certificate:
            return ssl.create_default_context()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        try:
            context.load_verify_locations(self._certificate)
        except OSError as error:
            raise UsageError(
                f"the certificate {self._certificate} cannot be read ({error.strerror})"
            ) from None
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        return context

    def _unreachable(self, error: Exception) -> UsageError:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return UsageError(f"the server at {self.url} does not answer ({why})")


def token_of(file: str) -> str:
    """The admin token: what a file holds, or without one what the operator chose."""
    if not file:
        return os.environ.get("IONSTACK_ADMIN_TOKEN", "")
    try:
        return Path(file).read_text("utf-8").strip()
    except OSError as error:
        raise UsageError(f"the admin token in {file} cannot be read ({error.strerror})") from None


def _basic(credentials: str) -> str:
    return f"Basic {base64.b64encode(credentials.encode()).decode()}"


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fits = False
    if not fits:
        raise UsageError(f"{url} is no URL of a server: give http://host:port")
    return parts


def _refusal(status: int, answer: Any) -> str:
    match answer:
        case {"messages": [*messages]}:
            return "; ".join(str(one.get("message")) for one in messages)
    return f"the server answered {status}"
