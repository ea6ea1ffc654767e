"""Where a call goes: from host and path to one canonical path for each place of each API.

A product with a host of its own is reached by the official host (`kafka.de-txl.ionos.com`), by the same name
below `localhost` or the server's domain (`kafka.de-txl.localhost`) and by a prefix of the path
(`/kafka/de-txl/clusters`): all three become `/~kafka/clusters`. The APIs of `api.ionos.com` keep their paths.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from ionstack.apis.index import OFFICIAL
from ionstack.catalogue.api import Api
from ionstack.errors import BadRequest, NotFound
from ionstack.objectstorage.endpoints import Endpoints, Storage

LONGEST_PATH = 8192
"""Bytes of the longest path that is read."""

SLASH = "\ufdd0"
"""Stands for a `/` inside a segment (sent as `%2F`); a code point that Unicode keeps for inner use."""

_PLAIN = re.compile(rb"(?:/[!-$&-.0-~]++)++")  # nothing to decode, nothing to drop: most paths
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_REFUSED = re.compile(f"[\x00-\x1f\x7f-\x9f{SLASH}]")


class Address(NamedTuple):
    """Where a call goes.

    `path` is the canonical path, for routing. `product` and `region` are empty for the APIs of the root.
    `prefix` is the part of the client's path that named product and region. With `storage` set the call is
    for object storage, and `path` is what was sent, untouched.
    """

    path: str
    product: str = ""
    region: str = ""
    prefix: str = ""
    storage: Storage | None = None

    @property
    def full_prefix(self) -> str:
        """The prefix that names product and region on the server's own address, however the client named them."""
        return "/".join(["", *filter(None, (self.product, self.region))])

    @property
    def api_path(self) -> str:
        """The path below the API's official host: `/cloudapi/v6/datacenters`, `/v2/clusters`."""
        return self.path[len(self.product) + 2 :] or "/" if self.product else self.path


class _Product(NamedTuple):
    """A product with a host of its own. `only` is the region of a product that has but one host, or ""."""

    name: str
    regions: frozenset[str]
    single: bool
    only: str


def mount(api: Api) -> str:
    """The canonical path of an API, below which its operations lie."""
    return f"/~{api.product}{api.base}" if api.product else api.base


def public_path(api: Api, region: str = "") -> str:
    """The path of an API below the server's own address; `region` counts if it has several."""
    if not api.product or api.family == "s3":
        return api.base
    return f"/{api.product}{f'/{region}' if len(api.regions) > 1 else ''}{api.base}"


def own_host(host: str, address: Address) -> str:
    """The server's own host, as seen from the one that was called, which may name a product.

    Beside the official hosts it is `api.ionos.com`, below a domain the domain itself.
    """
    if not address.product or address.prefix:
        return host
    name, colon, port = host.partition(":")
    if name.lower().endswith(".ionos.com"):
        return OFFICIAL + colon + port
    labels = len(f"{address.product}.")
    below = name[labels:].removeprefix(f"{address.region}.") if address.region else name[labels:]
    return below + colon + port


def unmarked(parameters: Mapping[str, str]) -> Mapping[str, str]:
    """Parts of a canonical path as the client meant them."""
    return {name: value.replace(SLASH, "/") for name, value in parameters.items()}


def canonical(raw: bytes) -> str:
    """A path as sent, in its canonical spelling; BadRequest if it cannot be read.

    Repeated and trailing slashes are dropped, escapes are decoded inside their segment. `.` and `..` are
    segments like any other.
    """
    if len(raw) > LONGEST_PATH:
        raise BadRequest(f"The path is longer than {LONGEST_PATH} bytes")
    if _PLAIN.fullmatch(raw):
        return raw.decode("ascii")
    if raw and not raw.startswith(b"/"):
        raise BadRequest("The path must begin with a slash")
    return "/" + "/".join(_segment(segment) for segment in raw.split(b"/") if segment)


def _segment(raw: bytes) -> str:
    if _BAD_ESCAPE.search(raw):
        raise BadRequest("The path holds a '%' that two hexadecimal digits do not follow")
    try:
        text = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("The path is not UTF-8") from None
    if _REFUSED.search(text):
        raise BadRequest("The path holds a control character")
    return text.replace("/", SLASH)


class Addresses:
    """All addresses of a server: the hosts and prefixes of `apis`, below `domain` too if there is one."""

    def __init__(self, apis: Iterable[Api], domain: str | None = None) -> None:
        apis = [api for api in apis if api.product and api.family != "s3"]
        self._products = {product.name: product for product in _products(apis)}
        self._hosts = _hosts(apis, self._products, ("localhost", *((domain,) if domain else ())))
        self._endpoints = Endpoints(domain)
        self._of_host = lru_cache(1024)(self._resolve)

    def locate(self, host: str, raw: bytes, *, signed: bool = False) -> Address:
        """The address of a call to `host` (lower case, without port) with the path `raw`.

        An unknown host is the server's own. `signed` tells that the call carries a signature of S3. Raises
        BadRequest for a path that cannot be read or lacks its region, NotFound for one of our inner ones.
        """
        place = self._of_host(host)
        if isinstance(place, Storage) or (signed and place is None):
            return Address(raw.decode("latin-1"), storage=place or Storage())
        path = canonical(raw)
        if place is None:
            return self._at_root(path)
        product, region = place
        return Address(f"/~{product}{path}".removesuffix("/"), product, region)

    def _resolve(self, host: str) -> tuple[str, str] | Storage | None:
        return self._hosts.get(host) or self._endpoints.find(host)

    def _at_root(self, path: str) -> Address:
        name, _, rest = path[1:].partition("/")
        product = self._products.get(name)
        if product is None:
            if name.startswith("~"):
                raise NotFound(f"There is no such path here: {path[:200]}")
            return Address(path)
        region, _, below = rest.partition("/")
        if region in product.regions:
            return Address(f"/~{name}/{below}".removesuffix("/"), name, region, f"/{name}/{region}")
        if product.single:
            return Address(f"/~{name}/{rest}".removesuffix("/"), name, product.only, f"/{name}")
        raise BadRequest(
            f"The path must name a region: /{name}/<region>/..., one of {', '.join(sorted(product.regions))}"
        )


def _products(apis: list[Api]) -> Iterable[_Product]:
    """The products, each with the regions of all its versions."""
    for name in dict.fromkeys(api.product for api in apis):
        regions = frozenset(region for api in apis if api.product == name for region in api.regions)
        yield _Product(name, regions, len(regions) < 2, min(regions, default="") if len(regions) < 2 else "")


def _hosts(
    apis: list[Api], products: dict[str, _Product], suffixes: tuple[str, ...]
) -> dict[str, tuple[str, str]]:
    """Product and region by host."""
    hosts: dict[str, tuple[str, str]] = {}
    for api in apis:
        for region, host in api.hosts.items():
            hosts[host] = (api.product, region)
            for suffix in suffixes:
                hosts[".".join(filter(None, (api.product, region, suffix)))] = (api.product, region)
    for product in products.values():
        if product.single:
            hosts |= {f"{product.name}.{suffix}": (product.name, product.only) for suffix in suffixes}
    return hosts
