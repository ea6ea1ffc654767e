"""An operation of an API: what the gateway routes, checks, documents and calls.

Handlers know neither Falcon nor ASGI: they take a Call and give an Answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ionstack.catalogue.access import Access
from ionstack.errors import BadRequest

if TYPE_CHECKING:
    from ionstack.catalogue.api import Api, Authorization
    from ionstack.engine.order import Fault
    from ionstack.identity.principal import Principal

Schema = Mapping[str, Any]
"""A JSON schema (OpenAPI 3 flavour), or a `{"$ref": "#/components/schemas/X"}` into the API's own."""

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query, path or header parameter, as the served OpenAPI document shows it and the gateway checks it."""

    name: str
    place: str  # query, path, header
    schema: Schema
    required: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """One documented answer: its JSON schema (None: no body) and the headers it carries besides the usual.

    `others` are further media types of the same answer, where the client may choose.
    """

    schema: Schema | None = None
    headers: tuple[str, ...] = ()
    media_type: str = "application/json"
    others: tuple[str, ...] = ()


class Answer(NamedTuple):
    """What a handler gives back. `body` is ready bytes; the gateway adds the common headers."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = MappingProxyType({})
    media_type: str = "application/json"


class Query:
    """The query string: last value wins for single parameters, unknown names are ignored."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._pairs = pairs

    def get(self, name: str) -> str | None:
        """The last value of a parameter, or None."""
        if not self._pairs:
            return None
        return next((value for key, value in reversed(self._pairs) if key == name), None)

    def items(self) -> Sequence[tuple[str, str]]:
        """Every pair, in order."""
        return self._pairs

    def integer(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds; BadRequest names the parameter and the bounds."""
        text = self.get(name)
        if text is None or text == "":
            return default
        digits = text.removeprefix("-").removeprefix("+")
        number = int(text) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None
        if number is None or not least <= number <= most:
            raise BadRequest(f"The query parameter '{name}' must be a whole number from {least} to {most}")
        return number

    def boolean(self, name: str, default: bool) -> bool:
        """`true` or `false`, in any case; BadRequest names the parameter."""
        text = self.get(name)
        if text is None or text == "":
            return default
        if text.lower() not in ("true", "false"):
            raise BadRequest(f"The query parameter '{name}' must be true or false")
        return text.lower() == "true"


@dataclass(slots=True)
class Call:
    """One call of an operation, authenticated and parsed.

    `path` holds the path parameters, decoded. `body` is the parsed JSON (None when the operation takes
    none), `raw` its bytes. `headers` has lower-case names. `base` is the API's absolute URL as this client
    sees it (`http://localhost:4667/cloudapi/v6`); `asked` tells the whole URL called. `region` is the region of
    the address (`de-fra`), empty for an API without regions. `fault` is a provisioning failure to rehearse.
    """

    operation: Operation
    path: Mapping[str, str]
    query: Query
    headers: Mapping[str, str]
    principal: Principal
    address: str
    request_id: str
    base: str
    asked: Callable[[], str]
    region: str = ""
    body: Any = None
    raw: bytes = b""
    fault: Fault | None = None

    @property
    def url(self) -> str:
        """The whole URL called, as this client sees it."""
        return self.asked()


Handler = Callable[[Any, Call], Awaitable[Answer]]
"""`async def handler(cloud, call)`; `cloud` is `ionstack.app.Cloud`: store, clock, engine, identity, settings."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A method on a path of an API.

    `path` is below the API's base, with `{parameters}`; `{name:path}` takes the rest of the path.
    `authorization` narrows the API's methods where one operation
    differs. `access` is who may call. `body` is the schema of the JSON body (None: the operation takes no body), which may be left out if
    it is `bodiless`.
    `errors` are the statuses it may answer with besides those of every operation.
    """

    id: str
    method: str
    path: str
    handler: Handler
    replies: Mapping[int, Reply]
    tag: str = ""
    summary: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Schema | None = None
    bodiless: bool = False
    authorization: tuple[Authorization, ...] = ()
    errors: tuple[int, ...] = ()
    components: Mapping[str, Schema] = field(default_factory=dict)
    access: Access = field(kw_only=True)

    @property
    def open(self) -> bool:
        """Whether the gateway asks for no credentials of a user."""
        return self.access.open


def api_path(api: Api, operation: Operation) -> str:
    """The operation's path below the API's host."""
    return f"{api.base}{operation.path}"
