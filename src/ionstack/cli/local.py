"""The control API without a server: its handlers over the store itself, which is held meanwhile."""

from __future__ import annotations

import asyncio
import re
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any

import orjson

from ionstack.app import build_cloud
from ionstack.catalogue.operation import Call, Operation, Query
from ionstack.control.admin import token
from ionstack.control.operations import OPERATIONS
from ionstack.engine.clock import Clock
from ionstack.errors import ApiError, UsageError
from ionstack.identity.principal import ANYONE
from ionstack.server import presence
from ionstack.server.sockets import url_of

if TYPE_CHECKING:
    from ionstack.app import Cloud
    from ionstack.config import Settings


class Local:
    """A cloud that serves this process alone."""

    authority = ""

    def __init__(self, settings: Settings) -> None:
        scheme = "https" if settings.tls or settings.tls_certificate else "http"
        self.url = settings.public_url or url_of(settings.host, settings.port, scheme)
        self._settings, self._exit = settings, ExitStack()

    def __enter__(self) -> Local:
        clock = Clock()
        place = self._exit.enter_context(presence.own(self._settings.data_dir, clock))
        settings = replace(self._settings, data_dir=place.directory, ephemeral=False)
        self._runner = self._exit.enter_context(asyncio.Runner())
        self._cloud = self._runner.run(build_cloud(settings, clock))
        self._exit.callback(self._close)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exit.close()

    def call(self, method: str, path: str, body: object = None, **query: object) -> Any:
        """What the API answers, parsed; UsageError with its words if it refuses."""
        pairs = [(name, str(value)) for name, value in query.items() if value is not None]
        try:
            answer = self._runner.run(_answer(self._cloud, method, path, pairs, body))
        except ApiError as error:
            raise UsageError(str(error)) from None
        return orjson.loads(answer) if answer else None

    def _close(self) -> None:
        self._cloud.identity.close()
        self._runner.run(self._cloud.store.close())


async def _answer(cloud: Cloud, method: str, path: str, query: list[tuple[str, str]], body: object) -> bytes:
    operation, parameters = _find(method, path)
    call = Call(
        operation=operation,
        path=parameters,
        query=Query(query),
        headers={"authorization": f"Bearer {token(cloud.settings)}", "content-type": "application/json"},
        principal=ANYONE,
        address="",
        request_id="",
        base="",
        asked=str,
        body=body,
    )
    return (await operation.handler(cloud, call)).body


def _find(method: str, path: str) -> tuple[Operation, dict[str, str]]:
    for operation in OPERATIONS:
        match = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.path), path)
        if operation.method == method and match:
            return operation, match.groupdict()
    raise UsageError(f"the control API has no {method} {path}")
