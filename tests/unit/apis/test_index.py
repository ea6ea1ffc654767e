"""The table of APIs agrees with the pinned documents, and no two of its addresses collide."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ionstack.apis.index import APIS, OFFICIAL
from ionstack.catalogue.api import Api, Authorization
from ionstack.gateway.address import mount, public_path

DOCUMENTS = Path(__file__).parents[2] / "reference"
OWN = {"_ionstack", "docs"}
each = pytest.mark.parametrize("api", APIS, ids=lambda api: api.name)


def _document(api: Api) -> Any:
    return json.loads((DOCUMENTS / f"{api.name}.json").read_bytes())


def test_there_is_a_row_for_each_document() -> None:
    assert [api.name for api in APIS] == list(dict.fromkeys(api.name for api in APIS))
    assert {api.name for api in APIS} == {path.stem for path in DOCUMENTS.glob("*.json")}
    assert len(APIS) == 31


@each
def test_its_addresses_are_those_of_the_document(api: Api) -> None:
    written = {server["url"] for server in _document(api)["servers"]}
    ours = {f"https://{api.host.replace('{region}', region)}{api.base}" for region in api.regions or ("",)}
    if api.name == "activitylog":  # its document counts the base among the paths
        written = {f"{url}/activitylog/v1" for url in written}
    older = {"https://s3.de-central.profitbricks.com"}
    assert ours == written - older


@each
def test_its_authorization_is_no_wider_than_the_document(api: Api) -> None:
    schemes = " ".join(_document(api)["components"]["securitySchemes"]).lower()
    words = {Authorization.BASIC: "basic", Authorization.BEARER: "token", Authorization.SIGNATURE: "sigv4"}
    assert api.authorization
    assert all(words[method] in schemes for method in api.authorization)


@each
def test_its_region_is_part_of_its_host(api: Api) -> None:
    assert bool(api.regions) == ("{region}" in api.host)
    assert bool(api.product) == (api.host != OFFICIAL)


def test_mounts_and_paths_are_unique_but_for_object_storage() -> None:
    apis = [api for api in APIS if api.family != "s3"]
    assert len({mount(api) for api in apis}) == len(apis)
    assert len({public_path(api, "de-fra") for api in apis}) == len(apis)


def test_prefixes_of_products_hide_no_path_of_the_root() -> None:
    first = {api.base.split("/")[1] for api in APIS if not api.product} | OWN
    assert not first & {api.product for api in APIS if api.family != "s3"}


def test_what_is_served_declares_operations() -> None:
    served = {api.name: api.operations or api.apart for api in APIS if api.served}
    assert {"cloudapi", "auth", "objectstorage", "userobjectstorage"} <= set(served)
    assert all(operations is not None and operations() for operations in served.values())
