"""Which hosts are object storage's, of which region, and which bucket stands before them."""

from __future__ import annotations

import pytest

from ionstack.apis.index import APIS
from ionstack.objectstorage.endpoints import REGIONS, Endpoints, Storage


def test_every_official_host_of_the_table_of_apis_is_known() -> None:
    hosts = {
        api.host.replace("{region}", region) for api in APIS if api.family == "s3" for region in api.regions
    }
    assert hosts <= {host for known in REGIONS.values() for host in known}
    assert all(Endpoints().find(host) for host in hosts)


@pytest.mark.parametrize(
    ("host", "storage"),
    [
        ("s3.eu-central-2.ionoscloud.com", Storage("eu-central-2")),
        ("s3-eu-central-2.ionoscloud.com", Storage("eu-central-2")),
        ("s3.de-central.profitbricks.com", Storage("de")),
        ("s3.us-central-1.localhost", Storage("us-central-1")),
        ("s3-website-eu-south-2.ionoscloud.com", Storage("eu-south-2", website=True)),
        ("s3-website-eu-central-1.localhost", Storage("de", website=True)),
        ("s3-website-de.ionoscloud.com", Storage("de", website=True)),
        ("s3.localhost", Storage()),
        ("b.s3.localhost", Storage(bucket="b")),
        ("s3.s3.localhost", Storage(bucket="s3")),
        ("a.b.c.s3.eu-central-3.ionoscloud.com", Storage("eu-central-3", "a.b.c")),
        ("localhost", None),
        ("b.localhost", None),
        ("s3.ionos.com", None),
        ("s3.eu-west-1.ionoscloud.com", None),
        ("s3.eu-central-3.profitbricks.com", None),
        ("eu-central-3.ionoscloud.com", None),
        ("", None),
        ("127.0.0.1", None),
    ],
)
def test_hosts(host: str, storage: Storage | None) -> None:
    assert Endpoints().find(host) == storage


def test_on_a_port_of_its_own_buckets_stand_before_the_servers_names() -> None:
    alone = Endpoints("cloud.test", alone=True)
    assert alone.find("b.localhost") == Storage(bucket="b")
    assert alone.find("my.bucket.cloud.test") == Storage(bucket="my.bucket")
    assert alone.find("b.s3.eu-central-4.cloud.test") == Storage("eu-central-4", "b")
    assert Endpoints("cloud.test").find("b.cloud.test") is None
