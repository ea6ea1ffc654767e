from __future__ import annotations

import json
from pathlib import Path

from ionstack.identity.privileges import ALL, PRIVILEGES, of_role


def test_names_follow_the_group_properties() -> None:
    assert PRIVILEGES["createDataCenter"] == "CREATE_DATA_CENTER"
    assert PRIVILEGES["createK8sCluster"] == "CREATE_K8S_CLUSTER"
    assert PRIVILEGES["s3Privilege"] == "ACCESS_S3_OBJECT_STORAGE"
    assert PRIVILEGES["manageDBaaS"] == "MANAGE_DBAAS"
    assert len(ALL) == len(PRIVILEGES)


def test_every_privilege_of_a_group_has_a_name() -> None:
    reference = Path(__file__).parents[2] / "reference" / "cloudapi.json"
    group = json.loads(reference.read_text())["components"]["schemas"]["GroupProperties"]["properties"]
    assert {name for name, schema in group.items() if schema["type"] == "boolean"} == set(PRIVILEGES)


def test_owners_and_administrators_have_all() -> None:
    assert of_role("owner") == of_role("administrator") == ALL
    assert of_role("user") == frozenset()
