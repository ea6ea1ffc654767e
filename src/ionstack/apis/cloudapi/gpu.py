"""GPUs: what a GPU server has of its template, to be looked at only."""

from __future__ import annotations

from typing import Literal

from ionstack.apis.cloudapi.server import server
from ionstack.catalogue.field import ReadOnly
from ionstack.catalogue.lifecycle import RECORD
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import Paging, View


class GpuProperties(Properties):
    name: ReadOnly[str]
    vendor: ReadOnly[str]
    model: ReadOnly[str]
    type: ReadOnly[Literal["passthrough"]]


gpu = Resource(
    kind="cloudapi.gpu", properties=GpuProperties, parent="cloudapi.server", lifecycle=RECORD, capability=""
)

gpus = View(
    resource=gpu,
    type="gpu",
    collection="/datacenters/{datacenterId}/servers/{serverId}/gpus",
    item="/datacenters/{datacenterId}/servers/{serverId}/gpus/{gpuId}",
    parent=server,
    operations={"list": "datacentersServersGPUsGet", "get": "datacentersServersGPUsFindById"},
    tag="Servers",
    schemas={"item": "Gpu", "list": "Gpus", "properties": "GpuProperties"},
    paging=Paging(limit=1000, most=10000),
)
