"""The ledger: what the vendor has is served or declined with a reason, and what is served is the vendor's.

The vendor's side is the pinned documents in `tests/reference`. The README's table is held to the same facts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from ionstack.apis import reference
from ionstack.apis.index import APIS
from ionstack.apis.reference.declined import DECLINED, reasons
from ionstack.catalogue.api import Api
from ionstack.gateway import openapi
from tests.ledger.allowed import ALLOWED
from tests.ledger.shapes import Difference, Ledger, differences

DOCUMENTS = Path(__file__).parents[1] / "reference"
README = Path(__file__).parents[2] / "README.md"
OWN = {("auth", "jwksGet"): "services of one's own verify tokens with it"}
"""What is served though the vendor does not have it."""

each = pytest.mark.parametrize("api", APIS, ids=lambda api: api.name)


def _served(api: Api) -> dict[tuple[str, str], str]:
    """Operation ids by path and method."""
    if api.apart is not None:
        return dict(api.apart())
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


@cache
def _differences(api: Api) -> Sequence[Difference]:
    """How the operations that are served differ from the vendor's, field by field."""
    ours = Ledger(openapi.document(api, api.operations() if api.operations else (), "")).shapes()
    theirs = Ledger(json.loads((DOCUMENTS / f"{api.name}.json").read_bytes())).shapes()
    return [
        found
        for id, shape in ours.items()
        if (api.name, id) not in OWN
        for found in differences(id, shape, theirs[id])
    ]


@pytest.mark.parametrize("api", [api for api in APIS if api.documented], ids=lambda api: api.name)
def test_what_is_served_looks_like_the_vendors_but_for_what_is_allowed(api: Api) -> None:
    texts = [str(one) for one in _differences(api)]
    strange = [text for text in texts if not any(fnmatchcase(text, pattern) for pattern in ALLOWED)]
    assert not strange, "mend these, or allow them with a reason:\n" + "\n".join(strange)


def test_nothing_is_allowed_that_is_no_longer_different() -> None:
    texts = [str(one) for api in APIS if api.documented for one in _differences(api)]
    assert [pattern for pattern in ALLOWED if not any(fnmatchcase(text, pattern) for text in texts)] == []


def test_the_readme_names_what_is_served_and_counts_the_rest() -> None:
    table = re.search(r"<!-- served -->\n(.*)<!-- /served -->", README.read_text("utf-8"), re.DOTALL)
    assert table
    named = [line.split("|")[1].strip() for line in table[1].splitlines()[2:]]
    served = [api for api in APIS if api.served]
    assert named[:-1] == [f"{api.title} {api.version}" for api in served]
    assert named[-1] == f"the other {len(APIS) - len(served)} APIs"
