"""The file that clients read: an address for each product and location."""

from __future__ import annotations

from typing import Any

import yaml  # type: ignore[import-untyped]

from ionstack.apis.index import APIS
from ionstack.cli.client_config import PRODUCTS, document

ROOT = "http://127.0.0.1:4667"


def _products(text: str) -> dict[str, list[dict[str, str]]]:
    parsed: dict[str, Any] = yaml.safe_load(text)
    (environment,) = parsed["environments"]
    return {product["name"]: product["endpoints"] for product in environment["products"]}


def test_the_profile_holds_the_token_alone() -> None:
    parsed = yaml.safe_load(document(APIS, ROOT, "a.b.c"))
    assert parsed["version"] == 1.0
    (profile,) = parsed["profiles"]
    assert profile == {"name": "ionstack", "environment": "ionstack", "credentials": {"token": "a.b.c"}}
    assert parsed["currentProfile"] == "ionstack"


def test_products_at_the_root_keep_their_official_paths() -> None:
    products = _products(document(APIS, ROOT, "t"))
    assert products["cloud"] == [{"name": f"{ROOT}/cloudapi/v6"}]
    assert products["auth"] == [{"name": f"{ROOT}/auth/v1"}]
    assert products["psql"] == [{"name": f"{ROOT}/databases/postgresql"}]


def test_products_of_many_regions_have_an_address_for_each() -> None:
    products = _products(document(APIS, ROOT, "t"))
    assert {"location": "de/fra", "name": f"{ROOT}/mariadb/de-fra"} in products["mariadb"]
    assert all("location" in endpoint for endpoint in products["kafka"])
    assert products["dns"] == [{"name": f"{ROOT}/dns"}]


def test_every_product_is_one_of_ours_and_is_named_once() -> None:
    assert set(PRODUCTS) <= {api.name for api in APIS}
    assert len(_products(document(APIS, ROOT, "t"))) == len(PRODUCTS)


def test_an_authority_is_carried_along() -> None:
    pem = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n"
    assert yaml.safe_load(document(APIS, ROOT, "t", pem))["environments"][0]["certificateAuthData"] == pem
