"""User management: who may do what in a contract."""

from __future__ import annotations

from collections.abc import Sequence

from ionstack.apis.cloudapi.um import groups, keys, resources, users
from ionstack.apis.cloudapi.um.desk import Office
from ionstack.catalogue.operation import Operation
from ionstack.catalogue.registry import Views


def operations(views: Views) -> Sequence[Operation]:
    """The thirty operations below `/um`."""
    office = Office(views)
    return [one for part in (users, groups, keys, resources) for one in part.operations(office)]
