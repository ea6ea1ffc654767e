"""Flow logs: what passed a network interface, a gateway or a balancer, written to a bucket."""

from __future__ import annotations

from typing import Annotated, Literal

from ionstack.apis.cloudapi.applicationloadbalancer import applicationloadbalancers
from ionstack.apis.cloudapi.natgateway import natgateways
from ionstack.apis.cloudapi.networkloadbalancer import networkloadbalancers
from ionstack.apis.cloudapi.nic import nics
from ionstack.catalogue.field import Length
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import Paging, View


class FlowLogProperties(Properties):
    name: Annotated[str, Length(1)]
    action: Literal["ACCEPTED", "REJECTED", "ALL"]
    direction: Literal["INGRESS", "EGRESS", "BIDIRECTIONAL"]
    bucket: Annotated[str, Length(1)]


def flowlogs_of(watched: View, *, tag: str, parameter: str, found_by: str) -> View:
    """The flow logs of one kind of resource. Ids and parameters are the vendor's, which differ by kind."""
    stem = f"{watched.operations['list'].removesuffix('Get')}Flowlogs"
    return View(
        resource=Resource(
            kind=f"{watched.resource.kind}flowlog",
            properties=FlowLogProperties,
            parent=watched.resource.kind,
            privilege="CREATE_FLOW_LOG",
        ),
        type="flow-log",
        collection=f"{watched.item}/flowlogs",
        item=f"{watched.item}/flowlogs/{{{parameter}}}",
        parent=watched.resource,
        operations={
            "list": f"{stem}Get",
            "create": f"{stem}Post",
            "get": f"{stem}{found_by}",
            "replace": f"{stem}Put",
            "update": f"{stem}Patch",
            "delete": f"{stem}Delete",
        },
        tag=tag,
        schemas={"item": "FlowLog", "list": "FlowLogs", "properties": "FlowLogProperties"},
        paging=Paging(limit=1000, most=10000),
    )


FLOWLOGS = (
    flowlogs_of(nics, tag="Flow Logs", parameter="flowlogId", found_by="FindById"),
    *(
        flowlogs_of(view, tag=view.tag, parameter="flowLogId", found_by="FindByFlowLogId")
        for view in (natgateways, networkloadbalancers, applicationloadbalancers)
    ),
)
