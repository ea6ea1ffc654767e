"""HTTP/1.1 connections with the bounds that the server underneath leaves open.

A client has a limited time to send a header, the header has a limited size, and what cannot be read as
HTTP is refused in the words of the API.
"""

from __future__ import annotations

import asyncio
import logging
from itertools import chain
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from ionstack.dialects import errors
from ionstack.errors import ApiError, BadRequest, HeadersTooLarge
from ionstack.gateway.log import new_request_id

log = logging.getLogger(__name__)

MOST_HEADER = 64 * 1024
"""Bytes that the request line and the header fields may have together."""


class Listening(Config):
    """uvicorn's configuration, and how many seconds a client may take to send a header."""

    def __init__(self, app: Any, *, header_timeout: float, **options: Any) -> None:
        super().__init__(app, http=Connection, **options)
        self.header_timeout = header_timeout


class Connection(HttpToolsProtocol):
    """One connection."""

    config: Listening

    def __init__(self, config: Listening, *args: Any, **options: Any) -> None:
        super().__init__(config, *args, **options)
        self._in_header = False
        self._size = self._latest = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._refusal: ApiError = BadRequest("The request is not valid HTTP")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._latest = len(data)
        super().data_received(data)
        if self._in_header and not self.transport.is_closing():
            self._size += len(data)
            if self._size > MOST_HEADER:
                self._refuse(HeadersTooLarge())
            elif self._deadline is None:
                self._start_deadline()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_header, self._size = True, 0

    def on_headers_complete(self) -> None:
        self._in_header = False
        self._stop_deadline()
        if self._size + self._latest > MOST_HEADER and self._longer_than_allowed():
            self._refusal = HeadersTooLarge()
            raise ValueError  # ends the parsing; the answer is the refusal
        super().on_headers_complete()

    def _longer_than_allowed(self) -> bool:
        return len(self.url) + sum(map(len, chain.from_iterable(self.headers))) > MOST_HEADER

    def send_400_response(self, msg: str) -> None:
        """What the parser cannot read; the message is ours."""
        self._refuse(self._refusal)

    def _refuse(self, error: ApiError) -> None:
        """Answer outside of any call, and close. A call under way can no longer be answered."""
        answering = (
            self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        )
        if not answering:
            answer = errors.answer(error)
            id = new_request_id()
            log.info("request %s of %s was refused: %s", id, self.client, error)
            headers = [
                *self.server_state.default_headers,
                (b"x-request-id", id.encode()),
                (b"content-type", answer.media_type.encode()),
                (b"content-length", str(len(answer.body)).encode()),
                (b"connection", b"close"),
            ]
            lines = b"".join(b"%s: %s\r\n" % header for header in headers)
            self.transport.write(STATUS_LINE[answer.status] + lines + b"\r\n" + answer.body)
        if self.cycle is not None:
            self.cycle.disconnected = True
        self.transport.close()

    def _start_deadline(self) -> None:
        self._deadline = self.loop.call_later(self.config.header_timeout, self.transport.close)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
