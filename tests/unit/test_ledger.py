"""The ledger: what the vendor has is served or declined with a reason, and the README says what is served."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ionstack.apis import reference
from ionstack.apis.index import APIS
from ionstack.apis.reference.declined import DECLINED, reasons
from ionstack.catalogue.api import Api

README = Path(__file__).parents[2] / "README.md"
OWN = {("auth", "jwksGet"): "services of one's own verify tokens with it"}
"""What is served though the vendor does not have it."""

each = pytest.mark.parametrize("api", APIS, ids=lambda api: api.name)


def _served(api: Api) -> dict[tuple[str, str], str]:
    """Operation ids by path and method."""
    operations = api.operations() if api.operations else ()
    return {(one.path.replace(":path}", "}"), one.method): one.id for one in operations}


def _vendors(api: Api) -> dict[tuple[str, str], str]:
    return {
        (path, method): id
        for path, methods in reference.operations(api).items()
        for method, id in methods.items()
    }


@each
def test_every_operation_is_served_or_declined(api: Api) -> None:
    served = _served(api)
    for (path, method), id in _vendors(api).items():
        found = reasons(api, path, id)
        if (path, method) in served:
            assert not found, f"{method} {path} is served: take it off the declined"
        else:
            assert found, f"{method} {path} ({id}) is neither served nor declined"


@each
def test_what_is_served_is_the_vendors_by_the_vendors_name(api: Api) -> None:
    own = {id for name, id in OWN if name == api.name}
    served = {place: id for place, id in _served(api).items() if id not in own}
    assert served == {place: id for place, id in _vendors(api).items() if place in served}
    assert own <= set(_served(api).values()) - set(_vendors(api).values())


def test_nothing_is_declined_that_does_not_exist() -> None:
    by_name = {api.name: api for api in APIS}
    for name, rows in DECLINED.items():
        vendors = _vendors(by_name[name])
        used = {row for (path, _), id in vendors.items() for row in reasons(by_name[name], path, id)}
        assert used == set(rows), name
        assert all(reason.strip() for reason in rows.values())


def test_the_readme_names_what_is_served_and_counts_the_rest() -> None:
    table = re.search(r"<!-- served -->\n(.*)<!-- /served -->", README.read_text("utf-8"), re.DOTALL)
    assert table
    named = [line.split("|")[1].strip() for line in table[1].splitlines()[2:]]
    served = [api for api in APIS if api.served]
    assert named[:-1] == [f"{api.title} {api.version}" for api in served]
    assert named[-1] == f"the other {len(APIS) - len(served)} APIs"
