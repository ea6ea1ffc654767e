"""Kubernetes versions: which there are, and which way leads from one to another.

Facts, kept in `facts/kubernetes.json`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import orjson

from ionstack.apis.cloudapi import facts
from ionstack.catalogue.access import MEMBER
from ionstack.catalogue.operation import Answer, Call, Operation, Reply
from ionstack.dialects.cloudapi.parameters import SEARCHING
from ionstack.engine.change import Change
from ionstack.errors import Problem

if TYPE_CHECKING:
    from ionstack.app import Cloud

OLDEST = 3
"""How many minor versions nodes may be behind their cluster."""


def served() -> list[str]:
    """Every version, from the oldest to the newest."""
    return list(facts.kubernetes()["versions"])


def default() -> str:
    """The version of a cluster that names none."""
    return str(facts.kubernetes()["default"])


def number(version: str) -> tuple[int, ...]:
    """A version as numbers that compare: major, minor, patch."""
    return tuple(int(part) for part in version.split("."))


def upgrades(version: str) -> list[str]:
    """What a cluster can go to: newer patches, and the next minor version."""
    major, minor, patch = number(version)
    return [
        one
        for one in served()
        if (major, minor, patch) < number(one) and number(one)[:2] <= (major, minor + 1)
    ]


def viable(cluster: str) -> list[str]:
    """What the nodes of a cluster can have: nothing newer than the cluster, nothing much older."""
    major, minor, _ = number(cluster)
    return [
        one
        for one in served()
        if (major, minor - OLDEST) <= number(one)[:2] and number(one) <= number(cluster)
    ]


def pool_upgrades(version: str, cluster: str) -> list[str]:
    """What the nodes of a pool can go to below a cluster."""
    return [one for one in viable(cluster) if number(one) > number(version)]


def change_problem(change: Change, offered: Sequence[str]) -> Problem | None:
    """What is wrong with the version that a change brings, if `offered` are those it may choose from."""
    wanted, had = change.after["k8sVersion"], change.before.get("k8sVersion")
    if wanted == had or wanted in offered:
        return None
    if had and wanted in served() and number(wanted) < number(had):
        return change.problem("k8sVersion", f"The version {had} cannot be downgraded to {wanted}")
    allowed = ", ".join(offered)
    return change.problem(
        "k8sVersion", f"Attribute value '{wanted[:60]}' not allowed. Expected one of [{allowed}]"
    )


async def show_all(cloud: Cloud, call: Call) -> Answer:
    """Every version."""
    return Answer(200, orjson.dumps(served()))


async def show_default(cloud: Cloud, call: Call) -> Answer:
    """The default version."""
    return Answer(200, orjson.dumps(default()))


def operations() -> Sequence[Operation]:
    """`/k8s/versions` and `/k8s/versions/default`."""
    text = {"type": "string"}
    return [
        Operation(
            id="k8sVersionsGet", method="GET", path="/k8s/versions", handler=show_all,
            replies={200: Reply({"type": "array", "items": text})}, tag="Kubernetes",
            summary="List the Kubernetes versions", parameters=SEARCHING, access=MEMBER,
        ),
        Operation(
            id="k8sVersionsDefaultGet", method="GET", path="/k8s/versions/default", handler=show_default,
            replies={200: Reply(text)}, tag="Kubernetes",
            summary="Retrieve the default Kubernetes version", parameters=SEARCHING, access=MEMBER,
        ),
    ]  # fmt: skip
