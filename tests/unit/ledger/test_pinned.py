"""What the calls of the tests are held to tells right from wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests import pinned

LANS = "/cloudapi/v6/datacenters/5f7e9d6e-0d4b-4a52-9b23-0c1d3b9b7a11/lans"


def call(body: Any, answer: Any, status: int = 202) -> None:
    pinned.check("POST", LANS, json.dumps(body).encode(), status, json.dumps(answer).encode())


def lan(**properties: Any) -> dict[str, Any]:
    return {"id": "1", "type": "lan", "properties": {"name": "web", **properties}}


def test_what_the_document_has_passes() -> None:
    call({"properties": {"name": "web", "public": True}}, lan(public=True))
    call({"properties": {"name": "web"}}, lan(pcc=None))


@pytest.mark.parametrize(
    ("body", "answer", "told"),
    [
        ({"properties": {}}, lan(public="yes"), 'datacentersLansPost: 202 properties.public: "yes"'),
        ({"properties": {}}, lan(colour="red"), "'colour' was unexpected"),
        ({"properties": {}}, {**lan(), "type": "cow"}, "datacentersLansPost: 202 type"),
        ({"properties": {}}, {"id": "1"}, '"properties" is a required property'),
        ({"properties": {"name": 5}}, lan(), "datacentersLansPost: sent properties.name: 5"),
        ({"properties": {}, "colour": "red"}, lan(), "datacentersLansPost: sent : "),
    ],
)
def test_what_it_does_not_have_is_told(body: Any, answer: Any, told: str) -> None:
    with pytest.raises(AssertionError) as strange:
        call(body, answer)
    assert told in str(strange.value)


def test_errors_are_held_to_the_shape_of_errors_and_what_they_refuse_is_not() -> None:
    call({"properties": {"name": 5}}, {"httpStatus": 422, "messages": []}, 422)
    with pytest.raises(AssertionError):
        call({}, {"httpStatus": "422"}, 422)
