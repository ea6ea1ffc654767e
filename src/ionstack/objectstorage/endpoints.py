"""The hosts of object storage: which region one means, and which bucket stands before it.

The vendor's own hosts, their older spellings and website hosts, and the same names below `localhost` and the
server's domain. `s3.ionos.com` is none of them: it is the JSON Management API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

REGIONS: Mapping[str, tuple[str, ...]] = {
    "eu-central-3": ("s3.eu-central-3.ionoscloud.com",),
    "eu-central-4": ("s3.eu-central-4.ionoscloud.com",),
    "us-central-1": ("s3.us-central-1.ionoscloud.com",),
    "de": (
        "s3.eu-central-1.ionoscloud.com",
        "s3-eu-central-1.ionoscloud.com",
        "s3.de-central.profitbricks.com",
        "s3-de-central.profitbricks.com",
    ),
    "eu-central-2": ("s3.eu-central-2.ionoscloud.com", "s3-eu-central-2.ionoscloud.com"),
    "eu-south-2": ("s3.eu-south-2.ionoscloud.com", "s3-eu-south-2.ionoscloud.com"),
}
"""The official hosts of each region; Frankfurt is called `de` and has `eu-central-1` in its host."""

WEBSITES: Mapping[str, tuple[str, ...]] = {
    region: (
        f"s3-website-{region}.ionoscloud.com",
        *(("s3-website-eu-central-1.ionoscloud.com",) if region == "de" else ()),
    )
    for region in REGIONS
}
"""The hosts that serve buckets as web sites."""


class Storage(NamedTuple):
    """What a host says of a call to object storage.

    Without a `region` the credentials name it; without a `bucket` the path does.
    """

    region: str = ""
    bucket: str = ""
    website: bool = False


class Endpoints:
    """The hosts of object storage that one server answers to.

    `domain` is the server's own. Where object storage is all there is (`alone`, on its own port), buckets may
    also stand directly before `localhost` and the domain.
    """

    def __init__(self, domain: str | None = None, *, alone: bool = False) -> None:
        self._hosts: dict[str, Storage] = {}
        suffixes = ("localhost", *((domain,) if domain else ()))
        for website, table in ((False, REGIONS), (True, WEBSITES)):
            for region, hosts in table.items():
                for host in hosts:
                    name = host.removesuffix(".ionoscloud.com").removesuffix(".profitbricks.com")
                    for spelling in (host, *(f"{name}.{suffix}" for suffix in suffixes)):
                        self._hosts[spelling] = Storage(region, website=website)
        for suffix in suffixes:
            self._hosts[f"s3.{suffix}"] = Storage()
            if alone:
                self._hosts[suffix] = Storage()

    def find(self, host: str) -> Storage | None:
        """What a host name (lower case, without port) means, or None if it is no host of object storage."""
        bucket, rest = "", host
        while rest:
            found = self._hosts.get(rest)
            if found is not None:
                return found._replace(bucket=bucket) if bucket else found
            label, _, rest = rest.partition(".")
            bucket = f"{bucket}.{label}" if bucket else label
        return None
