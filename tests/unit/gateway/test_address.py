"""Hosts, prefixes and paths lead to one canonical address; whatever is sent, nothing but a 400 or a 404 comes of it."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from falcon.routing import CompiledRouter
from hypothesis import given, settings
from hypothesis import strategies as st

from ionstack.apis.index import APIS
from ionstack.catalogue.api import Api
from ionstack.errors import BadRequest, NotFound
from ionstack.gateway.address import (
    LONGEST_PATH,
    SLASH,
    Address,
    Addresses,
    canonical,
    mount,
    own_host,
    public_path,
    unmarked,
)
from ionstack.objectstorage.endpoints import Storage

ADDRESSES = Addresses(APIS, "cloud.test")
BY_NAME = {api.name: api for api in APIS}

segments = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=[SLASH, *map(chr, [*range(32), *range(127, 160)])]),
    min_size=1,
)  # fmt: skip


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("kafka.de-txl.ionos.com", b"/clusters/x"),
        ("kafka.de-txl.localhost", b"/clusters/x"),
        ("kafka.de-txl.cloud.test", b"/clusters/x/"),
        ("127.0.0.1", b"/kafka/de-txl/clusters/x"),
        ("anything.example", b"//kafka//de-txl/clusters//x//"),
        ("api.ionos.com", b"/%6bafka/de%2Dtxl/clusters/x"),
    ],
)
def test_three_ways_lead_to_a_product(host: str, path: bytes) -> None:
    found = ADDRESSES.locate(host, path)
    assert (found.path, found.product, found.region) == ("/~kafka/clusters/x", "kafka", "de-txl")
    assert found.api_path == "/clusters/x"
    assert found.full_prefix == "/kafka/de-txl"
    assert found.prefix == ("/kafka/de-txl" if b"afka" in path else "")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"/dns/zones", Address("/~dns/zones", "dns", "de-fra", "/dns")),
        (b"/dns/de-fra/zones", Address("/~dns/zones", "dns", "de-fra", "/dns/de-fra")),
        (b"/dns/de-txl/zones", Address("/~dns/de-txl/zones", "dns", "de-fra", "/dns")),
        (b"/dns", Address("/~dns", "dns", "de-fra", "/dns")),
        (b"/dns/", Address("/~dns", "dns", "de-fra", "/dns")),
        (b"/dns/de-fra", Address("/~dns", "dns", "de-fra", "/dns/de-fra")),
        (b"/iam/identityproviders", Address("/~iam/identityproviders", "iam", "", "/iam")),
        (b"/openai/v1/models", Address("/~openai/v1/models", "openai", "de-txl", "/openai")),
        (b"/mariadb/gb-bhx/v2/clusters", Address("/~mariadb/v2/clusters", "mariadb", "gb-bhx", "/mariadb/gb-bhx")),
        (b"/cloudapi/v6/", Address("/cloudapi/v6")),
        (b"/", Address("/")),
        (b"", Address("/")),
        (b"/_ionstack/health", Address("/_ionstack/health")),
    ],
)  # fmt: skip
def test_paths_on_the_own_address(path: bytes, expected: Address) -> None:
    assert ADDRESSES.locate("localhost", path) == expected


def test_a_product_of_several_regions_wants_one() -> None:
    for path in (b"/kafka", b"/kafka/clusters", b"/kafka/de-xyz/clusters"):
        with pytest.raises(BadRequest, match="one of de-fra, de-txl"):
            ADDRESSES.locate("localhost", path)


def test_canonical_paths_cannot_be_called_from_outside() -> None:
    for path in (b"/~kafka/clusters", b"/%7Ekafka/clusters", b"//~dns"):
        with pytest.raises(NotFound):
            ADDRESSES.locate("localhost", path)


@pytest.mark.parametrize("api", [api for api in APIS if api.family != "s3"], ids=lambda api: api.name)
def test_each_api_is_reached_by_its_official_address_and_by_its_path(api: Api) -> None:
    for region in api.regions or ("",):
        official = ADDRESSES.locate(api.host.replace("{region}", region), f"{api.base}/x".encode())
        own = ADDRESSES.locate("127.0.0.1", f"{public_path(api, region)}/x".encode())
        assert official.path == own.path == f"{mount(api)}/x"
        assert official.region == own.region == region
        assert official.api_path == own.api_path == f"{api.base}/x"


@pytest.mark.parametrize(
    ("host", "storage"),
    [
        ("s3.eu-central-3.ionoscloud.com", Storage("eu-central-3")),
        ("my.bucket.s3.eu-central-3.ionoscloud.com", Storage("eu-central-3", "my.bucket")),
        ("s3.eu-central-1.ionoscloud.com", Storage("de")),
        ("s3-de-central.profitbricks.com", Storage("de")),
        ("b.s3.de-central.localhost", Storage("de", "b")),
        ("s3.cloud.test", Storage()),
        ("b.s3-website-eu-central-4.ionoscloud.com", Storage("eu-central-4", "b", website=True)),
    ],
)
def test_hosts_of_object_storage_keep_the_path_as_it_was_sent(host: str, storage: Storage) -> None:
    assert ADDRESSES.locate(host, b"/a//b%2F/../c%ff/") == Address("/a//b%2F/../c%ff/", storage=storage)


def test_a_signed_call_on_the_own_address_is_for_object_storage() -> None:
    assert ADDRESSES.locate("localhost", b"/bucket//key", signed=True).storage == Storage()
    assert ADDRESSES.locate("dns.de-fra.ionos.com", b"/zones", signed=True).storage is None


def test_the_management_api_is_no_object_storage() -> None:
    found = ADDRESSES.locate("s3.ionos.com", b"/accesskeys")
    assert found.path == f"{mount(BY_NAME['objectstoragemanagement'])}/accesskeys"


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"/cloudapi/v6//datacenters/", "/cloudapi/v6/datacenters"),
        (b"///", "/"),
        (b"/locations/de/fra%2F2", f"/locations/de/fra{SLASH}2"),
        (b"/a/%2e%2E/b", "/a/../b"),
        (b"/a/./b/..", "/a/./b/.."),
        (b"/a%20b/c+d", "/a b/c+d"),
        ("/grün".encode(), "/grün"),
        (b"/gr%C3%BCn", "/grün"),
    ],
)
def test_spellings_of_a_path(raw: bytes, path: str) -> None:
    assert canonical(raw) == path
    assert canonical(raw + b"/") == path


@pytest.mark.parametrize(
    "raw",
    [
        b"*", b"clusters", b"/%", b"/a%2", b"/%zz", b"/%+1", b"/%00", b"/a\x00b", b"/%0d%0aX: y", b"/%7f", b"/%C2%80",
        b"/%ff", b"/%c3%28", b"/%ED%A0%80", b"/\xff", b"/%EF%B7%90", b"/" + b"a" * LONGEST_PATH,
    ],
)  # fmt: skip
def test_unreadable_paths_are_refused(raw: bytes) -> None:
    with pytest.raises(BadRequest):
        canonical(raw)


@settings(derandomize=True, deadline=None)
@given(st.lists(segments, max_size=5))
def test_segments_come_back_as_they_were_sent(parts: list[str]) -> None:
    path = canonical(b"/" + b"//".join(quote(part, safe="").encode() for part in parts))
    assert (
        list(unmarked({str(n): part for n, part in enumerate(path.split("/")[1:]) if part}).values()) == parts
    )


@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=200) | segments.map(lambda text: f"/{text}".encode()), st.text(max_size=80))
def test_anything_is_located_or_refused(raw: bytes, host: str) -> None:
    try:
        found = ADDRESSES.locate(host, raw)
    except (BadRequest, NotFound):
        return
    assert found.storage or (found.path.startswith("/") and "//" not in found.path)


def test_parameters_match_in_the_compiled_router_and_are_unmarked() -> None:
    router, resource = CompiledRouter(), object()
    router.add_route(f"{mount(BY_NAME['dns'])}/zones/{{zoneId}}", resource)
    found = router.find(ADDRESSES.locate("dns.de-fra.ionos.com", b"/zones/a%2Fb").path)
    assert found is not None
    assert found[0] is resource
    assert unmarked(found[2])["zoneId"] == "a/b"


@pytest.mark.parametrize(
    ("host", "path", "own"),
    [
        ("dns.de-fra.ionos.com:8443", b"/zones", "api.ionos.com:8443"),
        ("dns.de-fra.localhost:4667", b"/zones", "localhost:4667"),
        ("DNS.cloud.test", b"/zones", "cloud.test"),
        ("localhost:4667", b"/dns/zones", "localhost:4667"),
        ("localhost:4667", b"/cloudapi/v6", "localhost:4667"),
    ],
)
def test_the_own_host_beside_a_products(host: str, path: bytes, own: str) -> None:
    address = ADDRESSES.locate(host.partition(":")[0].lower(), path)
    assert own_host(host, address) == own
