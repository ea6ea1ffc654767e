"""`GET /`: the table of APIs, with the base URL of each as the client that asks reaches it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from ionstack import __version__
from ionstack.catalogue.api import Api
from ionstack.gateway import pages
from ionstack.gateway.address import public_path

Row = Mapping[str, Any]
"""One API as JSON shows it."""


def rows(apis: Iterable[Api], root: str) -> list[Row]:
    """The table below a server's URL. `{region}` in a base URL stands for each of the row's regions."""
    return [
        {
            "name": api.name,
            "title": api.title,
            "version": api.version,
            "authorization": [method.value for method in api.authorization],
            "baseUrl": root + public_path(api, "{region}"),
            "regions": api.regions,
            "served": api.served,
            "documentation": f"{root}/docs/{api.name}" if api.documented else None,
        }
        for api in apis
    ]


def as_json(table: Sequence[Row]) -> bytes:
    """`{"apis": [...]}`."""
    return orjson.dumps({"apis": table}, option=orjson.OPT_INDENT_2)


def as_html(table: Sequence[Row], root: str) -> bytes:
    """The table as a page."""
    return pages.render("index.html", rows=table, root=root, release=__version__)


def prefers_html(accept: str) -> bool:
    """Whether an Accept header likes HTML at least as well as JSON; who does not say gets HTML."""
    return _quality(accept, "text", "html") >= _quality(accept, "application", "json")


def _quality(accept: str, kind: str, subtype: str) -> float:
    """How much a media type is liked, 0 to 1, by the range that fits it most closely."""
    best, quality = 0, 0.0 if accept.strip() else 1.0
    for part in accept.lower().split(","):
        media, *parameters = (word.strip() for word in part.split(";"))
        close = {f"{kind}/{subtype}": 3, f"{kind}/*": 2, "*/*": 1}.get(media, 0)
        if close > best:
            best, quality = close, _weight(parameters)
    return quality


def _weight(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
