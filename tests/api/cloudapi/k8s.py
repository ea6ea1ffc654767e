"""What the tests of Kubernetes start from."""

from __future__ import annotations

from typing import Any

from tests.api.cloudapi.calls import made
from tests.api.conftest import Running

WINDOW = {"dayOfTheWeek": "Monday", "time": "12:02:00"}
POOL = {
    "name": "pool",
    "nodeCount": 2,
    "coresCount": 2,
    "ramSize": 4096,
    "availabilityZone": "AUTO",
    "storageType": "SSD",
    "storageSize": 20,
}


async def cluster(running: Running, **properties: Any) -> str:
    """The path of a new cluster."""
    body = {"properties": {"name": "cluster", **properties}}
    return f"/k8s/{(await made(running, '/k8s', body))['id']}"


async def pool(running: Running, cluster: str, datacenter: str, **properties: Any) -> str:
    """The path of a new node pool in a data center (by its path)."""
    sent = {**POOL, "datacenterId": datacenter.rpartition("/")[2], **properties}
    return f"{cluster}/nodepools/{(await made(running, f'{cluster}/nodepools', {'properties': sent}))['id']}"
