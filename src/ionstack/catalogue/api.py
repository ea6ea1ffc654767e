"""An API of the cloud: where it is reached, who may call it, and what it can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ionstack.catalogue.operation import Operation


class Authorization(Enum):
    """How a caller may prove who they are; the value is the word the vendor's table uses."""

    BASIC = "Basic"
    BEARER = "Bearer"
    SIGNATURE = "AWS Signature V4"


@dataclass(frozen=True, slots=True)
class Api:
    """One row of the API table.

    `name` is unique and is the name of its folder under `apis/` and of its reference document. Its path is
    `base`, below the official host `host` (`{region}` stands for each of `regions`, as `de-fra`) and below
    the prefix `/<product>[/<region>]` on Ionstack's own address. Several versions of one product share host
    and product and differ in `base`. An API on `api.ionos.com` has no product prefix: its base is its path.
    `operations` is called once, when the API is first served; without it the API is not served yet,
    unless by an application of its own: then `apart` gives the ids of its operations by path and method.
    """

    name: str
    title: str
    version: str
    authorization: tuple[Authorization, ...]
    host: str
    base: str
    family: str
    product: str = ""
    regions: tuple[str, ...] = ()
    operations: Callable[[], Sequence[Operation]] | None = None
    apart: Callable[[], Mapping[tuple[str, str], str]] | None = None

    @property
    def served(self) -> bool:
        """Whether any of its operations is served."""
        return self.operations is not None or self.apart is not None

    @property
    def documented(self) -> bool:
        """Whether the gateway serves it, and with it an OpenAPI document."""
        return self.operations is not None

    @property
    def hosts(self) -> Mapping[str, str]:
        """The official host for each region; under the empty name that of an API without regions."""
        return {region: self.host.replace("{region}", region) for region in self.regions or ("",)}
