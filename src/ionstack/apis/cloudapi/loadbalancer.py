"""Classic load balancers: network interfaces that share the work of one address."""

from __future__ import annotations

from typing import Annotated

from ionstack.apis.cloudapi.datacenter import datacenter
from ionstack.apis.cloudapi.nic import nic
from ionstack.catalogue.field import Format, Maybe
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import Attachment, Members, Paging, View
from ionstack.engine import rows
from ionstack.engine.change import Change


class LoadbalancerProperties(Properties):
    name: Maybe[str] = None
    ip: Annotated[str | None, Format("ipv4")] = None
    dhcp: bool = True


async def let_go_of_its_nics(change: Change) -> None:
    """A balancer that is deleted leaves its network interfaces behind."""
    if change.action != "delete":
        return
    unit = change.unit
    for row in await rows.referring(unit.tx, unit.contract, change.id, "balancer"):
        await unit.update(nic, row, {}, inner={"balancer": None}, verb="detach")


loadbalancer = Resource(
    kind="cloudapi.loadbalancer",
    properties=LoadbalancerProperties,
    parent="cloudapi.datacenter",
    preparations=(let_go_of_its_nics,),
)

loadbalancers = View(
    resource=loadbalancer,
    type="loadbalancer",
    collection="/datacenters/{datacenterId}/loadbalancers",
    item="/datacenters/{datacenterId}/loadbalancers/{loadbalancerId}",
    parent=datacenter,
    operations={
        "list": "datacentersLoadbalancersGet",
        "create": "datacentersLoadbalancersPost",
        "get": "datacentersLoadbalancersFindById",
        "replace": "datacentersLoadbalancersPut",
        "update": "datacentersLoadbalancersPatch",
        "delete": "datacentersLoadbalancersDelete",
    },
    tag="Load Balancers",
    schemas={"item": "Loadbalancer", "list": "Loadbalancers", "properties": "LoadbalancerProperties"},
    entities={"balancednics": Members("cloudapi.nic", by="balancer")},
    composite=("balancednics",),
    attachments={
        "balancednics": Attachment(
            "datacentersLoadbalancersBalancednicsGet",
            "datacentersLoadbalancersBalancednicsPost",
            "datacentersLoadbalancersBalancednicsFindByNicId",
            detach="datacentersLoadbalancersBalancednicsDelete",
            schema="BalancedNics",
            paging=Paging(limit=1000, most=10000),
        )
    },
    paging=Paging(limit=1000, most=10000),
)
