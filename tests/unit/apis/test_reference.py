"""The table of the vendor's operations is the pinned documents', and its lookup tells what exists."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from ionstack.apis import reference
from ionstack.apis.index import APIS
from ionstack.catalogue.api import Api

ROOT = Path(__file__).parents[3]
BY_NAME = {api.name: api for api in APIS}


def test_the_table_is_what_the_script_makes_of_the_documents() -> None:
    script = runpy.run_path(str(ROOT / "scripts/pin-reference"))
    assert script["TABLE"].read_text("utf-8") == script["table"](), "run scripts/pin-reference"


def test_all_operations_are_in_it() -> None:
    counts = {api.name: sum(map(len, reference.operations(api).values())) for api in APIS}
    assert counts["cloudapi"] == 266
    assert counts["auth"] == 5
    assert sum(counts.values()) == 703


@pytest.mark.parametrize("api", [api for api in APIS if api.family != "s3"], ids=lambda api: api.name)
def test_every_operation_is_found_at_its_path(api: Api) -> None:
    for path, methods in reference.operations(api).items():
        filled = "/".join("x" if part.startswith("{") else part for part in path.split("/"))
        found = reference.find(api.product, (api.base + filled).rstrip("/") or "/")
        assert found.api is api
        assert found.operations == methods, path


@pytest.mark.parametrize(
    ("product", "path", "api", "methods"),
    [
        ("", "/cloudapi/v6/datacenters", "cloudapi", {"GET", "POST"}),
        ("", "/cloudapi/v6", "cloudapi", {"GET"}),
        ("", "/cloudapi/v6/nonsense", "cloudapi", set()),
        ("", "/cloudapi/v66", None, set()),
        ("", "/", None, set()),
        ("", "/clusters", None, set()),
        ("", "/activitylog/v1", "activitylog", {"GET"}),
        ("mariadb", "/clusters/x", "mariadb", {"GET", "PATCH", "DELETE"}),
        ("mariadb", "/v2/clusters/x", "mariadbv2", {"GET", "PUT", "DELETE"}),
        ("mariadb", "/v2", "mariadbv2", set()),
        ("openai", "/v1/models", "openai", {"GET"}),
        ("openai", "/models", None, set()),
        ("s3", "/bucket", None, set()),
        ("unknown", "/clusters", None, set()),
    ],
)
def test_a_path_belongs_to_the_api_with_the_longest_base(
    product: str, path: str, api: str | None, methods: set[str]
) -> None:
    found = reference.find(product, path)
    assert (found.api.name if found.api else None, set(found.operations)) == (api, methods)


def test_a_literal_segment_comes_before_a_parameter() -> None:
    api = BY_NAME["postgresql"]
    assert reference.match(api, "/databases/postgresql/clusters/backups") == {"GET": "clustersBackupsGet"}
    below_a_parameter = reference.match(api, "/databases/postgresql/clusters/backups/versions")
    assert below_a_parameter == reference.match(api, "/databases/postgresql/clusters/backups/anything")
