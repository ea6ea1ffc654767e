"""Policies: what they let through, what they refuse, and which make a bucket public."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionstack.errors import S3Error
from ionstack.objectstorage.access import policy
from ionstack.objectstorage.access.conditions import pattern
from ionstack.objectstorage.access.policy import ALLOW, DENY

pytestmark = pytest.mark.unit
ME = frozenset(["me", "arn:aws:iam:::user/me"])
NOBODY: frozenset[str] = frozenset()


def statement(**more: Any) -> dict[str, Any]:
    """A statement that lets everybody do everything to the bucket."""
    return {"Effect": ALLOW, "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::bucket/*", **more}


def parsed(*statements: dict[str, Any]) -> policy.Policy:
    """A policy of statements."""
    return policy.parse(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def effect(
    one: policy.Policy,
    names: frozenset[str] = ME,
    action: str = "s3:GetObject",
    key: str = "a/b",
    facts: Mapping[str, str] | None = None,
) -> str:
    """What a policy says to a caller of an object; facts have `_` for the colon."""
    known = {name.replace("_", ":", 1).lower(): value for name, value in (facts or {}).items()}
    return one.effect(
        names, action, f"arn:aws:s3:::bucket/{key}", lambda k: [known[k]] if k in known else None
    )


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({}, ALLOW),
        ({"Principal": {"AWS": "*"}}, ALLOW),
        ({"Principal": {"AWS": ["arn:aws:iam:::user/me", "x"]}}, ALLOW),
        ({"Principal": {"CanonicalUser": "me"}}, ALLOW),
        ({"Principal": {"AWS": "arn:aws:iam:::user/other"}}, ""),
        ({"Action": "s3:Get*"}, ALLOW),
        ({"Action": "S3:getobject"}, ALLOW),
        ({"Action": ["s3:PutObject", "s3:GetObject?"]}, ""),
        ({"Resource": "arn:aws:s3:::bucket"}, ""),
        ({"Resource": "arn:aws:s3:::bucket/a/*"}, ALLOW),
        ({"Resource": "arn:aws:s3:::bucket/A/*"}, ""),
        ({"Resource": "arn:aws:s3:::*/?/b"}, ALLOW),
        ({"Effect": DENY}, DENY),
    ],
)
def test_a_statement_speaks_of_who_what_and_where(change: dict[str, Any], wanted: str) -> None:
    assert effect(parsed(statement(**change))) == wanted


def test_a_list_may_be_turned_round() -> None:
    others = {key: value for key, value in statement().items() if key != "Action"}
    assert effect(parsed({**others, "NotAction": "s3:PutObject"})) == ALLOW
    assert effect(parsed({**others, "NotAction": "s3:GetObject"})) == ""
    others = {key: value for key, value in statement(Effect=DENY).items() if key != "Principal"}
    assert effect(parsed({**others, "NotPrincipal": {"AWS": "me"}})) == ""
    assert effect(parsed({**others, "NotPrincipal": {"AWS": "you"}})) == DENY


def test_a_deny_wins_wherever_it_stands() -> None:
    allow, deny = statement(), statement(Effect=DENY, Action="s3:GetObject")
    assert effect(parsed(allow, deny)) == effect(parsed(deny, allow)) == DENY
    assert effect(parsed(allow, deny), action="s3:PutObject") == ALLOW


@pytest.mark.parametrize(
    ("condition", "facts", "holds"),
    [
        ({"StringEquals": {"s3:prefix": ["a", "b"]}}, {"s3_prefix": "b"}, True),
        ({"StringEquals": {"s3:prefix": "a"}}, {"s3_prefix": "A"}, False),
        ({"StringEquals": {"s3:prefix": "a"}}, {}, False),
        ({"StringEqualsIfExists": {"s3:prefix": "a"}}, {}, True),
        ({"StringNotEquals": {"s3:prefix": "a"}}, {}, True),
        ({"StringNotEquals": {"s3:prefix": ["a", "b"]}}, {"s3_prefix": "b"}, False),
        ({"StringLike": {"s3:prefix": "a*"}}, {"s3_prefix": "abc"}, True),
        ({"StringNotLike": {"s3:prefix": "a*"}}, {"s3_prefix": "abc"}, False),
        ({"NumericLessThan": {"s3:max-keys": "10"}}, {"s3_max-keys": "9"}, True),
        ({"NumericLessThan": {"s3:max-keys": "10"}}, {"s3_max-keys": "many"}, False),
        ({"Bool": {"aws:SecureTransport": False}}, {"aws_SecureTransport": "false"}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws_SourceIp": "10.1.2.3"}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws_SourceIp": "::1"}, False),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws_SourceIp": "10.1.2.3"}, False),
        (
            {"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
            {"aws_CurrentTime": "1767225601"},
            True,
        ),
        (
            {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
            {"aws_CurrentTime": "1767225601"},
            False,
        ),
        ({"Null": {"s3:prefix": "true"}}, {}, True),
        ({"Null": {"s3:prefix": "true"}}, {"s3_prefix": "a"}, False),
        (
            {"StringEquals": {"s3:prefix": "a"}, "Bool": {"aws:SecureTransport": "true"}},
            {"s3_prefix": "a"},
            False,
        ),
    ],
)
def test_every_condition_must_hold(condition: dict[str, Any], facts: dict[str, str], holds: bool) -> None:
    assert (effect(parsed(statement(Condition=condition)), facts=facts) == ALLOW) == holds


@pytest.mark.parametrize(
    ("change", "public"),
    [
        ({}, True),
        ({"Principal": {"AWS": "me"}}, False),
        ({"Effect": DENY}, False),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, False),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}, True),
        ({"Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, True),
        ({"Condition": {"StringEquals": {"s3:prefix": "a"}}}, True),
    ],
)
def test_which_policies_are_public(change: dict[str, Any], public: bool) -> None:
    assert parsed(statement(**change)).public == public


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", "nonsense", '{"Version": "2012-10-17"}', '{"Version": "2020-01-01", "Statement": []}',
        json.dumps({"Statement": [{}]}),
        json.dumps({"Statement": [statement(Effect="Maybe")]}),
        json.dumps({"Statement": [statement(Action="ec2:Run")]}),
        json.dumps({"Statement": [statement(Action=7)]}),
        json.dumps({"Statement": [statement(Principal="me")]}),
        json.dumps({"Statement": [statement(NotAction="s3:GetObject")]}),
        json.dumps({"Statement": [statement(Condition={"StringSounds": {"a": "b"}})]}),
        json.dumps({"Statement": [statement(Unknown=1)]}),
        json.dumps({"Statement": [statement(Resource="arn:aws:s3:::other/*")]}),
    ],
)  # fmt: skip
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(S3Error, match="MalformedPolicy"):
        policy.prove(text, "bucket", "user")


def test_a_policy_may_be_as_long_as_its_kind_of_bucket_allows() -> None:
    long = json.dumps({"Statement": [statement(Sid="x" * 30_000)]})
    policy.prove(long, "bucket", "contract")
    with pytest.raises(S3Error, match="MalformedPolicy"):
        policy.prove(long, "bucket", "user")


@given(st.lists(st.sampled_from(["*", "?", "a", "b"]), max_size=8), st.text("ab", max_size=8))
def test_patterns_match_as_slower_ones_do(parts: list[str], text: str) -> None:
    slow = re.compile("".join({"*": ".*", "?": "."}.get(part, part) for part in parts))
    assert pattern("".join(parts)).matches(text) == (slow.fullmatch(text) is not None)


def test_no_pattern_takes_for_ever() -> None:
    assert not pattern("*a" * 500 + "c").matches("a" * 1024 + "b")
