"""Every operation called about nothing that there is: an answer of the API's own, never a stumble."""

from __future__ import annotations

import pytest

from ionstack.apis import cloudapi
from ionstack.catalogue.operation import Operation
from tests.api.conftest import Running
from tests.api.test_contracts_apart import minimal

NOBODY = "00000000-0000-4000-8000-000000000000"


def test_all_266_operations_are_served() -> None:
    assert len(cloudapi.operations()) == 266


@pytest.mark.parametrize("id", [NOBODY, "7", "no such thing", "%00", "é"])
async def test_unknown_ids_are_told_in_the_apis_own_words(alone: Running, id: str) -> None:
    for operation in cloudapi.operations():
        answer = await alone.api.request(
            operation.method, _filled(operation, id), json=minimal(operation.body) if operation.body else None
        )
        told = f"{operation.id}: {answer.status_code} {answer.text[:200]}"
        assert answer.status_code < 500, told
        assert answer.status_code != 405, told
        if "{" in operation.path and answer.status_code == 404:
            assert answer.json()["messages"][0]["errorCode"] == "309", told
        if answer.status_code >= 400:
            assert answer.json()["httpStatus"] == answer.status_code, told


def _filled(operation: Operation, id: str) -> str:
    return "/".join(id if part.startswith("{") else part for part in operation.path.split("/"))
